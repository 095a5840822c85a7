"""Errors and warnings about checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.advice import Message
from archspec.checkpoints.listing import section
from archspec.errors import AdvisedError
from archspec.weights import WeightsError


class CheckpointError(AdvisedError, WeightsError):
    """A checkpoint does not match the network, or not uniquely."""


class MapError(CheckpointError):
    """A map by hand has faults: `faults` are pairs of a line's first part and a message."""

    def __init__(self, names: Mapping[str, str], faults: Sequence[tuple[str, str]]) -> None:
        wrong = [f"{name}: {reason}" for name, reason in faults]
        super().__init__("\n".join(section("what the map says cannot be:", wrong)))
        self.names = names
        self.faults = tuple(faults)
        # Pickling makes the copy for another process from these arguments.
        self.args = names, self.faults


class CheckpointWarning(UserWarning):
    """An assumption of the reader of a checkpoint, in the words of the Python API."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """The text."""
        return self.message.said()
