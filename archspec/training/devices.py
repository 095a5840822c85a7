"""The devices of this machine that train together, and the environments of their processes."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from archspec.advice import Advice
from archspec.backend import RecipeBackend
from archspec.recipe.document import Recipe
from archspec.training.runs import RunError


@dataclass(frozen=True, slots=True)
class Devices:
    """So many devices, with a process for each: GPUs, or else shares of the processor."""

    count: int = 1
    gpus: bool = False

    @property
    def told(self) -> str:
        """What a message says of several devices."""
        if self.count == 1:
            return ""
        cores = "1 core" if _cores() == 1 else f"{_cores()} cores"
        return f" on {self.count} GPUs" if self.gpus else f" by {self.count} processes, which share {cores}"


def devices_of(backend: RecipeBackend, recipe: Recipe, count: int, device: str) -> Devices:
    """The devices of a training on `auto`, `cpu` or `cuda`. For several on `auto`, the framework looks for GPUs.

    Raises `RunError` for more devices than there are GPUs, or than a part of a batch has examples.
    """
    if count == 1:
        return Devices()
    most = recipe.batch_size // recipe.accumulate
    if count > most:
        parts = f" in {recipe.accumulate} parts" if recipe.accumulate > 1 else ""
        raise RunError(f"a batch of {recipe.batch_size} examples{parts} is enough for {most} devices, not for {count}")
    found = 0 if device == "cpu" else backend.count_gpus()
    gpus = found > 0 or device == "cuda"
    if gpus and count > found:
        facts = f"{count} devices are {count} GPUs, and {backend.name} finds {found}"
        raise RunError(Advice.of("{facts}; {cpu} trains on the processor", facts=facts))
    return Devices(count, gpus)


def environments(backend: RecipeBackend, devices: Devices) -> Sequence[dict[str, str]]:
    """The environment of each process. They share the cores out, unless the user's environment says a number."""
    if devices.count == 1:
        return [dict(os.environ)]
    threads = dict.fromkeys(backend.thread_variables, str(max(_cores() // devices.count, 1)))
    told = backend.environments(free_ports(devices.count), devices.gpus)
    return [{**threads, **os.environ, **own} for own in told]


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody uses now."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in opened:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in opened]
