"""Pickles that mean harm: an error that names the file, in a time and a memory that are as the file's size."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import open_checkpoint
from archspec.checkpoints.pickles import Name
from archspec.checkpoints.pytorch.objects import TorchObjects
from archspec.checkpoints.pytorch.values import Storage, Tensor
from tests.unit.checkpoints.pickles import PROTOCOL, entries, in_a_row, name, number, several, tensor, text, zipped


@pytest.mark.parametrize(
    "keys", [b"](]e", b"](}e", b"](" + b")" + b"\x85" * 200_000 + b"e", b"N", b"](K\x00e"], ids=lambda keys: keys[:9]
)
def test_keys_of_storages_that_are_no_texts(tmp_path: Path, keys: bytes) -> None:
    path = in_a_row(tmp_path / "w.pth", keys)
    with pytest.raises(archspec.WeightsError, match=r"w\.pth .*lists storages of no tensor"):
        open_checkpoint(path)


def test_keys_of_storages(tmp_path: Path) -> None:
    (found,) = open_checkpoint(in_a_row(tmp_path / "w.pth", b"](" + text("0") + b"e")).tensors.values()
    assert found.read().tolist() == [0]


def test_numbers_of_thousands_of_digits_name_nothing(tmp_path: Path) -> None:
    program = entries({"a": tensor()}) + number(10**5000) + tensor() + b"s"
    assert list(open_checkpoint(zipped(tmp_path / "w.pth", program, bytes(4))).tensors) == ["a"]


def module(place: int, inner: dict[str, bytes]) -> bytes:
    """A whole module that has a weight, with the modules in it; `place` is its own in the memo."""
    state = {"_parameters": entries({"weight": tensor()}), "_buffers": b"}", "_modules": entries(inner)}
    return name("some", "Module") + b")\x81" + b"q" + bytes([place]) + entries(state) + b"b"


def kept(place: int) -> bytes:
    """What is in the memo there."""
    return b"h" + bytes([place])


def refused(path: Path, said: str) -> None:
    with pytest.raises(archspec.WeightsError, match=rf"{path.name}.* {said}"):
        open_checkpoint(path)


def test_a_module_that_contains_itself(tmp_path: Path) -> None:
    refused(zipped(tmp_path / "w.pth", module(0, {"m": kept(0)})), "has modules in modules, more than 64 deep")


def test_modules_that_stand_in_many_places(tmp_path: Path) -> None:
    program = module(0, {})
    for place in range(1, 40):
        program = module(place, {"a": program, "b": kept(place - 1)})
        if place == 5:
            assert len(open_checkpoint(zipped(tmp_path / "w.pth", program)).tensors) == 2**6 - 1
    refused(zipped(tmp_path / "w.pth", program), "more entries than could be read")


def test_long_names_that_stand_in_many_places(tmp_path: Path) -> None:
    long = b"X" + struct.pack("<I", 100_000) + b"x" * 100_000 + b"q\x01" + kept(0)
    program = b"}q\x00(" + long + b"".join(text(str(index)) + kept(0) for index in range(5)) + b"u"
    refused(zipped(tmp_path / "w.pth", program), "more entries than could be read")


CALLS = {
    "texts": (name("_codecs", "encode"), several(text("x" * 10_000), text("latin1"))),
    "pairs": (
        name("collections", "OrderedDict"),
        several(b"](" + b"".join(several(text(str(index)), b"N") for index in range(1000)) + b"e"),
    ),
    "no pairs": (name("collections", "OrderedDict"), several(b"](" + several(b"N", b"N") * 1000 + b"e")),
}


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("write", [zipped, lambda path, program: path.write_bytes(PROTOCOL + program + b".") and path])
def test_calls_that_copy_the_same_arguments(tmp_path: Path, kind: str, write: Any) -> None:
    maker, arguments = CALLS[kind]
    program = b"(" + maker + b"q\x00" + arguments + b"q\x01" + (kept(0) + kept(1) + b"R") * 1000 + b"t"
    refused(write(tmp_path / "w.pth", program), "would become many times longer")


def test_what_is_looked_at_of_many_calls_is_short() -> None:
    class Long(tuple[object, ...]):
        """Notices who goes through it."""

        def __iter__(self) -> Iterator[object]:
            raise AssertionError

    shape = Long([1] * 300_000)
    for word in ("_rebuild_tensor_v2", "_rebuild_meta_tensor_no_storage"):
        arguments = (Storage("0", "float32", 1), 0, shape, (1,)) if "v2" in word else (Name("torch", "float32"), shape)
        made = TorchObjects(0)(Name("torch._utils", word), Long([*arguments, *[None] * 300_000]))
        assert isinstance(made, Tensor)
        assert made.fault


SHAPES: dict[str, tuple[bytes, str]] = {
    "negated booleans": (tensor("BoolStorage", 4, [4], [1], entries({"neg": b"\x88"})), "signs that are to be changed"),
    "endless sizes and none": (tensor(shape=[1 << 61, 1 << 61, 0], strides=[0, 0, 0]), "no tensor has"),
    "sizes of 5,000 digits": (tensor(shape=[10**5000]), "no tensor has"),
    "many axes": (tensor(shape=[1] * 65, strides=[1] * 65), "no tensor has"),
    "a meta tensor of 5,000 digits": (
        name("torch._utils", "_rebuild_meta_tensor_no_storage")
        + several(name("torch", "float32"), several(number(10**5000)), several(number(1)), b"\x89")
        + b"R",
        "device meta",
    ),
    "a sparse tensor of 5,000 digits": (
        name("torch._utils", "_rebuild_sparse_tensor")
        + several(name("torch", "sparse_coo"), several(tensor(), tensor(), several(number(10**5000))))
        + b"R",
        "is not stored element by element",
    ),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_tensors_that_cannot_be(tmp_path: Path, kind: str) -> None:
    program, said = SHAPES[kind]
    (found,) = open_checkpoint(zipped(tmp_path / "w.pth", entries({"a": program}), bytes(4))).tensors.values()
    assert found.shape in {(), (4,)}
    with pytest.raises(archspec.WeightsError, match=rf"w\.pth: a .*{said}"):
        found.read()


def test_the_step_of_an_axis_of_length_one_says_nothing(tmp_path: Path) -> None:
    program = entries({"a": tensor(length=4, shape=[1, 3], strides=[1 << 61, 1])})
    path = zipped(tmp_path / "w.pth", program, np.arange(4, dtype="<f4").tobytes())
    (found,) = open_checkpoint(path).tensors.values()
    assert found.read().tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("word", ["f4", "f3", "i0", "f99", "c4", "b7"])
def test_words_for_types_of_arrays(tmp_path: Path, word: str) -> None:
    kind = name("numpy", "dtype") + several(text(word), b"\x89", b"\x88") + b"R"
    kind += several(number(3), text("<"), b"N", b"N", b"N") + b"b"
    made = name("numpy._core.multiarray", "_reconstruct") + several(b"N", b"N", b"N") + b"R"
    made += several(number(1), several(number(1)), kind, b"\x89", b"C\x04" + bytes(4)) + b"b"
    path = tmp_path / "w.pkl"
    path.write_bytes(PROTOCOL + entries({"a": made}) + b".")
    if word != "f4":
        refused(path, "has no state_dict; it has a")
    else:
        assert open_checkpoint(path).tensors["a"].read().tolist() == [0]


def test_layers_whose_numbers_have_thousands_of_digits(tmp_path: Path) -> None:
    network = archspec.load(
        {
            "archspec": 1,
            "name": "row",
            "inputs": {"x": [1]},
            "layers": [
                {"layer_type": "Dense", "units": 1, "use_bias": False, "name": f"fc{index}"} for index in range(2)
            ],
        }
    )
    made = tensor(shape=[1, 1], strides=[1, 1])
    path = zipped(tmp_path / "w.pth", entries({f"{digit * 5000}.weight": made for digit in "12"}), bytes(4))
    assert len(archspec.read_checkpoint(network, path)) == 2
