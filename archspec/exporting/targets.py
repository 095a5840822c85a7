"""The targets of all installed backends, and the packages that they need."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from archspec.backend import backend_names, find_backend
from archspec.backend.exporting import ExportingBackend, Target
from archspec.errors import ArchspecError, BackendMissingError


class UnknownTargetError(ArchspecError):
    """No installed backend has a target of this name; the message has those that there are."""


_OTHER_WORDS = {
    "aot_inductor": "aotinductor",
    "aoti": "aotinductor",
    "inductor": "aotinductor",
    "ir": "openvino",
    "ort": "onnx",
    "pte": "executorch",
    "saved_model": "savedmodel",
    "tf_saved_model": "savedmodel",
    "tflite": "litert",
    "torch.compile": "aotinductor",
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
            _check_installed(f"the target {name}", backend.targets[name].packages)
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


def check_quantizer(name: str) -> None:
    """Raise `ArchspecError` for a target without a quantiser, `BackendMissingError` if its packages are missing."""
    _, target = find_target(name)
    if target.quantizer is None:
        others = sorted(
            word for backend in _backends() for word, each in backend.targets.items() if each.quantizer is not None
        )
        raise ArchspecError(f"{name} has no quantiser; {', '.join(others)} have one")
    _check_installed(f"the quantiser of {name}", target.quantizer)


def _check_installed(what: str, packages: Sequence[str]) -> None:
    missing = [package for package in packages if find_spec(package.replace("-", "_")) is None]
    if missing:
        raise BackendMissingError(f"{what} needs {', '.join(missing)}: pip install {' '.join(packages)}")
