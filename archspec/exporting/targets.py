"""The targets of all installed backends, and the packages that they need."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from importlib.util import find_spec

from archspec.backend import backend_names, find_backend
from archspec.backend.exporting import ExportingBackend, Target
from archspec.errors import ArchspecError, BackendMissingError


class UnknownTargetError(ArchspecError):
    """No installed backend has a target of this name; the message has those that there are."""


_OTHER_WORDS = {
    "ir": "openvino",
    "ort": "onnx",
    "pte": "executorch",
    "saved_model": "savedmodel",
    "tf_saved_model": "savedmodel",
    "tflite": "litert",
    "torch.export": "pt2",
    "torchscript": "pt2",
}
"""Other words for targets, for hints."""


def target_names() -> list[str]:
    """The words for the targets of the installed backends."""
    return sorted(name for backend in _backends() for name in backend.targets)


def find_target(name: str) -> tuple[ExportingBackend, Target]:
    """The target of this name and its backend.

    Raises `UnknownTargetError`, and `BackendMissingError` if packages of it are not installed.
    """
    for backend in _backends():
        if name in backend.targets:
            _check_packages(name, backend.targets[name])
            return backend, backend.targets[name]
    known = target_names()
    close = [_OTHER_WORDS[name.lower()]] if name.lower() in _OTHER_WORDS else difflib.get_close_matches(name, known, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    raise UnknownTargetError(f"there is no target {name!r}; there are {', '.join(known)}{meant}")


def _backends() -> Iterator[ExportingBackend]:
    for name in backend_names():
        backend = find_backend(name)
        if isinstance(backend, ExportingBackend):
            yield backend


def _check_packages(name: str, target: Target) -> None:
    missing = [package for package in target.packages if find_spec(package.replace("-", "_")) is None]
    if missing:
        needed = f"{', '.join(missing)}: pip install {' '.join(target.packages)}"
        raise BackendMissingError(f"the target {name} needs {needed}")
