"""Our two models of a network, held against each other before a third party's is held against both."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from archspec import Network
from archspec.backend import find_backend
from archspec.comparison import Runs, judge
from tests.peers.built import count
from tests.peers.uncompiled import grouped_convolutions

if TYPE_CHECKING:
    from torch import nn

Array = npt.NDArray[Any]

SAMPLES = 2
"""How many are compared: in inference each is computed by itself."""


def agreed(
    network: Network, weights: Mapping[str, Array], inputs: Mapping[str, Array], loaded: nn.Module | None = None
) -> Mapping[str, Mapping[str, Array]]:
    """The outputs of both backends in float64, which are the same.

    `loaded` is PyTorch's model, which has these weights; without it one is built. The models of both backends have as
    many weights as the compiler counts. float32 is judged in tests/zoo.
    """
    _free()
    double: dict[str, Mapping[str, Array]] = {}
    for name, given in {"torch": loaded, "tensorflow": None}.items():
        backend, graph = find_backend(name), network.graph
        model = given or backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu")
        assert count[name](model) == network.parameters()
        with grouped_convolutions():
            double[name] = backend.run(graph, model, inputs)
    report = judge(network.graph, Runs(double, {}, {}))
    assert all(output.float64 <= 1e-10 for output in report.outputs), report.outputs
    return double


def _free() -> None:
    """What the last comparison left behind: two models of VGG in float64 are 2 GB."""
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session(free_memory=False)
    gc.collect()
