"""Exports a network: the file is run by its own runtime and compared before it is left in its place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from archspec.arguments import ARRAYS, PATH, TEXT, WHOLE, takes
from archspec.backend import Arrays
from archspec.backend.exporting import ExportingBackend, Target
from archspec.errors import ArchspecError
from archspec.exporting.comparing import FEW, ExportReport, batches, compared, figures, samples
from archspec.exporting.failing import refusal
from archspec.exporting.targets import find_target
from archspec.files import beside, check_apart, check_file, check_new_folder, check_space, folder_beside
from archspec.ir import Graph
from archspec.network import Network, Optimized, explaining
from archspec.program.names import snake
from archspec.reading import Spec, load

_BYTES = 4
"""The bytes of a weight."""


class ExportError(ArchspecError):
    """An exported file computes another function than the compiled model; `report` has the differences."""

    def __init__(self, report: ExportReport) -> None:
        names = ", ".join(dict.fromkeys(output.name for output in report.outputs if not output.passed))
        fault = f"in {report.target} {report.network} is another function than in {report.backend}"
        super().__init__(f"{fault}: {names} differs by more than float32 explains, so nothing was left")
        self.report = report


def default_path(name: str, target: str) -> Path:
    """The usual path: `resnet50.onnx`, or for a folder `resnet50_openvino`."""
    _, kind = find_target(target)
    return Path(f"{snake(name)}_{snake(target)}" if kind.is_folder else f"{snake(name)}{kind.ending}")


@takes(to=TEXT, path=PATH, weights=ARRAYS, seed=WHOLE)
def export(
    network: Network | Optimized | Spec,
    to: str,
    path: str | os.PathLike[str] | None = None,
    *,
    weights: Arrays | None = None,
    seed: int = 0,
) -> ExportReport:
    """Write a network to a file of another runtime.

    `to` is `onnx`, `pt2`, `openvino`, `executorch`, `hub-folder`, `savedmodel` or `litert`.
    `weights` are canonical ones, as those of `read_checkpoint`; the default is drawn from the `seed`. An optimised
    network, that of `network.optimize(weights)`, has its weights, and is compared with the network before it. Before
    the file is left in its place, its own runtime runs it with two sizes of a batch, and at two sizes of the inputs if
    the network takes several; the outputs are compared with those of the compiled model.

    Raises `ExportError` if they differ by more than float32 explains, `EmitError` for a layer that the target lacks,
    `BackendMissingError` for packages that are not installed, `ArchspecError` for an unknown target and for weights
    that are not finite, and `OSError` for a file that cannot be written, or a folder that has files.
    """
    backend, kind = find_target(to)
    network = network if isinstance(network, Network | Optimized) else load(network)
    original = network.original if isinstance(network, Optimized) else network
    place = default_path(original.name, to) if path is None else Path(path)
    _check_place(place, kind, original.origin.file)
    check_space(place.absolute().parent, original.parameters().total * _BYTES)
    reference, written = _models(network, weights, seed)
    _check_finite(reference.weights)
    with explaining(written.graph):
        work = _Export(backend, to, written.weights)
        with folder_beside(place) if kind.is_folder else beside(place) as partial:
            given = samples(reference.graph, seed, kind.most)
            found = work.run(written.graph, partial, given)
            rows = [
                compared(reference.graph, backend, to, reference.weights, inputs, made)
                for inputs, made in zip(given, found, strict=True)
            ]
            report = ExportReport(original.name, to, backend.name, place, _size(partial), tuple(chain(*rows)))
            if not report.passed:
                raise ExportError(report)
            if kind.card:
                with (partial / kind.card).open("a", encoding="utf-8") as card:
                    card.write(figures(report))
    return report


class _Model(NamedTuple):
    graph: Graph
    weights: Arrays


def _models(network: Network | Optimized, weights: Arrays | None, seed: int) -> tuple[_Model, _Model]:
    """The model to compare with, and the model to export."""
    if isinstance(network, Optimized):
        given = network.original.weights(network.seed) if network.given is None else network.given
        return _Model(network.original.graph, given), _Model(network.network.graph, network.take(given))
    model = _Model(network.graph, network.weights(seed) if weights is None else weights)
    return model, model


def _check_finite(weights: Arrays) -> None:
    """Raise `ArchspecError` for weights with NaN or infinite numbers: the file could not be compared."""
    wrong = next((name for name, array in weights.items() if not np.isfinite(array).all()), None)
    if wrong is not None:
        raise ArchspecError(f"{wrong} has NaN or infinite numbers, so the exported file could not be compared")


@dataclass(frozen=True, slots=True)
class _Export:
    """The exporting of a network, or of parts of it, with its weights."""

    backend: ExportingBackend
    target: str
    weights: Arrays

    def run(self, graph: Graph, path: Path, given: Sequence[Arrays]) -> list[Sequence[Arrays]]:
        """Write the file, and run it: the outputs of both batches of each of the inputs.

        Raises as `refusal` says if one of both fails.
        """
        try:
            return self._run(graph, path, given)
        except Exception as error:
            raise refusal(graph, self.target, error, self._attempt) from error

    def _run(self, graph: Graph, path: Path, given: Sequence[Arrays]) -> list[Sequence[Arrays]]:
        owned = (f"{node.path}:{weight.slot}" for node, weight in graph.owned_weights())
        own = {name: self.weights[name] for name in owned}
        model = self.backend.load(graph, self.backend.emit(graph), own, dtype="float32", device="cpu")
        self.backend.export(graph, model, self.target, path)
        found = iter(self.backend.run_exported(graph, self.target, path, [*chain.from_iterable(map(batches, given))]))
        return list(zip(found, found, strict=True))

    def _attempt(self, part: Graph) -> None:
        """Export a part of the network, and run the file."""
        kind = self.backend.targets[self.target]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"part{kind.ending}"
            if kind.is_folder:
                path.mkdir()
            self._run(part, path, samples(part, 0, FEW))


def _check_place(path: Path, kind: Target, spec: Path | None) -> None:
    """Raise `OSError` unless the file or the folder can be written without loss of a user's work."""
    if kind.is_folder:
        check_new_folder(path)
        return
    check_file(path)
    check_apart((path,), (spec,))
    if path.suffix != kind.ending:
        raise ArchspecError(f"the name of this file ends in {kind.ending}, and not as {path} does")


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)
