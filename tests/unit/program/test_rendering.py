"""Values in templates are literals, whatever they are."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from archspec.program.rendering import environment, literal, name


def _rendered(template: str, **values: Any) -> str:
    return environment(Path(__file__).parent).from_string(template).render(values)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_is_its_literal(value: Any) -> None:
    found = ast.literal_eval(_rendered("{{ value }}", value=value))
    assert found == value
    assert type(found) is type(value)


@given(st.text(), st.text())
def test_joined_texts_are_one_literal(first: str, second: str) -> None:
    assert ast.literal_eval(_rendered("{{ first ~ second }}", first=first, second=second)) == first + second
    assert ast.literal_eval(_rendered("{{ [first, second] | join(', ') }}", first=first, second=second)) == (
        f"{first}, {second}"
    )


def test_a_name_is_code_and_a_part_of_a_text_no_more() -> None:
    assert _rendered("{{ name }}", name=name("np.float32")) == "np.float32"
    assert _rendered("{{ name ~ '()' }}", name=name("np.float32")) == "'np.float32()'"


@pytest.mark.parametrize("text", ["", "a b", "a()", "a..b", "1a", "class", "a.class", "a\nb", "import os"])
def test_a_name_is_checked(text: str) -> None:
    with pytest.raises(ValueError, match="no name of Python"):
        name(text)


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, Path()])
def test_a_value_without_a_literal_is_an_error(value: object) -> None:
    with pytest.raises(TypeError, match="is no literal"):
        literal(value)


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        _rendered("{{ missing }}")


def test_infinity_is_written_as_a_call() -> None:
    assert eval(literal(math.inf)) == math.inf
