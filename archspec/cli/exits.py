"""Exit codes: the program's own from 1, those of sysexits.h from 70, and a shell's for an interruption."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OK = 0
INVALID = 1
USAGE = 2
BACKEND_MISSING = 3
PARITY_FAILED = 4
BUG = 70
NO_MEMORY = 71
INTERRUPTED = 130

MEANINGS: Mapping[int, str] = MappingProxyType(
    {
        OK: "fine",
        INVALID: "the spec is missing or invalid, a checkpoint is invalid, or the backend cannot express the network",
        USAGE: "usage: wrong arguments, or a file that cannot be read or written",
        BACKEND_MISSING: "a backend is missing",
        PARITY_FAILED: "parity failed",
        BUG: "a bug of archspec",
        NO_MEMORY: "not enough memory",
        INTERRUPTED: "interrupted",
    }
)
"""What each says, for help and for README.md."""
