"""`$shape`: the axes of a layer's input in its expressions."""

from __future__ import annotations

import pytest

from archspec.layers.conv import Conv2D
from archspec.layers.pool import AveragePooling2D
from tests.unit.lower.networks import faults, lowered

BLOCK = """
inputs: {image: [12, 10, 4]}
blocks:
  Pool:
    params: {high: "$shape[0]", all: $shape}
    layers:
      - {name: pool, layer_type: AveragePooling2D, pool_size: "$([high, shape[1]])"}
      - {name: conv, layer_type: Conv2D, filters: "$(shape[-1] * len(all))", kernel_size: "$(all[0] - 11)"}
layers:
  - {name: first, layer_type: Pool}
"""


def test_a_layer_and_a_block_read_the_shapes_of_their_inputs() -> None:
    graph = lowered(BLOCK)
    pool, conv = graph.by_path["first.pool"].layer, graph.by_path["first.conv"].layer
    assert isinstance(pool, AveragePooling2D)
    assert isinstance(conv, Conv2D)
    assert pool.pool_size == (12, 10)
    assert (conv.filters, conv.kernel_size) == (12, (1, 1))


def test_of_several_inputs_it_is_the_first() -> None:
    text = """
inputs: {a: [1, 1, 3], b: [6, 6, 3]}
blocks:
  Both:
    inputs: [one, two]
    params: {high: "$shape[0]"}
    layers: [{layer_type: Add, inputs: [one, two]}, {layer_type: ZeroPadding2D, padding: $high}]
layers: [{name: x, layer_type: Both, inputs: [b, a]}]
"""
    assert lowered(text).by_path["x.1"].type.shape == (18, 18, 3)


def test_a_declared_name_hides_it() -> None:
    text = "params: {shape: [5]}\ninputs: {x: [4]}\nlayers: [{layer_type: Dense, units: '$shape[0]'}]"
    assert lowered(text).by_path["0"].type.shape == (5,)


def test_copies_read_the_shape_before_each() -> None:
    text = """
inputs: {x: [32, 32, 3]}
layers: [{name: p, layer_type: MaxPooling2D, pool_size: "$(2 if shape[0] > 8 else 1)", repeat: 4}]
"""
    assert [node.type.shape[0] for node in lowered(text).nodes] == [16, 8, 8, 8]


UNKNOWN = """
inputs: {x: [null, null, 3]}
blocks:
  B:
    params: {all: $shape}
    layers: [{layer_type: MaxPooling2D, strides: "$(all[0])"}]
layers: [LAYER]
"""


@pytest.mark.parametrize(
    ("layer", "word"),
    [
        ('{layer_type: MaxPooling2D, strides: "$shape[0]"}', "shape[0]"),
        ('{layer_type: MaxPooling2D, when: "$(shape == [1, 2, 3])"}', "shape"),
        ('{layer_type: MaxPooling2D, when: "$(8 in shape)"}', "shape"),
        ('{layer_type: MaxPooling2D, pool_size: "$(max(shape))"}', "shape"),
        ('{layer_type: Reshape, target_shape: "$([shape[0] * 3])"}', "shape[0]"),
        ("{layer_type: B}", "all[0]"),
    ],
)
def test_an_axis_of_any_length_is_no_number(layer: str, word: str) -> None:
    (found,) = faults(UNKNOWN.replace("LAYER", layer))
    assert "any length" in found.message
    assert word in getattr(found.where, "text", "")


def test_what_is_known_of_such_a_shape_can_be_read() -> None:
    text = """
inputs: {x: [null, null, 3]}
blocks:
  B: {params: {all: $shape}, layers: [{layer_type: Conv2D, filters: "$(all[-1] + len(all))", kernel_size: 1}]}
layers: [{layer_type: B}]
"""
    assert lowered(text).nodes[-1].type.axes == (None, None, 6)


def test_a_layer_is_reused_only_as_it_was() -> None:
    text = """
inputs: {a: [16, 16, 3], b: [8, 8, 3]}
layers:
  - name: one
    inputs: a
    layers: [{name: p, layer_type: AveragePooling2D, pool_size: "$shape[0]"}]
  - {name: two, layer_type: Reuse, layer: one, inputs: b}
  - {layer_type: Add, inputs: [one, two]}
"""
    (found,) = faults(text)
    assert found.message == "`pool_size` of layer one.p is [16, 16], and here it would be [8, 8]"
