"""Recognises files of weights that archspec does not read, and says how to convert them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def what_it_is(path: Path, start: bytes) -> str | None:
    """A sentence about a file or folder of a known kind that is not read, by its first bytes and its name."""
    found = next((advice for fits, advice in _KINDS if fits(path, start)), None)
    return None if found is None else f"{path} is {found}"


def _named(*endings: str) -> Callable[[Path, bytes], bool]:
    return lambda path, start: path.name.lower().endswith(endings)


def _has(*names: str) -> Callable[[Path, bytes], bool]:
    """A test for folders that contain one of these names."""
    return lambda path, start: any((path / name).exists() for name in names)


def _is_tar(path: Path, start: bytes) -> bool:
    return start[257:262] == b"ustar"


def _is_index(path: Path, start: bytes) -> bool:
    return path.name.endswith(".index.json") or (start.lstrip()[:1] == b"{" and b'"weight_map"' in start)


def _is_page(path: Path, start: bytes) -> bool:
    return start.lstrip().lower().startswith((b"<!doctype", b"<html"))


def _begins(*starts: bytes) -> Callable[[Path, bytes], bool]:
    return lambda path, start: start.startswith(starts)


_KINDS: tuple[tuple[Callable[[Path, bytes], bool], str], ...] = (
    (
        _has("saved_model.pb", "saved_model.pbtxt"),
        "a SavedModel, which only TensorFlow reads: in the Keras that wrote it (for Keras 2, the package tf_keras) "
        'load it and write its weights alone, model.save_weights("model.weights.h5")',
    ),
    (
        _has("model.safetensors", "pytorch_model.bin", "model.weights.h5", "model.keras"),
        "a folder: name the file of weights in it",
    ),
    (
        _has("data.pkl"),
        "what a PyTorch file unpacks to: zip the folder again (zip -r -0 model.pth FOLDER), and name the zip",
    ),
    (
        _named(".onnx"),
        "ONNX, a graph whose weights have no layers: read the network's weights from the framework that exported it",
    ),
    (
        _named(".index", ".data-00000-of-00001", ".ckpt"),
        "a checkpoint of TensorFlow's own: tf.train.load_checkpoint reads it; numpy.savez with names and arrays "
        "makes a .npz of it, which is read here",
    ),
    (
        _is_index,
        "the list of a checkpoint in several files: merge them into one (safetensors.torch.load_file each, "
        "and save_file all of their tensors)",
    ),
    (_named(".tflite", ".lite"), "TensorFlow Lite, made for running: convert the model that it was made from"),
    (_begins(b"GGUF"), "GGUF, which has quantised weights: take the checkpoint that it was made from"),
    (
        _is_tar,
        "a tar archive: unpack it and name the file of weights in it; one that torch.save wrote before 0.2 has to be "
        "loaded and saved again with PyTorch",
    ),
    (
        _begins(b"\x93NUMPY"),
        "a single array of NumPy's, without a name: numpy.savez(FILE, **{NAME: ARRAY}) makes a .npz with names, "
        "which is read here",
    ),
    (_begins(b"\x1f\x8b"), "compressed with gzip: unpack it (gzip -d) and name the file that comes out"),
    (_begins(b"BZh"), "compressed with bzip2: unpack it (bzip2 -d) and name the file that comes out"),
    (_begins(b"\xfd7zXZ"), "compressed with xz: unpack it (xz -d) and name the file that comes out"),
    (
        _begins(b"version https://git-lfs"),
        "not the file but a pointer to it, which Git LFS left: git lfs pull fetches the file",
    ),
    (
        _is_page,
        "a web page: the download gave this instead of the file",
    ),
)
"""Tests for kinds of files, and what to do with each, in the order in which they are tried."""
