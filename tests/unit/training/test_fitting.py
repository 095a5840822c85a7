"""Recipes whose data, losses and metrics do not fit their network: each fault at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archspec.errors import SpecError
from archspec.training.planning import network_of, plan
from archspec.training.program import classes_of, data_program
from archspec.training.reading import read_recipe

NETWORKS = {
    "image": """\
name: image
inputs: {image: [28, 28, 1]}
layers:
  - {layer_type: GlobalAveragePooling2D}
  - {name: hidden, layer_type: Dense, units: 4}
  - {name: fc, layer_type: Dense, units: 10}
""",
    "few": """\
name: few
inputs: {image: [28, 28, 1]}
layers:
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: 3}
""",
    "pixels": """\
name: pixels
inputs: {image: [28, 28, 1]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 3, kernel_size: 1}
""",
    "two": """\
name: two
inputs: {image: [28, 28, 1]}
layers:
  - {name: pool, layer_type: GlobalAveragePooling2D}
  - {name: first, layer_type: Dense, units: 2, inputs: pool}
  - {name: second, layer_type: Dense, units: 3, inputs: pool}
outputs: [first, second]
""",
    "towers": """\
name: towers
inputs: {left: [28, 28, 1], right: [28, 28, 1]}
layers:
  - {name: sum, layer_type: Add, inputs: [left, right]}
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: 10}
""",
    "signal": """\
name: signal
inputs: {signal: [40, 1]}
layers:
  - {name: fc, layer_type: Dense, units: 2}
