"""Our two models of a network, held against each other before a third party's is held against both."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from archspec import Network
from archspec.comparison import LEAST_SAMPLES, Runs, judge, run
from tests.peers.built import CountingBackend

Array = npt.NDArray[Any]

judging_float32 = False
"""Whether float32 is judged as well, which costs as much again and more samples: with --full."""

LARGEST_IMAGE = 150 * 150
"""Pixels up to which a batch is large enough to judge float32 by."""

FOR_OTHERS = 2
"""How many of the samples a third party's network is given: in inference each is computed by itself."""


def batch_size(network: Network) -> int:
    """How many samples to compare: as many as float32 needs to be judged if it is and they are small, or two."""
    pixels = max(type_.size // type_.shape[-1] for type_ in network.inputs.values())
    return LEAST_SAMPLES if judging_float32 and pixels <= LARGEST_IMAGE else FOR_OTHERS


def for_others(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The first samples, which a third party's network is given."""
    return {name: array[:FOR_OTHERS] for name, array in arrays.items()}


def agreed(
    network: Network, weights: Mapping[str, Array], inputs: Mapping[str, Array]
) -> Mapping[str, Mapping[str, Array]]:
    """The outputs of both backends in float64, which are the same, as those in float32 are if there are enough.

    The models that both built have as many weights as the compiler counts.
    """
    _free()
    backends = [CountingBackend("torch", network), CountingBackend("tensorflow", network)]
    if len(next(iter(inputs.values()))) < LEAST_SAMPLES:
        runs = Runs({backend.name: _in_float64(network, backend, weights, inputs) for backend in backends}, {})
        report = judge(network.graph, runs)
    else:
        runs = run(network.graph, backends, weights, inputs)
        report = judge(network.graph, runs)
        assert report.passed, report.outputs
    assert all(output.float64 <= 1e-10 for output in report.outputs), report.outputs
    return runs.double


def _in_float64(
    network: Network, backend: CountingBackend, weights: Mapping[str, Array], inputs: Mapping[str, Array]
) -> Mapping[str, Array]:
    graph = network.graph
    model = backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu")
    outputs: Mapping[str, Array] = backend.run(graph, model, inputs)
    return outputs


def _free() -> None:
    """What the last comparison left behind: two models of VGG in float64 are 2 GB."""
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
    gc.collect()
