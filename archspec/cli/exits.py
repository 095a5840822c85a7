"""Exit codes: the program's own from 1, codes of sysexits.h from 70, and a shell's codes for signals from 128."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from archspec.errors import Diagnostic

OK = 0
INVALID = 1
USAGE = 2
BACKEND_MISSING = 3
PARITY_FAILED = 4
BUG = 70
NO_MEMORY = 71
HUNG_UP = 129
INTERRUPTED = 130
TERMINATED = 143

MEANINGS: Mapping[int, str] = MappingProxyType(
    {
        OK: "fine",
        INVALID: "a spec, recipe or checkpoint is invalid, a backend cannot express the network, or training failed",
        USAGE: "usage: wrong arguments, or a file that is missing or cannot be read or written",
        BACKEND_MISSING: "a backend is missing",
        PARITY_FAILED: "parity failed",
        BUG: "a bug of archspec",
        NO_MEMORY: "not enough memory",
        HUNG_UP: "the terminal hung up",
        INTERRUPTED: "interrupted",
        TERMINATED: "terminated",
    }
)
"""The meaning of each exit code, for help and for README.md."""

_OF_USAGE = frozenset(("no-such-file", "no-such-network", "unreadable-file", "two-variants"))
"""Diagnostics about a wrong name or an unreadable file, and not about the content of a spec."""


def code_of(diagnostics: Iterable[Diagnostic]) -> int:
    """The exit code for diagnostics: `OK` unless there is an error."""
    codes = {found.code for found in diagnostics if found.severity == "error"}
    if not codes:
        return OK
    return INVALID if codes.isdisjoint(_OF_USAGE) else USAGE
