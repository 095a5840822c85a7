"""Exports a network, or parts of it, and runs the file; what fails is told with its layer."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from archspec.backend import Arrays
from archspec.backend.exporting import ExportingBackend
from archspec.exporting.comparing import FEW, batches, samples
from archspec.exporting.failing import refusal
from archspec.ir import Graph


@dataclass(frozen=True, slots=True)
class Work:
    """The exporting to a target with these weights."""

    backend: ExportingBackend
    target: str
    weights: Arrays

    def run(
        self, graph: Graph, path: Path, given: Sequence[Arrays], calibration: Sequence[Arrays] = ()
    ) -> list[dict[str, Any]]:
        """Write the file, and run it: the outputs for each of the batches that are given.

        `calibration` are examples for a quantiser. Raises as `refusal` says if one of both fails.
        """
        try:
            return self._run(graph, path, given, calibration)
        except Exception as error:
            raise refusal(graph, self.target, error, self._attempt) from error

    def model(self, graph: Graph) -> Any:
        """The compiled model of the network or of a part, in float32 on the CPU."""
        owned = (f"{node.path}:{weight.slot}" for node, weight in graph.owned_weights())
        own = {name: self.weights[name] for name in owned}
        return self.backend.load(graph, self.backend.emit(graph), own, dtype="float32", device="cpu")

    def _run(
        self, graph: Graph, path: Path, given: Sequence[Arrays], calibration: Sequence[Arrays]
    ) -> list[dict[str, Any]]:
        with redirect_stdout(sys.stderr):  # what an exporter prints is no result
            self._write(graph, path, calibration)
            run = self.backend.open_exported(graph, self.target, path)
            return [run(inputs) for inputs in given]

    def _write(self, graph: Graph, path: Path, calibration: Sequence[Arrays]) -> None:
        self.backend.export(graph, self.model(graph), self.target, path)

    def _attempt(self, part: Graph) -> None:
        """Export a part of the network, and run the file; random inputs are its calibration."""
        kind = self.backend.targets[self.target]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"part{kind.ending}"
            if kind.is_folder:
                path.mkdir()
            pairs = [batches(inputs) for inputs in samples(part, 0, FEW)]
            self._run(part, path, [*chain(*pairs)], [first for first, _ in pairs])


class QuantizingWork(Work):
    """The exporting to a target in int8."""

    __slots__ = ()

    def _write(self, graph: Graph, path: Path, calibration: Sequence[Arrays]) -> None:
        self.backend.export_quantized(graph, self.model(graph), self.target, path, calibration)
