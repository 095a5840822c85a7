"""Specs of the zoo, spoiled at random: whatever is wrong is told as it should be, soon, and nothing else happens."""

from __future__ import annotations

import pytest

from archspec.errors import Diagnostic, Source, Span
from archspec.reading import check
from archspec.source import render
from tests.diagnostics.mutations import mutated_texts
from tests.marks import rows_but
from tests.patience import soon


def spoil(seed: int, number: int) -> None:
    """Check so many spoiled specs."""
    for name, text in mutated_texts(seed, number):
        with soon():
            _, found = check(Source(name, text))
            shown = render(found)
        for diagnostic in found:
            _check(diagnostic, text)
        assert "Traceback" not in shown


def _check(diagnostic: Diagnostic, text: str) -> None:
    """It has a place in the text, if it is not about all of it, and its sentences are sentences."""
    if diagnostic.severity != "note":
        assert isinstance(diagnostic.where, Span), (diagnostic, text)
        assert 0 <= diagnostic.where.start <= diagnostic.where.end <= len(text)
    for sentence in (diagnostic.message, diagnostic.hint, *diagnostic.notes):
        assert sentence is None or (sentence.strip() and "<" not in sentence[:1]), (diagnostic, text)


def test_spoiled_specs() -> None:
    spoil(0, 30)


@pytest.mark.parametrize("seed", rows_but((), [1], range(1, 13)))
def test_many_spoiled_specs(seed: int) -> None:
    spoil(seed, 60)
