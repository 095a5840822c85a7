"""The check is checked: each of these faults is reported, and the guilty layer named."""

from __future__ import annotations

from functools import cache

import pytest

import archspec
from archspec.backend import find_backend
from archspec.comparison import (
    compare,
    compare_layers,
    compare_training,
    compare_training_layers,
    random_inputs,
)
from archspec.ir import Graph
from archspec.weights import randomised
from tests.marks import rows_but, slow_but
from tests.parity.faults import FAULTS, Fault
from tests.parity.networks import NETWORKS

pytest.importorskip("torch")
pytest.importorskip("keras")

BACKENDS = [find_backend("torch"), find_backend("tensorflow")]


@cache
def graph_of(network: str) -> Graph:
    return archspec.load(NETWORKS[network]).graph


@pytest.mark.parametrize("network", rows_but(list(NETWORKS)[::16], (), NETWORKS))
def test_without_a_fault_there_is_none(network: str) -> None:
    """What the faults are planted into is sound: in both modes, layer by layer, and alone.

    Tests of faults would see it, too: more layers would be guilty.
    """
    graph = graph_of(network)
    weights, inputs = randomised(graph), random_inputs(graph, batch=3)
    assert compare(graph, BACKENDS, weights, inputs).largest < 1e-12
    assert compare_training(graph, BACKENDS, weights, inputs, steps=0).passed
    assert not compare_layers(graph, BACKENDS, weights, inputs).layers


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= 55
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def of_kind(seen: str) -> object:
    """The faults that one comparison sees; every eighth is quick."""
    found = [fault for fault in FAULTS if fault.seen == seen]
    return pytest.mark.parametrize("fault", slow_but(found[::8], found), ids=[fault.name for fault in found])


@of_kind("inference")
def test_a_fault_in_inference(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(fault.network)
    weights, inputs = randomised(graph), random_inputs(graph, batch=3)
    fault.plant(monkeypatch)
    report = compare(graph, BACKENDS, weights, inputs)
    assert not report.passed
    assert report.largest > 1e-10
    layers = compare_layers(graph, BACKENDS, weights, inputs)
    assert [layer.path for layer in layers.guilty] == list(fault.guilty)
    assert layers.layers[0].path == fault.guilty[0]


@of_kind("training")
def test_a_fault_in_training(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(fault.network)
    weights, inputs = randomised(graph), random_inputs(graph, batch=3)
    fault.plant(monkeypatch)
    assert compare(graph, BACKENDS, weights, inputs).largest < 1e-12
    assert not compare_training(graph, BACKENDS, weights, inputs, steps=0).passed
    layers = compare_training_layers(graph, BACKENDS, weights, inputs)
    assert [layer.path for layer in layers.guilty] == list(fault.guilty)


@of_kind("optimiser")
def test_a_fault_of_an_optimiser(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(fault.network)
    fault.plant(monkeypatch)
    report = compare_training(graph, BACKENDS, randomised(graph), random_inputs(graph, batch=3), steps=2)
    assert all(tensor.passed for tensor in report.tensors())
    assert [each.optimiser.name for each in report.optimisers if not each.passed] == list(fault.guilty)
