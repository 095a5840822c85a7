"""What a long comparison says about itself while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Phase:
    """What a comparison does now, in words; where it goes in steps, how many are done and how many there are in all."""

    doing: str
    done: int = 0
    steps: int = 0


Progress = Callable[[Phase], None]
"""Is told each phase as it begins."""

Step = TypeVar("Step")


def unheard(phase: Phase) -> None:
    """Tells nobody."""


def counted(steps: Iterator[Step], phases: Iterator[Phase], progress: Progress) -> Iterator[Step]:
    """The steps, one for each phase, which is told before its step is done."""
    for phase in phases:
        progress(phase)
        yield next(steps)
