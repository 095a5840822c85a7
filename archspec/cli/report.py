"""Diagnostics, as text on stderr and as JSON."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from archspec.cli.advice import said
from archspec.errors import Diagnostic, Span
from archspec.source import render


def report(diagnostics: Sequence[Diagnostic]) -> None:
    """Prints diagnostics with their lines, an empty line, and the number of diagnostics."""
    if not diagnostics:
        return
    color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    total = ", ".join(_count(counts[word], word) for word in ("error", "warning") if counts[word])
    shown = render(map(_in_options, diagnostics), color=color)
    print(f"{shown.rstrip()}\n\n{total}", file=sys.stderr)


def record(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic for JSON; line and column count from 1, and are null if there is no text."""
    where = diagnostic.where
    return {
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "hint": _in_options(diagnostic).hint,
        "notes": list(diagnostic.notes),
        "where": where.source.name if isinstance(where, Span) else where,
        "line": where.line if isinstance(where, Span) else None,
        "column": where.column if isinstance(where, Span) else None,
    }


def _in_options(diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic with its hint in the words of the command line."""
    return replace(diagnostic, hint=said(diagnostic.hint)) if diagnostic.hint else diagnostic


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number > 1)}"
