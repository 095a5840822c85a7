"""What is left of a network up to some of its values."""

from __future__ import annotations

import pytest

import archspec
from archspec.ir import Result, TensorType
from archspec.passes import restrict, verify
from tests.unit.graphs import outputs_of

DOCUMENT = {
    "archspec": 1,
    "inputs": {"left": [4], "right": [4]},
    "layers": [
        {"name": "first", "layer_type": "Dense", "units": 4, "inputs": "left"},
        {"name": "block", "layer_type": "Sequential", "layers": [{"name": "inner", "layer_type": "ReLU"}]},
        {"name": "second", "layer_type": "Reuse", "layer": "first", "inputs": "right"},
        {"layer_type": "Add", "inputs": ["block", "second"]},
    ],
}


def test_what_a_value_does_not_need_is_left_out() -> None:
    graph = archspec.load(DOCUMENT).graph
    part = verify(restrict(graph, [graph.values["block.inner"]]))
    assert [node.path for node in part.nodes] == ["first", "block.inner"]
    assert list(part.inputs) == ["left"]
    assert outputs_of(part) == {"block_inner": "block.inner"}


def test_the_owner_of_shared_weights_stays_and_is_an_output() -> None:
    graph = archspec.load(DOCUMENT).graph
    part = verify(restrict(graph, [graph.values["second"]]))
    assert [node.path for node in part.nodes] == ["first", "second"]
    assert outputs_of(part) == {"second": "second", "first": "first"}


def test_a_value_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        restrict(archspec.load(DOCUMENT).graph, [Result("nothing", TensorType((4,)))])
