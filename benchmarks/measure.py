"""Times that can be compared: what is compared runs in turns, so that both meet the same machine."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Action = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, with the most that it may be."""

    name: str
    value: float
    limit: float
    unit: str
    detail: str = ""

    @property
    def within(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit


def seconds(action: Action) -> float:
    """The time that one run takes, with garbage of earlier ones out of the way."""
    gc.collect()
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def median_seconds(action: Action, rounds: int) -> float:
    """The median time of several runs, after one that does not count."""
    action()
    return statistics.median(seconds(action) for _ in range(rounds))


def ratio(name: str, ours: Action, theirs: Action, *, limit: float, rounds: int) -> Measurement:
    """Our time as a multiple of theirs: the best of each over rounds in which both run, in changing order."""
    times: dict[Action, list[float]] = {ours: [], theirs: []}
    for action in times:
        action()
    for number in range(rounds):
        for action in (ours, theirs) if number % 2 else (theirs, ours):
            times[action].append(seconds(action))
    best_ours, best_theirs = min(times[ours]), min(times[theirs])
    detail = f"{best_ours * 1e3:.1f} ms against {best_theirs * 1e3:.1f} ms"
    return Measurement(name, best_ours / best_theirs, limit, "times", detail)
