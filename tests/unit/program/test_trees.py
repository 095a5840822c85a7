"""What trees read."""

from __future__ import annotations

import ast

import pytest

from archspec.program.trees import names_free


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("x = [f(i) for i in range(n)]", {"f", "range", "n"}),
        ("x = [f(i) for i in range(i)]", {"f", "range", "i"}),
        ("x = [[i * j for j in a] for i in b]; y = j", {"a", "b", "j"}),
        ("for i in a:\n    x = i\ny = x + z", {"a", "z"}),
        ("x = {k: v for k, v in a if k}", {"a"}),
    ],
)
def test_free_names(text: str, free: set[str]) -> None:
    assert names_free([ast.parse(text)]) == free