""",
}

NETWORKS["one"] = NETWORKS["few"].replace("few", "one").replace("units: 3", "units: 1")

WEIGHTS = [1.0] * 10


def _resize(size: int) -> list[dict[str, Any]]:
    return [{"type": "Resize", "size": size, "interpolation": "nearest", "antialias": False}]


def _arrays(**kinds: str) -> dict[str, Any]:
    fields = {name: {"array": name, "kind": kind} for name, kind in kinds.items()}
    return {"type": "Arrays", "file": "a.npz", "fields": fields}


def _labels(kind: str) -> dict[str, Any]:
    return {"source": _arrays(image="image", label=kind), "validation": 0.2}


def _named(kind: str, *classes: str) -> dict[str, Any]:
    return {**_arrays(image="image", label=kind), "classes": [*classes]}


VALUES = {"source": _arrays(image="image", values="values"), "validation": 0.2}
MNIST = {"source": "mnist", "validation": 0.2}

FAULTS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "signal as target": (
        "signal",
        {"data": {"source": "mnist1d"}, "loss": {"type": "MeanSquaredError", "target": "signal"}},
        "wrong-shape",
        "is compared with a target of (40, 2), and the data have signal of (40, 1)",
    ),
    "two inputs of one field": (
        "towers",
        {"inputs": {"left": "image"}},
        "no-such-name",
        "towers has several inputs, and an example has no field called right",
    ),
    "a target that is not there": (
        "image",
        {"data": {"source": _arrays(image="image", digit="label"), "validation": 0.2}},
        "no-such-name",
        "`target` is 'label', and an example has no such field",
    ),
    "image as target": (
        "pixels",
        {"loss": {"type": "Huber", "target": "image"}},
        "wrong-shape",
        "target of (28, 28, 3), and the data have image of (28, 28, 1)",
    ),
    "channels of a folder": (
        "image",
        {"data": {"source": {"type": "Folder", "path": "x", "classes": list("0123456789")}, "validation": 0.2}},
        "wrong-shape",
        "reads image of (28, 28, 1), and the data have image of (?, ?, 3)",
    ),
    "one target of two shapes": (
        "two",
        {
            "data": VALUES,
            "losses": {name: {"type": "Huber", "target": "values"} for name in ("first", "second")},
        },
        "wrong-shape",
        "second is compared with values of (3,), and another output with values of (2,)",
    ),
    "one label of two numbers of classes": (
        "two",
        {"data": _labels("label"), "losses": {"first": "CrossEntropy", "second": "CrossEntropy"}},
        "wrong-classes",
        "second is compared with label of 3 classes, and another output with label of 2 classes",
    ),
    "padding of masks": (
        "pixels",
        {"data": {**_labels("mask"), "transforms": {"training": [{"type": "Pad", "padding": 0, "mask_value": 3}]}}},
        "wrong-value",
        "`mask_value` is 3, and the classes of conv are 0 to 2",
    ),
    "label of pixels": (
        "pixels",
        {"data": _labels("label")},
        "wrong-shape",
        "target of (28, 28), and the data have label of ()",
    ),
    "mask of an image": (
        "image",
        {"data": {"source": _arrays(image="image", label="mask"), "transforms": {"training": _resize(28)}}},
        "wrong-shape",
        "target of (), and the data have label of (28, 28)",
    ),
    "metrics without validation": (
        "image",
        {"data": {"source": "mnist"}, "metrics": ["accuracy"]},
        "wrong-value",
        "`metrics` are over the validation data, and there are none",
    ),
    "accuracy of values": (
        "image",
        {"data": VALUES, "loss": "MeanSquaredError", "metrics": ["accuracy"]},
        "wrong-value",
        "accuracy needs a target of the kind label or mask, and values has the kind values",
    ),
    "accuracy of soft labels": (
        "image",
        {"data": _labels("labels"), "metrics": ["accuracy"]},
        "wrong-value",
        "accuracy needs a target of the kind label or mask, and label has the kind labels",
    ),
    "error of classes": (
        "image",
        {"metrics": ["accuracy", "mean_absolute_error"]},
        "wrong-value",
        "mean_absolute_error is for losses of values and images, and the first loss is CrossEntropy",
    ),
    "top 5 of 3": (
        "few",
        {"data": _labels("label"), "metrics": ["top_5_accuracy"]},
        "wrong-value",
        "top_5_accuracy needs 5 classes, and fc of few has 3",
    ),
    "evaluation of another size": (
        "image",
        {"data": {**MNIST, "transforms": {"evaluation": _resize(32)}}},
        "wrong-shape",
        "reads image of (28, 28, 1), and the data have image of (32, 32, 1) for evaluation",
    ),
    "training of another size": (
        "image",
        {"data": {**MNIST, "transforms": {"training": _resize(32)}}},
        "wrong-shape",
        "reads image of (28, 28, 1), and the data have image of (32, 32, 1) for training",
    ),
    "class weights of soft labels": (
        "image",
        {"data": _labels("labels"), "loss": {"type": "CrossEntropy", "class_weights": WEIGHTS}},
        "wrong-value",
        "label has a probability for each class, so an example has no class for `class_weights`",
    ),
    "accumulate": (
        "image",
        {"batch_size": 4, "accumulate": 5},
        "wrong-value",
        "a batch of 4 has too few examples for 5 parts",
    ),
    "freeze": (
        "image",
        {"freeze": ["hidden", "fc"]},
        "wrong-value",
        "every layer of image is frozen, so there is nothing to train",
    ),
    "label as input": (
        "image",
        {"inputs": {"image": "label"}},
        "wrong-kind",
        "image reads image from label, whose kind label is for targets only",
    ),
    "rate": (
        "image",
        {"schedule": {"type": "Exponential", "factor": 10.0}, "epochs": 50},
        "wrong-value",
        "the learning rate is larger than float32 can hold",
    ),
    "rate of milestones": (
        "image",
        {"schedule": {"type": "Milestones", "epochs": [1, 2], "factor": 1e200}},
        "wrong-value",
        "the learning rate is larger than float32 can hold",
    ),
    "one class": (
        "one",
        {"data": _labels("label")},
        "wrong-classes",
        "fc of one has one class, and the cross-entropy of one class is always 0",
    ),
    "classes of masks": (
        "pixels",
        {"data": {"source": _named("mask", "a", "b"), "validation": 0.2}},
        "wrong-classes",
        "the data have 2 classes, and conv of pixels has 3",
    ),
    "classes of validation": (
        "few",
        {"data": {"source": _named("label", "a", "b", "c"), "validation": _named("label", "a", "c", "b")}},
        "wrong-classes",
        "class 1 is b for training, and c for validation",
    ),
    "fewer classes of validation": (
        "few",
        {"data": {"source": _named("label", "a", "b", "c"), "validation": _named("label", "a", "b")}},
        "wrong-classes",
        "class 2 is c for training, and missing for validation",
    ),
    "validation": (
        "image",
        {"data": {"source": "mnist", "validation": 0.00001}},
        "wrong-value",
        "1e-05 of 5,000 examples leaves none for training or for validation",
    ),
}


def _planned(folder: Path, network: str, recipe: dict[str, Any]) -> Any:
    file = folder / f"{network}.yaml"
    file.write_text(NETWORKS[network])
    loss = {} if recipe.keys() & {"loss", "losses"} else {"loss": "CrossEntropy"}
    written = read_recipe({"recipe": 1, "network": str(file), "data": MNIST, **loss, **recipe})
    return plan(written, network_of(written))


def test_folders_that_are_missing_or_have_no_classes_are_told_at_their_places(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    source, validation = ({"type": "Folder", "path": str(tmp_path / name)} for name in ("missing", "empty"))
    with pytest.raises(SpecError) as caught:
        _planned(tmp_path, "image", {"data": {"source": source, "validation": validation}})
    told = [(each.message.removeprefix(str(tmp_path)), each.where) for each in caught.value.diagnostics]
    assert told == [
        (f"there is no folder {tmp_path / 'missing'}", "data.source.path"),
        ("/empty has no folders: the images of each class are in a folder of its own", "data.validation.path"),
    ]


def test_the_only_field_that_can_be_a_target_is_proposed(tmp_path: Path) -> None:
    data = {"source": _arrays(image="image", digit="label"), "validation": 0.2}
    with pytest.raises(SpecError, match=r"\{type: CrossEntropy, target: digit\}"):
        _planned(tmp_path, "image", {"data": data})


@pytest.mark.parametrize("name", FAULTS)
def test_a_recipe_that_does_not_fit_is_refused(tmp_path: Path, name: str) -> None:
    network, recipe, code, message = FAULTS[name]
    with pytest.raises(SpecError) as caught:
        _planned(tmp_path, network, recipe)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert message in diagnostic.message


@pytest.mark.parametrize(
    ("network", "recipe"),
    [
        ("image", {"metrics": ["accuracy", "top_5_accuracy"]}),
        ("image", {"data": _labels("labels")}),
        ("image", {"data": VALUES, "loss": "Huber", "metrics": ["mean_absolute_error", "mean_squared_error"]}),
        ("pixels", {"data": _labels("mask"), "metrics": ["accuracy"]}),
        ("image", {"data": {**MNIST, "transforms": {"training": _resize(28), "evaluation": _resize(28)}}}),
        ("few", {"data": {"source": _named("label", *"abc"), "validation": _named("label", *"abc")}}),
        ("few", {"data": {"source": _named("label", *"abc"), "validation": _arrays(image="image", label="label")}}),
        ("one", {"data": _labels("labels"), "loss": {"type": "BinaryCrossEntropy", "target": "label"}}),
        ("image", {"batch_size": 4, "accumulate": 4}),
        ("image", {"freeze": ["hidden"]}),
        ("image", {"schedule": {"type": "Exponential", "factor": 10.0}, "epochs": 30}),
        ("image", {"schedule": {"type": "Milestones", "epochs": [1, 2], "factor": [1e10, 0.1]}}),
    ],
)
def test_a_recipe_that_fits_has_a_plan(tmp_path: Path, network: str, recipe: dict[str, Any]) -> None:
    assert _planned(tmp_path, network, recipe).losses


def test_the_program_of_data_knows_the_shapes_of_outputs(tmp_path: Path) -> None:
    planned = _planned(tmp_path, "image", {"data": VALUES, "loss": "MeanSquaredError"})
    transforms = {"training": _resize(28), "evaluation": _resize(28)}
    images = {"source": _arrays(image="image", out="image"), "transforms": transforms}
    resized = _planned(tmp_path, "pixels", {"data": images, "loss": {"type": "Huber", "target": "out"}})
    assert '{"image": (28, 28, 1), "out": (28, 28, 3)}' in data_program(resized)
    assert '{"image": (28, 28, 1), "values": (10,)}' in data_program(planned)


def test_each_label_has_the_number_of_classes_of_its_output(tmp_path: Path) -> None:
    losses = {name: {"type": "CrossEntropy", "target": name} for name in ("first", "second")}
    source = _arrays(image="image", first="label", second="label", other="label")
    planned = _planned(tmp_path, "two", {"data": {"source": source, "mix": "Mixup"}, "losses": losses})
    text = data_program(planned)
    for field, classes in (("first", 2), ("second", 3)):
        assert f'as_classes(example["{field}"], "{field}", place, axes=0, classes={classes})' in text
        assert f'mixed(one_hot(batch["{field}"], {classes}), order, share)' in text
    assert 'as_classes(example["other"], "other", place, axes=0, classes=None)' in text
    assert 'batch["other"]' not in text


def test_the_names_of_classes_are_those_of_the_first_label(tmp_path: Path) -> None:
    losses = {name: {"type": "CrossEntropy", "target": name} for name in ("first", "second")}
    source = {**_arrays(image="image", first="label", second="label"), "classes": ["a", "b"]}
    assert classes_of(_planned(tmp_path, "two", {"data": {"source": source}, "losses": losses})) == ("a", "b")
    with pytest.raises(SpecError, match="the data have 3 classes, and first of two has 2"):
        _planned(tmp_path, "two", {"data": {"source": {**source, "classes": ["a", "b", "c"]}}, "losses": losses})


def test_a_fault_of_metrics_is_at_their_key(tmp_path: Path) -> None:
    (tmp_path / "image.yaml").write_text(NETWORKS["image"])
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "recipe: 1\nnetwork: image.yaml\ndata: {source: mnist}\nloss: CrossEntropy\nmetrics: [accuracy]\n"
    )
    written = read_recipe(recipe)
    with pytest.raises(SpecError, match=r"recipe\.yaml:5:1: `metrics` are over the validation data"):
        plan(written, network_of(written))
