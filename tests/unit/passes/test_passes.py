"""Passes: values made outputs, and what the verifier finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from archspec.ir import Graph, Input, Node, Result, Scope, TensorType, Value
from archspec.ir.printer import format_graph
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.layers.merge import Add
from archspec.layers.pool import MaxPooling2D
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten
from archspec.passes import VerificationError, expose, map_nodes, run, verify
from tests.unit.graphs import outputs_of

IMAGE = TensorType((8, 8, 3))


def network() -> Graph:
    """stem, a block of a convolution and a shortcut, and a pool."""
    conv = Conv2D(filters=3, kernel_size=(3, 3), padding="same", strides=(1, 1))
    stem = Node("stem", conv, (Input("image", IMAGE),), (IMAGE,), named=True)
    inner = Node("block.conv", conv, (stem.result,), (IMAGE,), named=True)
    total = Node("block.0", Add(), (inner.result, stem.result), (IMAGE,))
    block = Scope("block", "Bottleneck", (inner, total), block=True, arguments={"filters": 3})
    half = MaxPooling2D(pool_size=(3, 3), strides=(2, 2), padding="same")
    pool = Node("1", half, (total.result,), (TensorType((4, 4, 3)),))
    return Graph("small", {"image": IMAGE}, (stem, block, pool), {"output": pool.result})


def value(text: str) -> Value:
    """The value of the network with this text."""
    return network().values[text]


def test_mapping_keeps_the_tree_and_what_does_not_change() -> None:
    graph = network()
    changed = map_nodes(graph, lambda node: replace(node, named=True) if node.path == "block.0" else node)
    assert [node.path for node in changed.nodes] == [node.path for node in graph.nodes]
    assert changed.by_path["block.0"].named
    assert changed.by_path["block.conv"] is graph.by_path["block.conv"]
    assert isinstance(changed.members[1], Scope)
    assert changed.members[1].arguments == {"filters": 3}
    assert map_nodes(graph, lambda node: node) is graph


def test_exposed_values_come_after_the_outputs_under_safe_names() -> None:
    exposed = expose(network(), map(value, ["block.conv", "1", "@image", "block.0"]))
    assert list(outputs_of(exposed).items()) == [
        ("output", "1"),
        ("block_conv", "block.conv"),
        ("image", "@image"),
        ("block_0", "block.0"),
    ]
    verify(exposed)


def test_exposed_names_are_free_identifiers() -> None:
    graph = replace(network(), outputs={"block_conv": value("stem")})
    assert list(expose(graph, map(value, ["block.conv", "1"])).outputs) == ["block_conv", "block_conv_2", "value_1"]


def test_exposing_what_is_not_there() -> None:
    with pytest.raises(KeyError):
        expose(network(), [Result("block.conv2", IMAGE)])


def with_node(changed: str, /, **changes: object) -> Graph:
    return map_nodes(network(), lambda node: replace(node, **changes) if node.path == changed else node)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: with_node("stem", inputs=(value("block.0"),)), "stem reads block.0, which does not come before it"),
        (
            lambda: with_node("stem", inputs=(Input("photo", IMAGE),)),
            "stem reads @photo, which does not come before it",
        ),
        (
            lambda: with_node("stem", types=(TensorType((8, 8, 4)),)),
            "stem is float32[8, 8, 4] and infers float32[8, 8, 3]",
        ),
        (
            lambda: with_node("stem", types=(TensorType((8, 8, 3), "float64"),)),
            "stem is float64[8, 8, 3] and infers float32[8, 8, 3]",
        ),
        (
            lambda: with_node("stem", types=(TensorType((8, 8, 3)), TensorType((8, 8, 3)))),
            "stem is float32[8, 8, 3] and float32[8, 8, 3] and infers float32[8, 8, 3]",
        ),
        (
            lambda: with_node("1", inputs=(Result("block.0", TensorType((8, 8, 4))),)),
            "1 reads block.0 as float32[8, 8, 4], which is float32[8, 8, 3]",
        ),
        (lambda: with_node("block.0", inputs=(value("stem"),)), "block.0 has 1 inputs, which Add does not take"),
        (lambda: with_node("1", layer=Dense(units=2)), "1 is float32[4, 4, 3] and infers float32[8, 8, 2]"),
        (
            lambda: with_node("1", layer=Conv2D(filters=3, kernel_size=(9, 9))),
            "1 does not fit its inputs: kernel (9, 9) is larger than its padded input (8, 8)",
        ),
        (lambda: with_node("1", path="2x"), "2x does not end in a name or a position"),
        (lambda: with_node("1", path="stem"), "stem is there 2 times"),
        (lambda: with_node("block.conv", path="stem.conv"), "stem.conv is not a path of block"),
        (lambda: with_node("block.conv", shares="conv"), "block.conv shares the weights of conv, which owns none"),
        (
            lambda: with_node("1", layer=Flatten(), types=(TensorType((192,)),), shares="stem"),
            "1 shares the weights of stem, which are [('kernel', (3, 3, 3, 3)), ('bias', (3,))] and not []",
        ),
        (
            lambda: replace(network(), outputs={"output": Result("2", IMAGE)}),
            "output output is 2, which does not exist",
        ),
        (lambda: replace(network(), outputs={}), "it has no outputs"),
    ],
)
def test_what_the_verifier_finds(make: Callable[[], Graph], message: str) -> None:
    with pytest.raises(VerificationError) as refusal:
        verify(make())
    assert str(refusal.value) == f"small: {message}"


def test_a_pass_that_breaks_the_network_is_found_at_once() -> None:
    def breaks(graph: Graph) -> Graph:
        return replace(graph, outputs={})

    with pytest.raises(VerificationError):
        run(network(), [breaks])


def test_sharing_is_fine_where_weights_fit() -> None:
    verify(with_node("block.conv", shares="stem"))


def test_printed_network() -> None:
    graph = with_node("1", layer=Dropout(rate=0.5), types=(IMAGE,))
    assert format_graph(graph) == (
        "network small\n"
        "  @image: float32[8, 8, 3]\n"
        "  stem = Conv2D(filters=3, kernel_size=(3, 3), padding='same') of @image: float32[8, 8, 3]\n"
        "  block = Bottleneck(filters=3):\n"
        "    conv = Conv2D(filters=3, kernel_size=(3, 3), padding='same') of stem: float32[8, 8, 3]\n"
        "    0 = Add() of block.conv, stem: float32[8, 8, 3]\n"
        "  1 = Dropout(rate=0.5) of block.0: float32[8, 8, 3]\n"
        "  return output: 1\n"
    )
