"""Our two models of a network, held against each other before a third party's is held against both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from archspec import Network
from archspec.comparison import LEAST_SAMPLES, judge, run
from tests.peers.built import CountingBackend

Array = npt.NDArray[Any]

LARGEST_IMAGE = 150 * 150
"""Pixels up to which a batch is large enough to judge float32 by."""

FOR_OTHERS = 2
"""How many of the samples a third party's network is given: in inference each is computed by itself."""


def batch_size(network: Network) -> int:
    """How many samples to compare: as many as float32 needs to be judged, or two if they are large."""
    pixels = max(type_.size // type_.shape[-1] for type_ in network.inputs.values())
    return LEAST_SAMPLES if pixels <= LARGEST_IMAGE else 2


def for_others(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The first samples, which a third party's network is given."""
    return {name: array[:FOR_OTHERS] for name, array in arrays.items()}


def agreed(
    network: Network, weights: Mapping[str, Array], inputs: Mapping[str, Array]
) -> Mapping[str, Mapping[str, Array]]:
    """The outputs of both backends in float64, which are the same, as those in float32 are if there are enough.

    The models that both built have as many weights as the compiler counts.
    """
    runs = run(
        network.graph, [CountingBackend("torch", network), CountingBackend("tensorflow", network)], weights, inputs
    )
    report = judge(network.graph, runs)
    assert all(output.float64 <= 1e-10 for output in report.outputs), report.outputs
    assert report.batch < LEAST_SAMPLES or report.passed, report.outputs
    return runs.double
