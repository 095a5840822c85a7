"""Messages that name what a caller may give, in the caller's own words: arguments in Python, options in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ARGUMENTS: Mapping[str, str] = MappingProxyType(
    {
        "names": "names={...}",
        "only_matching": "only_matching=True",
        "key": "key=...",
        "by_order": "by_order=True",
        "against": "archspec.peer_parity(network, 'PACKAGE:NAME', weights=archspec.read_checkpoint(...))",
        "params": "params=...",
        "inputs": "inputs=...",
    }
)
"""How a Python program gives what advice speaks of."""


@dataclass(frozen=True, slots=True)
class Message:
    """Facts, and advice after them. Where advice names an argument it has a field for it: `{key} takes another`."""

    facts: str
    advice: tuple[str, ...] = ()

    def said(self, words: Mapping[str, str] = ARGUMENTS) -> str:
        """The text, with these words for the arguments."""
        return "\n".join(filter(None, (self.facts, *(line.format_map(words) for line in self.advice))))
