"""Reports of scripted times, without any framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from archspec.timing import running
from archspec.timing.work import Job, Timed, Times, take_times

QUIET = [1.0, 1.01, 0.99, 1.0, 1.0]
"""Times of a quiet machine, over their mean."""

NOISY = [1.0, 1.6, 0.7, 1.4, 0.8]


def scripted(
    monkeypatch: pytest.MonkeyPatch,
    seconds: Mapping[str, Sequence[float]],
    again: Sequence[float],
    *,
    outputs: Mapping[str, int] | None = None,
    memory: int | None = 50_000_000,
) -> None:
    """Let processes find these times of the networks with these names, for each batch, and do nothing else."""

    def answer(environment: Mapping[str, str], function: Callable[..., Any], job: Job, *arguments: object) -> object:
        if function is not take_times:
            return dict.fromkeys(job.batches, memory)
        shapes = {name: [(1, 3)] * (outputs or {}).get(name, 1) for name in job.names}
        times = Times({name: seconds[name] for name in job.names}, again, shapes)
        return Timed(dict.fromkeys(job.batches, times), "a processor", 2)

    monkeypatch.setattr(running, "in_process", answer)
