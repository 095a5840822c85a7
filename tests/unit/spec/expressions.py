"""What the tests of expressions evaluate, and in which scope."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from archspec.errors import Source, Span
from archspec.spec.expressions import ExpressionError, parse

ENV: Mapping[str, object] = {
    "depth": 3,
    "width": 64,
    "scale": 1.25,
    "block": "Bottleneck",
    "project": False,
    "nothing": None,
    "filters": [64, 128, 256],
    "table": {"small": 16, "large": 32},
    "stage": 2,
    "i": 0,
}


def value(text: str, env: Mapping[str, object] = ENV) -> object:
    return parse(text).evaluate(env)


def fault(text: str, env: Mapping[str, object] = ENV, written: str | None = None) -> tuple[str, str, str, str | None]:
    """The diagnostic's code, message, the text that it points at, and its hint."""
    prefix = "key: "
    spelling = text if written is None else written
    source = Source("net.yaml", f"{prefix}{spelling}\nnext: 1\n")
    with pytest.raises(ExpressionError) as caught:
        parse(text, lambda: Span(source, len(prefix), len(prefix) + len(spelling))).evaluate(env)
    diagnostic = caught.value.diagnostic
    assert isinstance(diagnostic.where, Span)
    return diagnostic.code, diagnostic.message, diagnostic.where.text, diagnostic.hint
