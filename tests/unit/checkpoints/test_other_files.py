"""Files of NumPy's, which are read, and files of others, of which it is said what they are and what to do."""

from __future__ import annotations

import os
import pickle
import re
import zipfile
from errno import EIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import open_checkpoint
from tests.unit.checkpoints.matching.test_matching import native, same
from tests.unit.checkpoints.networks import Array, mixed, weights_of


def as_keras(weights: dict[str, Array]) -> dict[str, Array]:
    return {name.replace(":", "/"): array for name, array in weights.items()}


FORMS: dict[str, Any] = {
    "canonical": lambda weights: weights,
    "torch": lambda weights: native(mixed(), weights),
    "tensorflow": as_keras,
    "tensorflow 1": lambda weights: {f"{name}:0": array for name, array in as_keras(weights).items()},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", ["npz", "compressed", "pickle", "pickle 2", "nested"])
def test_arrays_with_names(tmp_path: Path, form: str, way: str) -> None:
    weights = weights_of(mixed())
    arrays, path = FORMS[form](weights), tmp_path / f"w.{way[:3]}"
    if way == "npz":
        np.savez(path, **arrays)
    elif way == "compressed":
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)
    else:
        saved = {"weights": arrays, "step": np.int64(3)} if way == "nested" else arrays
        path.write_bytes(pickle.dumps(saved, 2 if way == "pickle 2" else 5))
    found = archspec.read_checkpoint(mixed(), path)
    assert same(found, weights)
    assert found.matching.checkpoint.framework == form.partition(" ")[0]


def test_arrays_in_any_order_of_axes_and_bytes(tmp_path: Path) -> None:
    given = {
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "big": np.arange(3, dtype=">f4"),
        "scalar": np.float32(3),
        "none": np.zeros((0, 2), np.float16),
    }
    np.savez(tmp_path / "w.npz", **given)
    (tmp_path / "w.pickle").write_bytes(pickle.dumps(given))
    for name in ("w.npz", "w.pickle"):
        found = {name: stored.read() for name, stored in open_checkpoint(tmp_path / name).tensors.items()}
        assert all(
            np.array_equal(found[key], array) and found[key].shape == array.shape for key, array in given.items()
        )


@pytest.mark.parametrize("name", ["w.npz", "w.pkl"])
def test_arrays_without_names_are_mapped_by_hand(tmp_path: Path, name: str) -> None:
    """As keras.Model.get_weights gives them."""
    layers = [{"name": "fc", "layer_type": "Dense", "units": 3}]
    network = archspec.load({"archspec": 1, "name": "one", "inputs": {"x": [2]}, "layers": layers})
    weights = weights_of(network)
    arrays = [weights["fc:kernel"], weights["fc:bias"]]
    if name == "w.npz":
        np.savez(tmp_path / name, *arrays)
    else:
        (tmp_path / name).write_bytes(pickle.dumps(arrays))
    names = {"fc:kernel": "arr_0", "fc:bias": "arr_1"}
    assert same(archspec.read_checkpoint(network, tmp_path / name, names=names), weights)


def test_arrays_of_objects_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", a=np.array([{}], dtype=object))
    with pytest.raises(archspec.WeightsError, match=r"w\.npz: a has elements of object"):
        open_checkpoint(tmp_path / "w.npz")
    np.savez(tmp_path / "w.npz", a=np.arange(1000.0))
    data = bytearray((tmp_path / "w.npz").read_bytes())
    data[4000] ^= 1
    (tmp_path / "w.npz").write_bytes(data)
    (tensor,) = open_checkpoint(tmp_path / "w.npz").tensors.values()
    with pytest.raises(archspec.WeightsError, match=r"w\.npz is damaged: a\.npy"):
        tensor.read()
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr(
            "a.npy", b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (9,), }\n"
        )
    with pytest.raises(archspec.WeightsError, match=r"w\.npz: a is "):
        open_checkpoint(tmp_path / "w.npz")


