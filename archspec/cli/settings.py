"""Explains the errors that a value of `--set` causes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from archspec.errors import Diagnostic, Span

_WORD = re.compile(r"[A-Za-z_]\w*")

_OF_EXPRESSIONS = frozenset({"expression-failed"})
"""The codes of diagnostics whose place is a part of an expression."""

Check = Callable[[], Sequence[Diagnostic]]
"""Gives the diagnostics of the same document without `--set`."""


def with_settings(
    diagnostics: Sequence[Diagnostic], params: Mapping[str, Any], without: Check
) -> tuple[Diagnostic, ...]:
    """The diagnostics, with notes about the values of `--set` that cause them.

    Of several errors that one value causes only the first is left, and its note has their number. They are the errors
    that the document lacks `without` the values, and that read the same param, or any if only one has a value.
    """
    causes = [_read_by(diagnostic, params) for diagnostic in diagnostics]
    if sum(diagnostic.severity == "error" for diagnostic in diagnostics) > 1 and params:
        own = {_key(diagnostic) for diagnostic in without() if diagnostic.severity == "error"}
        if own <= set(map(_key, diagnostics)):  # otherwise the document has other errors that hide some
            return _only_first(diagnostics, causes, own, params)
    if not any(causes) and diagnostics and diagnostics[0].severity == "error":
        causes[0] = [*params]  # all may follow from the values
    return tuple(map(lambda each, names: _noted(each, names, params), diagnostics, causes))


def _only_first(
    diagnostics: Sequence[Diagnostic],
    causes: Sequence[Sequence[str]],
    own: set[tuple[object, ...]],
    params: Mapping[str, Any],
) -> tuple[Diagnostic, ...]:
    """The document's own diagnostics, and the first error of each param or of several."""
    found: list[tuple[Diagnostic, tuple[str, ...]]] = []
    numbers: dict[tuple[str, ...], int] = {}
    for diagnostic, names in zip(diagnostics, causes, strict=True):
        is_own = diagnostic.severity != "error" or _key(diagnostic) in own
        cause = () if is_own else tuple(names) or (tuple(params) if len(params) == 1 else ())
        numbers[cause] = numbers.get(cause, -1) + 1
        if not cause or not numbers[cause]:
            found.append((diagnostic, cause))
    return tuple([_noted(each, cause, params, numbers[cause] if cause else 0) for each, cause in found])


def _noted(diagnostic: Diagnostic, names: Sequence[str], params: Mapping[str, Any], others: int = 0) -> Diagnostic:
    from archspec.spec.names import describe

    notes = [f"by --set, {name} is {describe(params[name])}" for name in names]
    if others:
        notes[-1] += f"; {others} more error{'s follow' if others > 1 else ' follows'} from it"
    return replace(diagnostic, notes=(*diagnostic.notes, *notes)) if notes else diagnostic


def _read_by(diagnostic: Diagnostic, params: Mapping[str, Any]) -> list[str]:
    """The params that the expression of a diagnostic reads."""
    text = diagnostic.where.text if isinstance(diagnostic.where, Span) else ""
    is_expression = "$" in text or diagnostic.code in _OF_EXPRESSIONS
    words = _WORD.findall(text if is_expression else diagnostic.message if diagnostic.code == "unknown-param" else "")
    return [name for name in dict.fromkeys(words) if name in params]


def _key(diagnostic: Diagnostic) -> tuple[object, ...]:
    """What equal diagnostics of two readings of a document have in common."""
    where = diagnostic.where
    return diagnostic.code, diagnostic.message, (where.start, where.end) if isinstance(where, Span) else where
