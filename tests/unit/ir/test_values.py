"""Values: inputs of a network, and the results of its nodes, of which a node may have several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from archspec.analyses import channels_first_flattens, depths
from archspec.errors import EmitError
from archspec.ir import Graph, Input, Layer, Node, Result, Scope, TensorType
from archspec.ir.printer import format_graph
from archspec.layers.merge import Add
from archspec.layers.shape import Flatten
from archspec.passes import VerificationError, expose, restrict, verify
from archspec_tensorflow.emit.module import emit as emit_for_keras
from archspec_torch.emit.module import emit as emit_for_torch

HALF = TensorType((2,))


class Halves(Layer):
    """The two halves of the features of a vector."""

    def results(self, inputs: Sequence[TensorType]) -> tuple[TensorType, ...]:
        half = TensorType((inputs[0].channels // 2,))
        return half, half


def network() -> Graph:
    """A scope that splits a vector, and the sum of both halves."""
    image = Input("x", TensorType((4,)))
    split = Node("s.split", Halves(), (image,), (HALF, HALF), named=True)
    total = Node("sum", Add(), split.results, (HALF,), named=True)
    return Graph("halves", {"x": image.type}, (Scope("s", "Sequential", (split,)), total), {"sum": total.result})


def test_a_value_is_what_makes_it() -> None:
    assert Input("x", HALF) == Input("x", TensorType((4,)))
    assert Input("x", HALF) != Result("x", HALF)
    assert Result("x", HALF) != Result("x", HALF, 1)
    assert [str(each) for each in (Input("x", HALF), Result("a.b", HALF), Result("a.b", HALF, 1))] == [
        "@x",
        "a.b",
        "a.b:1",
    ]


def test_a_node_may_have_several_results() -> None:
    graph = verify(network())
    first, second = graph.by_path["s.split"].results
    assert list(graph.values) == ["@x", "s.split", "s.split:1", "sum"]
    assert list(graph.interfaces["s"].outputs) == [first, second]
    assert graph.consumers[second] == (graph.by_path["sum"],)
    assert graph.maker(second) is graph.by_path["s.split"]
    assert depths(graph)[second] == 1
    assert list(expose(graph, [second]).outputs) == ["sum", "s_split_1"]
    assert dict(verify(restrict(graph, [second])).outputs) == {"s_split_1": second}
    assert "split = Halves() of @x: float32[2], float32[2]" in format_graph(graph)
    assert "sum = Add() of s.split, s.split:1: float32[2]" in format_graph(graph)


def test_features_reach_a_node_of_several_results_in_canonical_order() -> None:
    image = Input("x", TensorType((1, 2, 2)))
    flat = Node("flat", Flatten(), (image,), (TensorType((4,)),), named=True)
    split = Node("split", Halves(), (flat.result,), (HALF, HALF), named=True)
    total = Node("sum", Add(), split.results, (HALF,), named=True)
    graph = verify(Graph("halves", {"x": image.type}, (flat, split, total), {"sum": total.result}))
    assert channels_first_flattens(graph, lambda layer: isinstance(layer, Flatten)) == frozenset()


def test_a_result_that_a_node_has_not_is_found() -> None:
    graph = network()
    missing = Node("sum", Add(), (Result("s.split", HALF), Result("s.split", HALF, 2)), (HALF,), named=True)
    with pytest.raises(VerificationError, match=r"sum reads s\.split:2, which does not come before it"):
        verify(Graph("halves", graph.inputs, (graph.members[0], missing), graph.outputs))


@pytest.mark.parametrize("emit", [emit_for_torch, emit_for_keras])
def test_no_backend_writes_such_a_node_yet(emit: Callable[[Graph], str]) -> None:
    with pytest.raises(EmitError, match="Halves"):
        emit(network())
