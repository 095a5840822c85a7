"""A sum of convolutions of one image becomes one convolution, or stays."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.ir import Graph, Layer
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.merge import Add, Multiply
from archspec.layers.norm import BatchNormalization, Scale
from archspec.optimizing.merge_sum import merge_sum
from tests.optimizing.agreement import SAME, difference
from tests.unit.graphs import Use, graph, outputs_of

WIDE = Conv2D(filters=4, kernel_size=3, padding="same")
SMALL = Conv2D(filters=4, kernel_size=1)


def left(before: Graph) -> list[str]:
    """The paths of the nodes that are left."""
    return [node.path for node in merge_sum(before).graph.nodes]


def summed(first: Layer, second: Layer, outputs: str = "sum", *more: Use) -> Graph:
    """The network of a sum of two layers that read the same image."""
    uses: list[Use] = [("first", first, "@x"), ("second", second, "@x"), ("sum", Add(), "first second")]
    return graph({"x": (8, 9, 4)}, [*uses, *more], outputs)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (WIDE, SMALL),
        (SMALL, WIDE),
        (WIDE, WIDE),
        (WIDE, BatchNormalization()),
        (SMALL, Scale()),
        (Conv2D(filters=6, kernel_size=5, padding=2), Conv2D(filters=6, kernel_size=(1, 3), padding=((0, 0), (1, 1)))),
        (Conv2D(filters=6, kernel_size=3, strides=2, padding=1), Conv2D(filters=6, kernel_size=1, strides=2)),
        (Conv2D(filters=4, kernel_size=3, strides=2, padding="same"), Conv2D(filters=4, kernel_size=1, strides=2)),
        (Conv2D(filters=6, kernel_size=3, dilation_rate=2, padding=2), Conv2D(filters=6, kernel_size=1)),
        (DepthwiseConv2D(kernel_size=3, padding=1), DepthwiseConv2D(kernel_size=1)),
    ],
)
def test_a_sum_becomes_one_convolution(first: Layer, second: Layer) -> None:
    found = merge_sum(summed(first, second))
    (node,) = found.graph.nodes
    assert outputs_of(found.graph) == {"sum": node.path}
    assert found.rules.keys() == {f"{node.path}:kernel", f"{node.path}:bias"}
    assert [note.path for note in found.notes] == ["sum"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (BatchNormalization(), Scale()),
        (Conv2D(filters=4, kernel_size=(1, 3), padding="same"), Conv2D(filters=4, kernel_size=(3, 1), padding="same")),
        (Conv2D(filters=4, kernel_size=3), Conv2D(filters=4, kernel_size=3, groups=2)),
        (WIDE, DepthwiseConv2D(kernel_size=1)),
        (Conv2D(filters=4, kernel_size=3, padding=2, dilation_rate=2), Conv2D(filters=4, kernel_size=3, padding=1)),
        (Conv2D(filters=4, kernel_size=3, padding=1, dilation_rate=2), Conv2D(filters=4, kernel_size=(3, 3))),
        (Conv2D(filters=4, kernel_size=(8, 9)), SMALL),
    ],
)
def test_other_branches_are_refused(first: Layer, second: Layer) -> None:
    assert left(summed(first, second)) == ["first", "second", "sum"]


def test_another_reader_an_output_another_image_and_a_layer_that_is_applied_again_are_refused() -> None:
    assert "sum" in left(summed(WIDE, SMALL, "sum first"))
    assert "sum" in left(summed(WIDE, SMALL, "sum other", ("other", SMALL, "second")))
    assert "sum" in left(summed(WIDE, SMALL, "sum again", ("again", SMALL, "sum", "second")))
    uses: list[Use] = [("a", SMALL, "@x"), ("b", WIDE, "a"), ("c", SMALL, "@x"), ("sum", Add(), "b c")]
    assert "sum" in left(graph({"x": (8, 9, 4)}, uses, "sum"))
    product: list[Use] = [("a", WIDE, "@x"), ("b", SMALL, "@x"), ("c", Multiply(), "a b")]
    assert left(graph({"x": (8, 9, 4)}, product, "c")) == ["a", "b", "c"]


def test_an_image_that_is_stretched_is_refused() -> None:
    uses: list[Use] = [("a", Conv2D(filters=4, kernel_size=(8, 9)), "@x"), ("sum", Add(), "a @x")]
    assert left(graph({"x": (8, 9, 4)}, uses, "sum")) == ["a", "sum"]


@pytest.mark.parametrize("second", [SMALL, BatchNormalization(), None])
def test_sizes_that_no_type_has_are_compared(second: Layer | None) -> None:
    """The other branch is larger by 2, and a sum would repeat an image of 1 x 1 along it."""
    narrow = Conv2D(filters=4, kernel_size=3)
    for first, merges in ((WIDE, True), (narrow, False)):
        uses: list[Use] = [("first", first, "@x"), ("sum", Add(), "first second" if second else "first @x")]
        if second is not None:
            uses.insert(1, ("second", second, "@x"))
        assert ("sum" not in left(graph({"x": (None, None, 4)}, uses, "sum"))) is merges


def _document(layers: list[dict[str, Any]], inputs: list[str]) -> dict[str, Any]:
    branches = [{**layer, "inputs": "image"} for layer in layers]
    add = {"name": "sum", "layer_type": "Add", "inputs": inputs, "activation": "relu"}
    return {"archspec": 1, "name": "net", "inputs": {"image": [7, 8, 4]}, "layers": [*branches, add]}


@pytest.mark.parametrize(
    ("layers", "inputs"),
    [
        (
            [
                {"name": "a", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": 1, "groups": 2},
                {"name": "b", "layer_type": "Conv2D", "filters": 4, "kernel_size": 1, "groups": 2, "use_bias": False},
                {"name": "c", "layer_type": "BatchNormalization"},
            ],
            ["b", "image", "a", "c", "image"],
        ),
        (
            [
                {"name": "a", "layer_type": "DepthwiseConv2D", "kernel_size": [3, 5], "padding": "same"},
                {"name": "b", "layer_type": "BatchNormalization"},
            ],
            ["a", "b", "image"],
        ),
        (
            [
                {"name": "a", "layer_type": "Conv2D", "filters": 6, "kernel_size": 5, "strides": 2, "padding": 2},
                {"name": "b", "layer_type": "Conv2D", "filters": 6, "kernel_size": 3, "strides": 2, "padding": 1},
            ],
            ["b", "a"],
        ),
    ],
    ids=["groups", "depthwise", "strides"],
)
def test_it_computes_the_same(layers: list[dict[str, Any]], inputs: list[str]) -> None:
    pytest.importorskip("torch")
    network = archspec.load(_document(layers, inputs))
    optimized = network.optimize().network
    assert [type(node.layer).__name__ for node in optimized.graph.nodes][1:] == ["ReLU"]
    assert difference(network, "torch") < SAME


BLOCKS: dict[str, Any] = {
    "Conv": {
        "params": {"filters": "required", "kernel_size": "required"},
        "layers": [
            {"name": "conv", "layer_type": "Conv2D", "filters": "$filters", "kernel_size": "$kernel_size",
             "padding": "$(kernel_size // 2)", "use_bias": False},
            {"name": "bn", "layer_type": "BatchNormalization"},
        ],
    },
    "RepVGGBlock": {
        "params": {"filters": "required", "skip": "$(channels == filters)"},
        "layers": [
            {"name": "identity", "layer_type": "BatchNormalization", "inputs": "input", "when": "$skip"},
            {"name": "wide", "layer_type": "Conv", "filters": "$filters", "kernel_size": 3, "inputs": "input"},
            {"name": "small", "layer_type": "Conv", "filters": "$filters", "kernel_size": 1, "inputs": "input"},
            {"layer_type": "Add", "inputs": "$(['wide', 'small', 'identity'] if skip else ['wide', 'small'])",
             "activation": "relu"},
        ],
    },
}  # fmt: skip


def test_a_block_of_three_branches_has_one_in_the_source() -> None:
    network = archspec.load(
        {
            "archspec": 1,
            "name": "rep",
            "inputs": {"image": [6, 6, 3]},
            "blocks": BLOCKS,
            "layers": [{"name": "stage", "layer_type": "RepVGGBlock", "filters": 5, "repeat": 3}],
        }
    )
    source = network.optimize().network.emit("torch")
    assert "class RepVGGBlock(nn.Module):" in source
    assert "self.wide = Conv(in_channels, filters, 3)" in source
    assert not any(word in source for word in ("identity", "small", "BatchNorm", "add_("))


def test_layers_that_are_declared_once_are_merged_everywhere_or_nowhere() -> None:
    """The outer block's 1x1 convolution is another copy of the one in the sum."""
    layers = [
        {"name": "wide", "layer_type": "Conv", "filters": 3, "kernel_size": 3, "inputs": "image"},
        {"name": "small", "layer_type": "Conv", "filters": 3, "kernel_size": 1, "inputs": "image"},
        {"layer_type": "Add", "inputs": ["wide", "small"]},
        {"name": "last", "layer_type": "Conv", "filters": 3, "kernel_size": 1},
    ]
    document = {"archspec": 1, "name": "net", "inputs": {"image": [6, 6, 3]}, "blocks": BLOCKS, "layers": layers}
    found = archspec.load(document).optimize()
    assert not [note for note in found.changes if note.step == "merge_sum"]
