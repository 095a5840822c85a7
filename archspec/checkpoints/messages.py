"""What goes wrong with a checkpoint, and what a reader takes for granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.advice import Message
from archspec.checkpoints.listing import section
from archspec.errors import AdvisedError
from archspec.weights import WeightsError


class CheckpointError(AdvisedError, WeightsError):
    """A checkpoint is not the network's, or not clearly."""


class MapError(CheckpointError):
    """A map by hand says what cannot be: `faults` has lines of it, by what they begin with, and what is wrong."""

    def __init__(self, names: Mapping[str, str], faults: Sequence[tuple[str, str]]) -> None:
        wrong = [f"{name}: {reason}" for name, reason in faults]
        super().__init__("\n".join(section("what the map says cannot be:", wrong)))
        self.names = names
        self.faults = tuple(faults)
        # From these a copy is made in another process.
        self.args = names, self.faults


class CheckpointWarning(UserWarning):
    """What a reader of a checkpoint took for granted, in the words of Python."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """The text."""
        return self.message.said()
