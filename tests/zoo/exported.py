"""What docs/export.md says of networks of the zoo in each target: kept in exported.json."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import filter as matching
from pathlib import Path
from typing import Any

import archspec
from archspec import Network
from archspec.exporting import ExportReport
from archspec.weights import randomised
from tests.zoo.kept import Kept, rounded
from tests.zoo.small import NETWORKS

EXPORTED = Kept("exported.json")

TARGETS = ("pt2", "onnx", "openvino", "executorch", "savedmodel", "litert")

PACKAGES = {
    "onnx": ("onnx", "onnxscript", "onnxruntime"),
    "openvino": ("openvino",),
    "litert": ("ai_edge_litert",),
    "executorch": ("executorch",),
}
"""What a target needs beside the framework, to import."""


def export(name: str, target: str, folder: Path) -> tuple[Network, ExportReport]:
    """Export a small network of a family, with weights as of a trained one."""
    network = archspec.load(name, **NETWORKS[name])
    ending = {"pt2": ".pt2", "onnx": ".onnx", "litert": ".tflite", "executorch": ".pte"}.get(target, "")
    weights = randomised(network.graph, 0)
    return network, archspec.export(network, target, folder / f"exported{ending}", weights=weights)


def record(report: ExportReport) -> dict[str, Any]:
    """The file's size, and the distances of the output that is nearest to its limit."""
    nearest = max(report.outputs, key=lambda output: output.exported / output.allowed)
    return {
        "bytes": report.size,
        "difference": rounded(nearest.difference),
        "exported": rounded(nearest.exported),
        "allowed": rounded(nearest.allowed),
    }


def keep(name: str, inputs: Iterable[Iterable[int]], target: str, found: dict[str, Any]) -> None:
    """Write down what was measured of a network in a target, beside the others."""
    known = EXPORTED.read().get(name, {})
    everything = {**known.get("targets", {}), target: found}
    targets = {each: everything[each] for each in TARGETS if each in everything}
    EXPORTED.write(name, {"inputs": [list(shape) for shape in inputs], "targets": targets})


def named(wanted: str) -> list[tuple[str, str]]:
    """The networks whose names match a pattern, in every target; `unmeasured` stands for those that are not kept."""
    known = EXPORTED.read()
    names = list(NETWORKS) if wanted == "unmeasured" else matching(NETWORKS, wanted)
    pairs = ((name, target) for name in names for target in TARGETS)
    return [
        (name, target)
        for name, target in pairs
        if wanted != "unmeasured" or target not in known.get(name, {}).get("targets", {})
    ]
