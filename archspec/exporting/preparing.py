"""What is exported and where to: checked before any work."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from archspec.backend import Arrays
from archspec.backend.exporting import ExportingBackend, Target
from archspec.errors import ArchspecError
from archspec.exporting.targets import find_target
from archspec.files import beside, check_apart, check_file, check_new_folder, check_space, folder_beside
from archspec.ir import Graph
from archspec.network import Network, Optimized
from archspec.program.names import snake
from archspec.reading import Spec, load

_BYTES = 4
"""The bytes of a weight."""


class Model(NamedTuple):
    """A network and its weights."""

    graph: Graph
    weights: Arrays


@dataclass(frozen=True, slots=True)
class Prepared:
    """A network to export: the model to compare with, the model to write, and the file or folder to write."""

    name: str
    backend: ExportingBackend
    target: str
    place: Path
    reference: Model
    written: Model

    @property
    def kind(self) -> Target:
        """The kind of the file."""
        return self.backend.targets[self.target]

    def partial(self) -> AbstractContextManager[Path]:
        """A temporary file or folder, which takes its place after success."""
        return folder_beside(self.place) if self.kind.is_folder else beside(self.place)


def default_path(name: str, target: str) -> Path:
    """The usual path: `resnet50.onnx`.

    A folder has the target in its name (`resnet50_openvino`), and so has a file with the ending of an earlier target
    (`resnet50_aotinductor.pt2`), which would be replaced otherwise.
    """
    backend, kind = find_target(target)
    first = next(word for word, each in backend.targets.items() if each.ending == kind.ending)
    stem = snake(name) if target == first and not kind.is_folder else f"{snake(name)}_{snake(target)}"
    return Path(f"{stem}{kind.ending}")


def prepare(
    network: Network | Optimized | Spec,
    to: str,
    path: str | os.PathLike[str] | None,
    *,
    weights: Arrays | None,
    seed: int,
    ending: str = "",
) -> Prepared:
    """The network to export, with its weights; `ending` is that of the usual file's name.

    Raises `ArchspecError` for an unknown target and for weights that are not finite, `BackendMissingError` for packages
    that are not installed, and `OSError` for a place that cannot be written.
    """
    backend, kind = find_target(to)
    network = network if isinstance(network, Network | Optimized) else load(network)
    original = network.original if isinstance(network, Optimized) else network
    place = default_path(f"{original.name}{ending}", to) if path is None else Path(path)
    _check_place(place, kind, original.origin.file)
    check_space(place.absolute().parent, original.parameters().total * _BYTES)
    reference, written = _models_of(network, weights, seed)
    _check_finite(reference.weights)
    return Prepared(original.name, backend, to, place, reference, written)


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files of a folder."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)


def _models_of(network: Network | Optimized, weights: Arrays | None, seed: int) -> tuple[Model, Model]:
    """The model to compare with, and the model to export."""
    if isinstance(network, Optimized):
        given = network.original.weights(network.seed) if network.given is None else network.given
        return Model(network.original.graph, given), Model(network.network.graph, network.take(given))
    model = Model(network.graph, network.weights(seed) if weights is None else weights)
    return model, model


def _check_finite(weights: Arrays) -> None:
    """Raise `ArchspecError` for weights with NaN or infinite numbers: the file could not be compared."""
    wrong = next((name for name, array in weights.items() if not np.isfinite(array).all()), None)
    if wrong is not None:
        raise ArchspecError(f"{wrong} has NaN or infinite numbers, so the exported file could not be compared")


def _check_place(path: Path, kind: Target, spec: Path | None) -> None:
    """Raise `OSError` unless the file or the folder can be written without loss of a user's work."""
    if kind.is_folder:
        check_new_folder(path)
        return
    check_file(path)
    check_apart((path,), (spec,))
    if path.suffix != kind.ending:
        raise ArchspecError(f"the name of this file ends in {kind.ending}, and not as {path} does")
