"""Our two models of a network, held against each other before a third party's is held against both."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from archspec import Network
from archspec.comparison import Runs, judge
from tests.peers.built import CountingBackend
from tests.peers.uncompiled import grouped_convolutions

Array = npt.NDArray[Any]

SAMPLES = 2
"""How many are compared: in inference each is computed by itself."""


def agreed(
    network: Network, weights: Mapping[str, Array], inputs: Mapping[str, Array]
) -> Mapping[str, Mapping[str, Array]]:
    """The outputs of both backends in float64, which are the same.

    The models that both built have as many weights as the compiler counts. float32 is judged in tests/zoo.
    """
    _free()
    backends = [CountingBackend("torch", network), CountingBackend("tensorflow", network)]
    double = {backend.name: _in_float64(network, backend, weights, inputs) for backend in backends}
    report = judge(network.graph, Runs(double, {}, {}))
    assert all(output.float64 <= 1e-10 for output in report.outputs), report.outputs
    return double


def _in_float64(
    network: Network, backend: CountingBackend, weights: Mapping[str, Array], inputs: Mapping[str, Array]
) -> Mapping[str, Array]:
    graph = network.graph
    model = backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu")
    with grouped_convolutions():
        outputs: Mapping[str, Array] = backend.run(graph, model, inputs)
    return outputs


def _free() -> None:
    """What the last comparison left behind: two models of VGG in float64 are 2 GB."""
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
    gc.collect()
