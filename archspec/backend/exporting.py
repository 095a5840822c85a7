"""The protocol of backends whose models can be exported: files of other runtimes, by these runtimes' own exporters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from archspec.backend import Arrays, Backend
from archspec.ir import Graph

Run = Callable[[Arrays], dict[str, Any]]
"""Runs a model: from inputs to outputs, by name."""


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of exported files."""

    ending: str
    """The ending of the file's name; empty for a folder."""
    packages: tuple[str, ...] = ()
    """The packages to install, beside the framework's, to write such a file and to run it."""
    most: int | None = None
    """The largest batch; None for any length."""
    card: str = ""
    """The file of a folder, in Markdown, that gets the figures of the comparison at its end."""

    quantizer: tuple[str, ...] | None = None
    """The further packages to install for its quantiser; None if it has none."""

    @property
    def is_folder(self) -> bool:
        """Whether a folder is written, and not a single file."""
        return not self.ending


@runtime_checkable
class ExportingBackend(Backend, Protocol):
    """A backend whose models can be exported."""

    targets: Mapping[str, Target]
    """The kinds of files by their words on the command line."""

    def export(self, graph: Graph, model: Any, target: str, path: Path) -> None:
        """Write a model of float32 on the CPU to a file, or into an empty folder.

        Inputs and outputs have the names of the graph's, in its order. The batch has any length up to the target's
        `most`, and axes of unknown length have any. Raises the exporter's exception if it cannot express the model.
        """

    def export_quantized(
        self, graph: Graph, model: Any, target: str, path: Path, calibration: Sequence[Arrays]
    ) -> None:
        """Write a model as `export` does, with weights and activations of int8, by the target's own quantiser.

        It measures the activations on `calibration`: examples by input, channels-last with a batch axis of 1. Inputs
        and outputs stay float32.
        """

    def open_exported(self, graph: Graph, target: str, path: Path, threads: int | None = None) -> Run:
        """The file in its target's own runtime on the CPU: a function from inputs to outputs, by name.

        Both are channels-last with the batch axis first. `threads` is their number, for runtimes with threads of their
        own; None for the runtime's own choice.
        """
