"""What docs/export.md says of networks of the zoo in each target: kept in exported.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import filter as matching
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import archspec
from archspec import Network
from archspec.backend import TimedBackend
from archspec.comparison import random_inputs
from archspec.exporting import ExportReport, find_target
from archspec.timing.turns import seconds_by_turns
from archspec.weights import randomised
from tests.zoo.kept import Kept, rounded
from tests.zoo.small import NETWORKS

EXPORTED = Kept("exported.json")

TARGETS = ("pt2", "onnx", "openvino", "executorch", "aotinductor", "savedmodel", "litert")

ROUNDS = 10

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
    _, kind = find_target(target)
    weights = randomised(network.graph, 0)
    return network, archspec.export(network, target, folder / f"exported{kind.ending}", weights=weights)


def milliseconds(network: Network, report: ExportReport) -> dict[str, float]:
    """The milliseconds of processor time that the file and the framework take for one sample, with one thread.

    They run by turns in this process, so that both meet the same machine; both are medians.
    """
    backend, _ = find_target(report.target)
    assert isinstance(backend, TimedBackend)
    assert backend.threads() == 1
    inputs = {key: array.astype("float32") for key, array in random_inputs(network.graph, 0, batch=1).items()}
    run = backend.open_exported(network.graph, report.target, report.path, threads=1)
    model = network.compile(report.backend, weights=randomised(network.graph, 0), device="cpu")
    actions = [lambda: run(inputs), backend.runner(model, inputs)]
    file, own = (1e3 * median(times) for times in seconds_by_turns(actions, ROUNDS, process_time))
    return {"milliseconds": rounded(file), "own": rounded(own)}


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
    """The networks whose names match a pattern, in every target; `unmeasured` stands for those without times."""
    known = EXPORTED.read()
    names = list(NETWORKS) if wanted == "unmeasured" else matching(NETWORKS, wanted)
    pairs = ((name, target) for name in names for target in TARGETS)
    return [
        (name, target)
        for name, target in pairs
        if wanted != "unmeasured" or not _is_measured(known.get(name, {}).get("targets", {}).get(target, {}))
    ]


def _is_measured(found: Mapping[str, Any]) -> bool:
    return "reason" in found or "milliseconds" in found
