"""What transforms a recipe can have, and the sizes of images after them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from archspec.recipe.transforms import (
    CenterCrop,
    EvaluationTransform,
    Pad,
    RandomCrop,
    RandomFlip,
    RandomResizedCrop,
    Resize,
    TrainingTransform,
    Transform,
)

TRAINING: TypeAdapter[Any] = TypeAdapter(TrainingTransform)
EVALUATION: TypeAdapter[Any] = TypeAdapter(EvaluationTransform)


def test_a_bare_word_is_a_transform_with_its_defaults() -> None:
    assert TRAINING.validate_python("RandomFlip") == RandomFlip(direction="horizontal", probability=0.5)


@pytest.mark.parametrize("name", ["RandomFlip", "RandomCrop", "RandomResizedCrop", "RandomShift", "RandomErasing"])
def test_evaluation_has_no_random_transform(name: str) -> None:
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        EVALUATION.validate_python({"type": name})


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        ({"type": "Resize", "size": 8}, "interpolation"),
        ({"type": "Resize", "size": 8, "interpolation": "bilinear"}, "antialias"),
        ({"type": "Resize", "size": 8, "interpolation": "nearest", "antialias": True}, "must be false"),
        ({"type": "Resize", "interpolation": "bilinear", "antialias": True}, "either `size` or `shorter`"),
        ({"type": "Resize", "size": 8, "shorter": 8, "interpolation": "bilinear", "antialias": True}, "either"),
        ({"type": "Resize", "size": 10**6, "interpolation": "bilinear", "antialias": True}, "less than or equal"),
        ({"type": "Resize", "size": [8, 8, 8], "interpolation": "bilinear", "antialias": True}, "at most 2"),
        ({"type": "CenterCrop", "size": 0}, "greater than or equal"),
        ({"type": "CenterCrop", "size": True}, "valid integer"),
        ({"type": "CenterCrop", "size": "8"}, "valid tuple"),
        ({"type": "Pad", "padding": 10**9}, "less than or equal"),
        ({"type": "Pad", "padding": -1}, "greater than or equal"),
        ({"type": "Pad", "padding": 1, "value": 255}, "less than or equal to 1"),
        ({"type": "Pad", "padding": 1, "colour": 0}, "not permitted"),
        ({"type": "RandomFlip", "probability": 1.5}, "less than or equal"),
        ({"type": "RandomShift", "height": 1.0}, "less than 1"),
        ({"type": "RandomErasing", "scale": [0.5, 0.1]}, "the smaller one first"),
        ({"type": "RandomErasing", "value": "black"}, "noise"),
        ({"type": "RandomErasing", "ratio": [0.0, 1]}, "greater than 0"),
        ({"type": "Normalize", "mean": [0.5, 0.5, 0.5], "std": [0.1, 0.1]}, "3 numbers and `std` 2"),
        ({"type": "Normalize", "mean": 0.5, "std": 0}, "greater than 0"),
        ({"type": "Normalize", "mean": float("nan"), "std": 1}, "finite"),
        ({"type": "Normalize", "mean": 0, "std": 1, "range": [255, 0]}, "smaller"),
    ],
)
def test_a_wrong_transform_is_refused(transform: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TRAINING.validate_python(transform)


@pytest.mark.parametrize(
    ("transform", "before", "after"),
    [
        (Resize(size=(5, 7), interpolation="bilinear", antialias=True), (10, 20), (5, 7)),
        (Resize(size=(5, 7), interpolation="bilinear", antialias=True), None, (5, 7)),
        (Resize(shorter=256, interpolation="bilinear", antialias=True), (375, 500), (256, 341)),
        (Resize(shorter=256, interpolation="bilinear", antialias=True), (500, 375), (341, 256)),
        (Resize(shorter=256, interpolation="bilinear", antialias=True), None, None),
        (CenterCrop(size=(3, 4)), (10, 20), (3, 4)),
        (Pad(padding=(1, 2, 3, 4)), (10, 20), (13, 27)),
        (Pad(padding=(1, 2, 3, 4)), None, None),
        (RandomCrop(size=(12, 12), padding=(1, 1, 1, 1)), (10, 20), (12, 12)),
        (RandomResizedCrop(size=(3, 4), interpolation="bilinear", antialias=True), (1, 1), (3, 4)),
        (RandomFlip(), (10, 20), (10, 20)),
    ],
)
def test_the_size_after_a_transform(
    transform: Transform, before: tuple[int, int] | None, after: tuple[int, int] | None
) -> None:
    assert transform.size_after(before) == after


@pytest.mark.parametrize("crop", [CenterCrop(size=(11, 4)), RandomCrop(size=(4, 21))])
def test_a_part_larger_than_the_image_is_an_error(crop: Transform) -> None:
    with pytest.raises(ValueError, match="an image of 10 x 20 pixels has no part of"):
        crop.size_after((10, 20))
