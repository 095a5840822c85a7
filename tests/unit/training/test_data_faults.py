"""The faults of data that a program of data tells, each by a `DataError` or an `OSError`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archspec.recipe.data import Data, Function
from archspec.training.program import data_faults
from archspec.training.runs import RunError
from tests.unit.training.programs import Load, batches_of, write_arrays, write_images

RESIZE = {"type": "Resize", "size": [16, 12], "interpolation": "bilinear", "antialias": True}

NAN = float("nan")


def test_an_image_that_cannot_be_read_is_named(load: Load, tmp_path: Path) -> None:
    source = write_images(tmp_path / "images", {"cat": 3})
    whole = (tmp_path / "images" / "cat" / "1.png").read_bytes()
    for content in (b"no image", b"", whole[: len(whole) // 2]):
        (tmp_path / "images" / "cat" / "1.png").write_bytes(content)
        batches = batches_of(load({"source": source}, ["cat"]))
        with pytest.raises(OSError, match=r"cat.1\.png cannot be read as an image"):
            batches[0]


def test_a_class_without_images_is_named(load: Load, tmp_path: Path) -> None:
    source = write_images(tmp_path / "images", {"cat": 1, "dog": 0})
    for classes in (["cat", "dog"], ["cat", "owl"]):
        with pytest.raises(FileNotFoundError, match=f"{classes[1]} has no images"):
            load({"source": source}, classes).training_examples()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"image": np.zeros((3, 4, 4)), "label": np.zeros(4)}, r"numbers of examples: \{'image': 3, 'label': 4\}"),
        ({"image": np.zeros((0, 4, 4)), "label": np.zeros(0)}, "the arrays have no examples: image, label"),
        ({"values": np.float32(3)}, "the arrays have no examples: values"),
    ],
)
def test_arrays_have_examples_and_the_same_number_of_them(
    load: Load, tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    module = load({"source": write_arrays(tmp_path / "a.npz", **arrays)})
    with pytest.raises(module.DataError, match=message):
        module.training_examples()


@pytest.mark.parametrize(("kind", "shape"), [("label", (3, 2)), ("label", (3, 1, 1)), ("mask", (3, 4)), ("mask", (3,))])
def test_classes_have_the_axes_of_their_kind(load: Load, tmp_path: Path, kind: str, shape: tuple[int, ...]) -> None:
    module = load({"source": write_arrays(tmp_path / "a.npz", **{kind: np.zeros(shape, int)})})
    message = rf"`{kind}` of example \d has the shape {re.escape(str(shape[1:]))}, and not"
    with pytest.raises(module.DataError, match=message):
        module.training_batch(0)


@pytest.mark.parametrize("label", [10, -1, 2.5, NAN, 2**63])
def test_a_label_is_a_class(load: Load, tmp_path: Path, label: Any) -> None:
    """A whole number as a float is one; nothing is cut off."""
    kind = float if isinstance(label, float) else np.int64 if label < 2**63 else np.uint64
    source = write_arrays(tmp_path / "a.npz", label=np.array([0, 9, label, 9], kind))
    module = load({"source": source, "validation": source})
    message = rf"`label` of example 2 has {re.escape(str(label))}, and classes are whole numbers from 0 to 9"
    with pytest.raises(module.DataError, match=message):
        module.validation_batches()[0]
    source = write_arrays(tmp_path / "b.npz", label=[0, 9.0, 3])
    right = load({"source": source, "validation": source}).validation_batches()[0]["label"]
    assert right.tolist() == [0, 9, 3]
    assert right.dtype == np.int64


def test_a_pixel_of_a_mask_is_a_class(load: Load, tmp_path: Path) -> None:
    masks = np.zeros((3, 4, 4), np.uint8)
    masks[1, 2, 3] = 255
    source = write_arrays(tmp_path / "a.npz", mask=masks)
    module = load({"source": source, "validation": source}, counts={"mask": 3})
    with pytest.raises(
        module.DataError, match="`mask` of example 1 has 255, and classes are whole numbers from 0 to 2"
    ):
        module.validation_batches()[0]
    unread = load({"source": source, "validation": source}, counts={})
    assert unread.validation_batches()[0]["mask"].max() == 255


def test_targets_and_inputs_have_the_shapes_of_the_network(load: Load, tmp_path: Path) -> None:
    images, values = np.zeros((3, 4, 6)), np.zeros((3, 1))
    source = write_arrays(tmp_path / "a.npz", image=images, values=values, labels=values)
    right = {"image": (None, 6, 1), "values": (1,), "labels": (1,)}
    batch = load({"source": source}, (), shapes=right).training_batch(0)
    assert [batch[name].shape for name in right] == [(3, 4, 6, 1), (3, 1), (3, 1)]
    for field, shape in (("image", (4, 4, 1)), ("values", ()), ("values", (2,)), ("labels", (1, 1))):
        module = load({"source": source}, (), shapes={**right, field: shape})
        own = re.escape(str((4, 6, 1) if field == "image" else (1,)))
        message = rf"`{field}` of an example has the shape {own}, and the network takes {re.escape(str(shape))}"
        with pytest.raises(module.DataError, match=message):
            module.training_batch(0)


def test_files_of_arrays_run_no_code(load: Load, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([print], object), allow_pickle=True)
    np.savez(tmp_path / "x.npz", x=np.array([print], object))
    fields = {"x": {"array": "x", "kind": "values"}}
    for source in (
        {"type": "Arrays", "fields": {"values": str(tmp_path / "x.npy")}},
        {"type": "Arrays", "file": str(tmp_path / "x.npz"), "fields": fields},
    ):
        module = load({"source": source})
        with pytest.raises(module.DataError, match=r"x\.np[yz] cannot be read: .*[Oo]bject"):
            module.training_examples()


def test_a_file_that_has_no_such_array_is_named(load: Load, tmp_path: Path) -> None:
    source = write_arrays(tmp_path / "a.npz", values=np.zeros(3))
    module = load({"source": {**source, "fields": {"values": "other"}}})
    with pytest.raises(module.DataError, match=r"a\.npz cannot be read: .*other"):
        module.training_examples()
    (tmp_path / "a.npz").write_bytes(b"PK")
    broken = load({"source": source})
    with pytest.raises(broken.DataError, match=r"a\.npz cannot be read"):
        broken.training_examples()
    (tmp_path / "a.npz").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.npz"):
        load({"source": source}).training_examples()


def test_an_image_too_small_for_a_part_is_told(load: Load, tmp_path: Path) -> None:
    source = write_images(tmp_path / "images", {"cat": 1}, size=(10, 20))
    for crop in ("CenterCrop", "RandomCrop"):
        module = load({"source": source, "transforms": {"training": [{"type": crop, "size": 12}]}}, ["cat"])
        with pytest.raises(module.DataError, match="an image of 10 x 20 pixels has no part of 12 x 12"):
            module.training_batch(0)


def test_images_of_different_sizes_have_to_be_resized(load: Load, tmp_path: Path) -> None:
    source = write_images(tmp_path / "images", {"cat": 1}, size=(10, 20))
    write_images(tmp_path / "images", {"dog": 1}, size=(20, 10))
    module = load({"source": source}, ["cat", "dog"])
    with pytest.raises(module.DataError, match=r"`image` of \(10, 20, 3\) and of \(20, 10, 3\): resize them"):
        module.training_batch(0)
    resized = load({"source": source, "transforms": {"training": [RESIZE]}}, ["cat", "dog"])
    assert resized.training_batch(0)["image"].shape == (2, 16, 12, 3)


def test_examples_have_to_be_enough_for_a_fraction(load: Load, tmp_path: Path) -> None:
    module = load({"source": write_arrays(tmp_path / "a.npz", values=np.zeros(4)), "validation": 0.1})
    with pytest.raises(module.DataError, match="4 examples are too few for training and validation"):
        module.training_examples()


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ("[]", "module_of_faults:examples gives no examples"),
        ("iter([])", "gives no sequence of examples"),
        ("None", "gives no sequence of examples: a NoneType"),
        ("{'image': [[[0.0]]], 'label': [1]}", "gives no sequence of examples: a dict"),
        ("[([[0.0]], 1)]", "example 0 is a tuple, and no mapping of its fields"),
        ("[{'image': [[0.0]]}]", "example 0 has no `label`"),
        ("[{'image': [[0]], 'label': 1}]", "`image` of example 0 has int64, and an image has floats, uint8 or uint16"),
        ("[{'image': [[0.0]], 'label': 'cat'}]", "`label` of example 0 has <U3, and no numbers"),
        ("[{'image': [[0], [1, 2]], 'label': 1}]", "`image` of example 0 is no array"),
        ("[{'image': [0, 1], 'label': 1}]", r"`image` of example 0 has the shape \(2,\), and an image has height"),
        ("[{'image': [['a']], 'label': 1}]", "`image` of example 0 has <U1, and no numbers"),
    ],
)
def test_the_examples_of_a_function_are_checked(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: str, message: str
) -> None:
    (tmp_path / "module_of_faults.py").write_text(f"def examples():\n    return {examples}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "module_of_faults", raising=False)
    function = Function(module="module_of_faults", name="examples", fields={"image": "image", "label": "label"})
    module = load(Data(source=function))
    with pytest.raises(module.DataError, match=message):
        module.training_batch(0)


def test_a_stop_iteration_in_an_example_is_no_end_of_the_batches(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
class Examples:
    def __len__(self):
        return 9

    def __getitem__(self, place):
        return {"values": [next(iter([] if place == 5 else [1.0]))]}
"""
    (tmp_path / "module_that_stops.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "module_that_stops", raising=False)
    function = Function(module="module_that_stops", name="Examples", fields={"values": "values"})
    batches = batches_of(load(Data(source=function), batch_size=2))
    with pytest.raises(RuntimeError, match="example 5 raises StopIteration"):
        [*batches.to_iter_dataset()]


@pytest.mark.parametrize("label", [3, -1, 255, 1.5, np.nan])
def test_labels_are_probabilities(load: Load, tmp_path: Path, label: float) -> None:
    labels = np.array([[0, 1], [1, label]])
    source = write_arrays(tmp_path / "a.npz", labels=labels)
    module = load({"source": source, "validation": source}, ())
    with pytest.raises(
        module.DataError, match=f"`labels` of example 1 has {label}.*, and probabilities of classes are"
    ):
        module.validation_batches()[0]
    np.savez(tmp_path / "a.npz", labels=np.array([[True, False], [False, True]]))
    batch = load({"source": source, "validation": source}, ()).validation_batches()[0]
    np.testing.assert_array_equal(batch["labels"], np.eye(2, dtype=np.float32))


@pytest.mark.parametrize("kind", [np.int16, np.int64, np.uint32])
def test_numbers_of_an_image_have_a_known_largest(load: Load, tmp_path: Path, kind: type) -> None:
    module = load({"source": write_arrays(tmp_path / "a.npz", image=np.full((3, 4, 4), 255, kind))})
    message = rf"`image` of example \d has {np.dtype(kind)}, and an image has floats, uint8 or uint16"
    with pytest.raises(module.DataError, match=message):
        module.training_batch(0)


def test_an_npy_file_is_no_archive(load: Load, tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as file:
        np.savez(file, values=np.zeros(3))
    source = {"type": "Arrays", "fields": {"values": str(tmp_path / "a.npy")}}
    module = load({"source": source})
    with pytest.raises(module.DataError, match=r"a\.npy is an archive of arrays"):
        module.training_examples()


@pytest.mark.parametrize(("kind", "ending"), [(np.uint16, "png"), (np.int32, "tif"), (np.float32, "tif")])
def test_images_of_more_than_8_bits_are_not_cut_off(load: Load, tmp_path: Path, kind: type, ending: str) -> None:
    image = Image.fromarray(np.full((4, 4), 1000, kind))
    (tmp_path / "cat").mkdir()
    image.save(tmp_path / "cat" / f"deep.{ending}")
    module = load({"source": {"type": "Folder", "path": str(tmp_path)}}, ["cat"])
    with pytest.raises(OSError, match=rf"deep\.{ending} cannot be read as an image: its pixels have more than 8 bits"):
        module.training_batch(0)
    with pytest.raises(module.DataError, match=f"its pixels have more than 8 bits: its mode is {image.mode}"):
        module.prepare(image)


def test_a_fault_of_an_image_to_predict_has_its_name(load: Load, tmp_path: Path) -> None:
    crop = {"training": [], "evaluation": [{"type": "CenterCrop", "size": 12}]}
    module = load({"source": {"type": "Folder", "path": "images"}, "transforms": crop}, ["cat"])
    message = r"^small\.png: an image of 10 x 20 pixels has no part of 12 x 12$"
    with pytest.raises(RunError, match=message), data_faults(module, Path("small.png")):
        module.prepare(Image.new("RGB", (20, 10)))
