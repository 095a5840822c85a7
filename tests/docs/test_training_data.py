"""docs/training.md names each source, transform and mix with its keys and defaults, and its example is valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from archspec.recipe.data import WORDS, AnySource, Data, Function
from archspec.recipe.source import KINDS
from archspec.recipe.transforms import Mix, TrainingTransform

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def _members(union: Any) -> tuple[type[BaseModel], ...]:
    return get_args(get_args(union)[0])


DESCRIBED = [*_members(AnySource), *_members(TrainingTransform), *_members(Mix)]
DESCRIBED.remove(Function)


def _keys(model: type[BaseModel]) -> str:
    """The keys of a model: bare if they are needed, with the default if they are not."""
    keys = []
    for name, field in model.model_fields.items():
        default = field.default
        shown = list(default) if isinstance(default, tuple) else "null" if default is None else default
        if name != "type":
            keys.append(f"`{name}`" if field.is_required() else f"`{name}: {shown}`")
    return ", ".join(keys)


@pytest.mark.parametrize("model", DESCRIBED, ids=lambda model: model.__name__)
def test_a_row_has_the_keys_and_their_defaults(model: type[BaseModel]) -> None:
    (row,) = re.findall(rf"^\| `{model.__name__}` \|(.*?)\|", PAGE, re.MULTILINE)
    assert row.strip() == _keys(model)


def test_the_words_and_kinds_are_there() -> None:
    assert all(f"The word `{word}`" in PAGE for word in WORDS)
    assert all(f"| `{kind}` |" in PAGE for kind in KINDS)


def test_the_examples_of_sources_are_valid() -> None:
    (examples,) = re.findall(r"```yaml\n(source:.*?)```", PAGE, re.DOTALL)
    sources = [Data.model_validate(yaml.safe_load(line)).source for line in examples.splitlines()]
    assert {source.type for source in sources} == {"WebDataset", "Parquet", "HuggingFaceFolder", "HuggingFaceHub"}


def test_the_example_is_valid() -> None:
    (example,) = re.findall(r"```yaml\n(data:.*?)```", PAGE, re.DOTALL)
    data = Data.model_validate(yaml.safe_load(example)["data"])
    assert data.training_size == data.evaluation_size == (224, 224)
