"""Functions of a user's that give data: the fields that they give, and the names that they cannot have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import archspec
from archspec.recipe.data import Function
from archspec.training.planning import network_of, plan
from archspec.training.program import recipe_backend, sources
from archspec.training.reading import read_recipe

IMAGE_AND_LABEL = {"image": "image", "label": "label"}

ARRAYS = {
    "type": "Arrays",
    "file": "a.npz",
    "fields": {"image": "x", "mask": "y", "age": {"array": "z", "kind": "values"}},
}


def _recipe(**data: Any) -> dict[str, Any]:
    return {"recipe": 1, "network": "lenet", "loss": "CrossEntropy", **({"data": data} if data else {})}


@pytest.mark.parametrize(
    ("recipe", "fields"),
    [
        (_recipe(source="mnist"), IMAGE_AND_LABEL),
        (_recipe(source="mnist1d"), {"signal": "values", "label": "label"}),
        (_recipe(source=ARRAYS), {"image": "image", "mask": "mask", "age": "values"}),
        (_recipe(source={"type": "Function", "module": "a", "name": "b", "fields": {"x": "values"}}), {"x": "values"}),
        (_recipe(source={"type": "Function", "fields": {"x": "values"}}), IMAGE_AND_LABEL),
        (_recipe(), IMAGE_AND_LABEL),
        (_recipe(source="unknown"), IMAGE_AND_LABEL),
        ("lenet", IMAGE_AND_LABEL),
        ("y_network", IMAGE_AND_LABEL),
        ("resnet18", IMAGE_AND_LABEL),
    ],
)
def test_a_function_gives_the_fields_of_the_recipes_data(recipe: Any, fields: dict[str, str]) -> None:
    source = archspec.read_recipe(recipe, data="own.images:read").data.source
    assert source == Function(module="own.images", name="read", fields=fields)  # type: ignore[arg-type]


def test_a_function_that_says_its_fields_keeps_them() -> None:
    own = Function(module="own", name="read", fields={"image": "image", "labels": "labels"})
    assert archspec.read_recipe(_recipe(source="mnist1d"), data=own).data.source == own


def test_the_faults_of_a_recipe_are_told_once_its_data_are_in_place() -> None:
    with pytest.raises(archspec.SpecError) as caught:
        archspec.read_recipe({**_recipe(source="unknown"), "epochs": 0}, data="own:read")
    assert [each.message for each in caught.value.diagnostics] == ["`epochs` must be at least 1, not 0"]


@pytest.mark.parametrize("name", ["class:read", "own:lambda", "öwn:read"])
def test_a_name_that_no_program_can_import_is_refused(name: str) -> None:
    with pytest.raises(archspec.ArchspecError, match=r"cannot give the data: .* is no name of Python"):
        archspec.read_recipe("lenet", data=name)


@pytest.mark.parametrize("module", ["data", "journal", "loop", "train", "train.own", "lenet", "lenet.images"])
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_function_is_in_no_module_that_the_program_has(module: str, backend: str) -> None:
    function = Function(module=module, name="read", fields={"image": "image", "label": "label"})
    for data in ({"data.source": function}, {"data.validation": function}):
        written = read_recipe(_recipe(source="mnist"), data)
        own = module.partition(".")[0]
        with pytest.raises(archspec.ArchspecError, match=f"the program has a module {own} of its own, so it cannot"):
            sources(plan(written, network_of(written)), recipe_backend(backend))


def test_a_module_with_another_name_is_imported() -> None:
    function = Function(module="lenet_images", name="read", fields={"image": "image", "label": "label"})
    written = read_recipe(_recipe(source="mnist"), {"data.source": function})
    text = sources(plan(written, network_of(written)), recipe_backend("torch"))["data.py"]
    assert "from lenet_images import read as users_function" in text


def test_the_recipe_of_a_run_keeps_the_fields_of_its_function(tmp_path: Path) -> None:
    function = {"type": "Function", "module": "own", "name": "read", "fields": {"signal": "values", "label": "label"}}
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump(_recipe(source=function)))
    source = archspec.read_recipe(file, data="other:read").data.source
    assert isinstance(source, Function)
    assert (source.module, dict(source.fields)) == ("other", function["fields"])
