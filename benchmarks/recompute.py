"""How much memory does a training step need with `--recompute`, and how much longer does it take?

`python -m benchmarks recompute`, on Linux. Memory is measured in a process for each network, because memory that
an earlier one left is used again.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import archspec
from archspec.network import Network
from archspec.timing.memory import give_back, peak_of, resident
from benchmarks.measure import Action, Row, compare

NETWORKS = ("densenet121", "resnet50", "efficientnet_b0", "mobilenet_v3_large", "convnext_tiny")

FORMS: Mapping[str, Callable[[Network], Network]] = {"plain": lambda network: network, "recompute": Network.recompute}
"""The network as it is, and with recomputation."""

_BATCH = 12
_ROUNDS = 5
_BOUNDS = {"densenet121": (0.55, 1.25)}
"""Memory and time that a network should need at most, as parts of what it needs without."""


def rows() -> Iterator[Row]:
    """Memory and time with it over those without, for each network."""
    for name in NETWORKS:
        most_memory, most_time = _BOUNDS.get(name, (None, None))
        plain, recomputed = (_memory_in_process(name, form) for form in FORMS)
        note = f"{recomputed / 1e6:.0f} MB of {plain / 1e6:.0f} MB, batch of {_BATCH}"
        yield Row(f"{name}, memory", recomputed / plain, "times", most_memory, note)
        plain_step, step = (_step(name, form) for form in FORMS)
        yield compare(f"{name}, time", step, plain_step, target=most_time, rounds=_ROUNDS)


def _memory_in_process(name: str, form: str) -> int:
    command = [sys.executable, "-m", "benchmarks.recompute", name, form]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _memory(name: str, form: str) -> int:
    """The bytes at the peak of a step: weights, gradients and values."""
    step = _step(name, form)
    give_back()
    before, peak = resident(), peak_of(step)
    if before is None or peak is None:
        raise SystemExit("this system does not tell how much memory a process has at its peak")
    weights = 4 * archspec.load(name).parameters().total
    return peak - before + weights


def _step(name: str, form: str) -> Action:
    import torch

    network = archspec.load(name)
    model: Any = FORMS[form](network).compile("torch", device="cpu").train()
    images = torch.rand(_BATCH, 3, 224, 224)

    def step() -> None:
        model.zero_grad()
        model(images).square().sum().backward()

    return step


if __name__ == "__main__":
    print(_memory(*sys.argv[1:]))
