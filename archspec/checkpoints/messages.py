"""Messages that name what a caller may give, in the caller's own words: arguments in Python, options in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from archspec.weights import WeightsError

ARGUMENTS: Mapping[str, str] = MappingProxyType(
    {
        "names": "names={...}",
        "only_matching": "only_matching=True",
        "key": "key=...",
        "by_order": "by_order=True",
    }
)
"""How a Python program gives what a checkpoint is read with."""


@dataclass(frozen=True, slots=True)
class Message:
    """Facts, and advice after them. Where advice names an argument it has a field for it: `{key} takes another`."""

    facts: str
    advice: tuple[str, ...] = ()

    def said(self, words: Mapping[str, str]) -> str:
        """The text, with these words for the arguments."""
        return "\n".join(filter(None, (self.facts, *(line.format_map(words) for line in self.advice))))


class CheckpointError(WeightsError):
    """A checkpoint is not the network's, or not clearly; as a string it is in the words of Python."""

    def __init__(self, facts: str, *advice: str) -> None:
        super().__init__(facts)
        self.message = Message(facts, advice)

    def __str__(self) -> str:
        """The facts, and the advice in the words of Python."""
        return self.message.said(ARGUMENTS)


class CheckpointWarning(UserWarning):
    """What a reader of a checkpoint took for granted; as a string it is in the words of Python."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.facts)
        self.message = message

    def __str__(self) -> str:
        """The facts, and the advice in the words of Python."""
        return self.message.said(ARGUMENTS)
