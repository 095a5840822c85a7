"""What data a recipe can have."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from archspec.recipe.data import Arrays, Data, Digits, Folder, Function, Mnist, Mnist1D

FOLDER = {"type": "Folder", "path": "images"}
X = {"array": "x", "kind": "image"}
MASKS = {"type": "Arrays", "file": "a.npz", "fields": {"image": "x", "mask": "y"}}


@pytest.mark.parametrize(
    ("word", "source"),
    [
        ("mnist", Mnist()),
        ("digits", Digits()),
        ("mnist1d", Mnist1D()),
        ("Mnist", Mnist()),
        ({"type": "Mnist1D", "part": "test"}, Mnist1D(part="test")),
        (FOLDER, Folder(path="images")),
    ],
)
def test_a_source_by_its_word_or_its_type(word: object, source: object) -> None:
    assert Data.model_validate({"source": word}).source == source


def test_validation_is_a_fraction_or_a_source() -> None:
    assert Data.model_validate({"source": "mnist", "validation": 0.2}).validation == 0.2
    assert Data.model_validate({"source": "mnist", "validation": "digits"}).validation == Digits()


@pytest.mark.parametrize("source", ["Function", {"type": "Function", "module": "os", "name": "abort"}])
def test_a_recipe_names_no_function(source: object) -> None:
    for data in ({"source": source}, {"source": "mnist", "validation": source}):
        with pytest.raises(ValidationError, match="a recipe runs no code"):
            Data.model_validate(data)


def test_a_function_is_given_as_a_value() -> None:
    function = Function(module="own.images", name="read", fields={"left": "image", "right": "image", "label": "label"})
    data = Data(source=function)
    assert data.source is function
    assert data.of_kind("image") == ("left", "right")


@pytest.mark.parametrize(
    ("module", "name"),
    [("os; import sys", "x"), ("os", "system('x')"), ("os..path", "x"), ("", "x"), ("a.class", "x")],
)
def test_a_function_has_names_of_python(module: str, name: str) -> None:
    with pytest.raises(ValidationError):
        Function(module=module, name=name, fields={"image": "image"})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Field required"),
        ({"source": "cifar"}, "expected tags"),
        ({"source": "mnist", "path": "x"}, "not permitted"),
        ({"source": "mnist", "validation": 0}, "greater than 0"),
        ({"source": "mnist", "validation": 1.0}, "less than 1"),
        ({"source": "mnist", "validation": True}, "valid number"),
        ({"source": "mnist", "validation": "mnist1d"}, "other fields"),
        ({"source": "mnist1d", "transforms": {"training": ["RandomFlip"]}}, "no field of the kind `image`"),
        ({"source": "mnist1d", "mix": "Cutmix"}, "no field of the kind `image`"),
        ({"source": MASKS, "mix": "Mixup"}, "no mean of masks"),
        ({"source": "mnist", "mix": {"type": "Mixup", "alpha": 0}}, "greater than 0"),
        ({"source": "mnist", "transforms": {"evaluation": [{"type": "CenterCrop", "size": 32}]}}, "28 x 28 pixels"),
        ({"source": "mnist", "transforms": {"training": ["RandomFlip"] * 101}}, "at most 100"),
        ({"source": {**FOLDER, "path": ""}}, "at least 1"),
        ({"source": {**FOLDER, "path": "a\0b"}}, "cannot be printed"),
        ({"source": {**FOLDER, "path": "a\nb"}}, "cannot be printed"),
        ({"source": {**FOLDER, "path": "a" * 5000}}, "at most 4096"),
        ({"source": {**FOLDER, "classes": ["cat", "cat"]}}, "listed twice"),
        ({"source": {**FOLDER, "classes": ["../cat"]}}, "no name of a class's folder"),
        ({"source": {**FOLDER, "classes": [".."]}}, "no name of a class's folder"),
        ({"source": {**FOLDER, "classes": ["a\\b"]}}, "no name of a class's folder"),
        ({"source": {**FOLDER, "classes": []}}, "at least 1"),
        ({"source": {**FOLDER, "channels": 4}}, "1 or 3"),
        ({"source": {"type": "Arrays", "fields": {"image": "x.pkl"}}}, r"\.npy"),
        ({"source": {"type": "Arrays", "file": "x.pkl", "fields": {"image": "x"}}}, r"\.npz"),
        ({"source": {"type": "Arrays", "file": "a.npz", "fields": {}}}, "at least 1"),
        ({"source": {"type": "Arrays", "file": "a.npz", "fields": {"age": "x"}}}, "ArrayField"),
        (
            {"source": {"type": "Arrays", "file": "a.npz", "fields": {"a b": X}}},
            "no name",
        ),
        ({"source": {"type": "Arrays", "file": "a.npz", "fields": {"__a": X}}}, "letter"),
        ({"source": {"type": "Arrays", "file": "a.npz", "fields": {"if": X}}}, "no name"),
    ],
)
def test_wrong_data_are_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Data.model_validate(data)


def test_a_field_named_for_a_kind_has_it() -> None:
    fields = {"image": "x", "label": "y", "age": {"array": "z", "kind": "values"}}
    data = Data.model_validate({"source": {"type": "Arrays", "file": "a.npz", "fields": fields}})
    assert data.kinds == {"image": "image", "label": "label", "age": "values"}
    assert isinstance(data.source, Arrays)
    assert data.source.fields["image"].array == "x"


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        Data.model_validate({"source": {"type": "Folder", "classes": 3}, "validation": 7, "mix": "Blend"})
    assert [error["loc"][0] for error in caught.value.errors()] == ["source", "source", "validation", "mix"]


def test_data_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Data(source=Mnist()).mix = None


def test_the_size_of_images_is_known_where_the_source_or_a_transform_says() -> None:
    resize = {"type": "Resize", "size": 64, "interpolation": "bilinear", "antialias": True}
    known = Data.model_validate({"source": "mnist", "transforms": {"training": [{"type": "Pad", "padding": 2}]}})
    resized = Data.model_validate({"source": FOLDER, "transforms": {"evaluation": [resize]}})
    other = Data.model_validate({"source": "mnist", "validation": FOLDER})
    assert (known.training_size, known.evaluation_size) == ((32, 32), (28, 28))
    assert (resized.training_size, resized.evaluation_size) == (None, (64, 64))
    assert (other.training_size, other.evaluation_size) == ((28, 28), None)
