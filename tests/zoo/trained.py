"""What the networks of the zoo are trained with to be compared, and what was measured: kept in trained.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import archspec
from archspec import Network, zoo
from archspec.catalogue import summaries
from archspec.comparison import TrainingReport
from archspec.errors import ArchspecError
from archspec.layers import BatchNormalization

MEASURED = Path(__file__).parent / "trained.json"

SIZES = (16, 24, 32, 48, 64, 75, 80, 96, 112, 128, 139, 160, 188)
"""Heights and widths to try; a network that exists at none of them has its own."""

ENOUGH = 4
"""Pixels that a batch normalisation has for each sample. Over eight numbers, each of which has a large part in their
mean, rounding grows from layer to layer, and from step to step."""


NARROW: Mapping[str, tuple[str, dict[str, Any]]] = {
    "regnet_y_128gf": ("a quarter as wide", {"widths": [132, 264, 726, 1848], "group_width": 66})
}
"""Networks that need more memory than there is, in words and as params; at its own width this one needs some 50 GB."""

LARGER: Mapping[str, int] = {"resnet101_unstrided": 96}
"""Heights and widths of networks in which rounding grows too much at smaller ones: in this one every shortcut is a
convolution, and a pass at 48 x 48 makes 3e-9 of it in a gradient, at 96 x 96 6e-10."""


def smallest(name: str) -> Network:
    """The zoo's network at the smallest of `SIZES` at which it exists and has enough to normalise."""
    _, params = NARROW.get(name, ("", {}))
    (own,) = (summary.inputs for summary in summaries() if summary.name == name)
    shape = next(iter(own.values()))
    for size in SIZES if len(own) == 1 else ():
        if LARGER.get(name, 0) <= size < shape[0]:
            try:
                network = archspec.load(name, params=params, inputs={"": (size, size, shape[2])})
            except ArchspecError:
                continue
            if _has_enough(network):
                return network
    return archspec.load(name, params=params)


def _has_enough(network: Network) -> bool:
    maps = (node.type.shape for node in network.graph.nodes if isinstance(node.layer, BatchNormalization))
    return all(shape[0] * shape[1] >= ENOUGH for shape in maps if len(shape) == 3)


def record(network: Network, report: TrainingReport) -> dict[str, Any]:
    """What docs/parity.md says of a comparison: the input, and the largest difference of each kind."""

    def worst(tensors: Any) -> float:
        return _rounded(max((each.difference for each in tensors if not each.rounding), default=0.0))

    return {
        "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
        "samples": report.batch,
        "weights": sum(not tensor.name.startswith("@") for tensor in report.gradients),
        "outputs": worst(report.outputs),
        "gradients": worst(report.gradients),
        "rounding": sum(tensor.rounding for tensor in report.gradients),
        "statistics": worst(report.statistics),
        "slower": report.slower,
        "steps": {each.optimiser.name: _rounded(each.largest) for each in report.optimisers},
        "passed": report.passed,
    }


def _rounded(number: float) -> float:
    return float(f"{number:.1e}")


def measured() -> dict[str, Any]:
    """What was measured, by the networks' names."""
    found: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


def by_the_rule(name: str) -> bool:
    """Whether it was measured with rates that go by the network: before there was this rule, all had the usual ones."""
    return "slower" in measured().get(name, {})


def write(name: str, found: dict[str, Any]) -> None:
    """Write down what was measured for a network, beside what is there of others."""
    everything = measured() | {name: found}
    known = [each for each in zoo.list_networks() if each in everything]
    lines = [f" {json.dumps(each)}: {json.dumps(everything[each])}" for each in known]
    MEASURED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
