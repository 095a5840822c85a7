"""Recipes that are Python values: whatever is in them, the faults are told."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.recipe.document import Recipe

RECIPE: dict[str, Any] = {"recipe": 1, "network": "lenet", "data": {"source": "mnist"}, "loss": "CrossEntropy"}

ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)

VALUES: list[Any] = [object(), b"x", {1}, decimal.Decimal(3), np.array([1, 2]), 3 + 4j, ENDLESS, {1: 2}, 10**5000, ...]


def _nested(depth: int, wrapped: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = wrapped(value)
    return value


@pytest.mark.parametrize("wrapped", [lambda value: [value], lambda value: {"a": value}], ids=["lists", "mappings"])
@pytest.mark.parametrize("key", ["network", "data", "optimizer", "description", "unknown"])
def test_values_that_nest_too_deeply_are_refused(key: str, wrapped: Callable[[Any], Any]) -> None:
    deep = _nested(3000, wrapped)
    for document, changes in (({**RECIPE, key: deep}, {}), (RECIPE, {key: deep}), (RECIPE, {f"{key}.inner": deep})):
        with pytest.raises(archspec.SpecError, match="values nest more than 64 deep here") as caught:
            archspec.read_recipe(document, changes=changes)
        assert [each.code for each in caught.value.diagnostics] == ["too-deep"]


def test_a_path_of_a_change_that_is_too_deep_is_refused() -> None:
    with pytest.raises(archspec.SpecError, match="values nest more than 64 deep here"):
        archspec.read_recipe(RECIPE, changes={".".join("a" * 3000): 1})


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_of_any_type_are_refused(value: Any) -> None:
    for key in Recipe.model_fields:
        with pytest.raises(archspec.SpecError):
            archspec.read_recipe({**RECIPE, key: value})


@pytest.mark.parametrize("key", [1, None, True, ("a",), b"x", 2.5])
def test_keys_of_any_type_are_refused(key: Any) -> None:
    for document in ({**RECIPE, key: 1}, {**RECIPE, "data": {"source": "mnist", key: 1}}):
        with pytest.raises(archspec.SpecError):
            archspec.read_recipe(document)