HEADERS = {
    "no end": ("{'descr': '<f4', 'shape': (", "no array as NumPy writes them"),
    "negative sizes": ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -1), }", "a shape that no array has"),
    "one size": ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, ), }", "a shape that no array has"),
    "digits": (
        f"{{'descr': '<f4', 'fortran_order': False, 'shape': (0x{'f' * 5000}, ), }}",
        "a shape that no array has",
    ),
    "endless": ("{'descr': '<f4', 'fortran_order': False, 'shape': (1 << 61, 0), }", "no array as NumPy writes them"),
    "endless and empty": (
        f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({1 << 61}, {1 << 61}, 0), }}",
        "a shape that no array has",
    ),
    "axes": (
        f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({'1, ' * 65}), }}",
        "a shape that no array has",
    ),
    "fields": (
        "{'descr': [('\\x1b[2J', '<f4')], 'fortran_order': False, 'shape': (1,), }",
        r"has elements of \[\('\\x1b\[2J', '<f4'\)\], and only numbers",
    ),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_of_arrays_that_cannot_be(tmp_path: Path, kind: str) -> None:
    header, said = HEADERS[kind]
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr("a.npy", start + bytes(4))
    with pytest.raises(archspec.WeightsError, match=rf"w\.npz: a .*{said}"):
        open_checkpoint(tmp_path / "w.npz")


def folder_with(path: Path, name: str) -> None:
    path.mkdir()
    (path / name).write_bytes(b"")


KINDS: dict[str, tuple[Any, str]] = {
    "saved": (lambda path: folder_with(path, "saved_model.pb"), r"a SavedModel.*model\.weights\.h5"),
    "hub": (lambda path: folder_with(path, "model.safetensors"), "a folder: name the file"),
    "unpacked": (lambda path: folder_with(path, "data.pkl"), r"zip -r -0 model\.pth"),
    "m.onnx": (lambda path: path.write_bytes(b"\x08\x07\x12\x07pytorch"), "ONNX.*exported it"),
    "m.ckpt.index": (lambda path: path.write_bytes(bytes(9)), r"TensorFlow's own.*numpy\.savez"),
    "m.safetensors.index.json": (lambda path: path.write_text("{}"), "several files: merge them"),
    "m.tflite": (lambda path: path.write_bytes(b"\x1c\x00\x00\x00TFL3"), "TensorFlow Lite"),
    "m.gguf": (lambda path: path.write_bytes(b"GGUF\x03"), "quantised"),
    "m.npy": (lambda path: np.save(path, np.zeros(3)), r"numpy\.savez"),
    "m.tar": (lambda path: path.write_bytes(bytes(257) + b"ustar\x00"), "tar archive: unpack it"),
    "m.pth.gz": (lambda path: path.write_bytes(b"\x1f\x8b\x08"), "gzip -d"),
    "pointer.pth": (lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1"), "git lfs pull"),
    "page.pth": (lambda path: path.write_text("<!DOCTYPE html><html>not found"), "web page"),
}


@pytest.mark.parametrize("name", KINDS)
def test_files_of_others_are_named(tmp_path: Path, name: str) -> None:
    make, said = KINDS[name]
    make(tmp_path / name)
    with pytest.raises(archspec.WeightsError, match=rf"{name.replace('.', '[.]')} is (?s:.*){said}"):
        open_checkpoint(tmp_path / name)


def test_a_zip_of_something_else_says_what_is_in_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as archive:
        archive.writestr("model/resnet.h5", b"")
        archive.writestr("readme.txt", b"")
    with pytest.raises(archspec.WeightsError, match=r"it has model/resnet\.h5, readme\.txt"):
        open_checkpoint(tmp_path / "w.zip")


def test_a_file_that_fails_while_it_is_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(EIO, os.strerror(EIO))

    path = tmp_path / "w.pth"
    path.write_bytes(b"\x80" + b"x" * 600)  # as a pickle begins
    monkeypatch.setattr("archspec.checkpoints.opening.open_pickles", fail)
    with pytest.raises(OSError, match=re.escape(str(path))):
        open_checkpoint(path)


@pytest.mark.parametrize("name", ["w.pth", "w.h5", "w.safetensors", "w.npz", "w.keras", "w"])
def test_an_empty_file_is_called_empty(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    with pytest.raises(archspec.WeightsError, match=rf"{name} is empty: it has no bytes"):
        open_checkpoint(path)


@pytest.mark.parametrize("name", ["w.pth", "w.keras", "w.npz"])
def test_the_first_half_of_a_zip_is_called_truncated(tmp_path: Path, name: str) -> None:
    np.savez(tmp_path / "whole.npz", a=np.zeros(1000))
    path = tmp_path / name
    path.write_bytes((tmp_path / "whole.npz").read_bytes()[:4000])
    with pytest.raises(archspec.WeightsError, match=rf"{name} is truncated: it has no list of members at its end"):
        open_checkpoint(path)
