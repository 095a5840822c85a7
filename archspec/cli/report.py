"""Diagnostics on stderr."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence

from archspec.errors import Diagnostic
from archspec.source import render


def report(diagnostics: Sequence[Diagnostic]) -> None:
    """Prints diagnostics with their lines, and how many there are."""
    if not diagnostics:
        return
    print(render(diagnostics, color=sys.stderr.isatty() and "NO_COLOR" not in os.environ), file=sys.stderr)
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    print(", ".join(_count(counts[word], word) for word in ("error", "warning") if counts[word]), file=sys.stderr)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number > 1)}"
