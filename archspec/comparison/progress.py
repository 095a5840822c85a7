"""The progress of a long comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Phase:
    """The current phase of a comparison in words; with steps, the number of steps done and in all."""

    doing: str
    done: int = 0
    steps: int = 0


Progress = Callable[[Phase], None]
"""Called at the beginning of each phase."""

Step = TypeVar("Step")


def unheard(phase: Phase) -> None:
    """Ignores the progress."""


def counted(steps: Iterator[Step], phases: Iterator[Phase], progress: Progress) -> Iterator[Step]:
    """The steps, one for each phase; `progress` is called before each."""
    for phase in phases:
        progress(phase)
        yield next(steps)
