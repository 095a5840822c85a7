"""An emitted network takes no argument that it would get wrong, and no two things in a class have one name."""

from __future__ import annotations

from textwrap import dedent

import pytest
import yaml

import archspec
from tests.unit.program.sources import source

DENSE = "- {name: fc, layer_type: Dense, units: $classes}"

HIDDEN = {
    "a condition": "- {name: big, layer_type: Dense, units: 5, when: $(classes > 100)}",
    "an attribute": "- {name: big, layer_type: Dense, units: 5, use_bias: $(classes > 100)}",
    "an activation": "- {name: big, layer_type: Dense, units: 5, activation: \"$('relu' if classes > 99 else null)\"}",
    "a block's param": "- {name: big, layer_type: Block, bias: $(classes > 100)}",
}


def emit(document: str) -> str:
    return archspec.load(yaml.safe_load(dedent(document))).emit("torch")


@pytest.mark.parametrize("layer", HIDDEN.values(), ids=list(HIDDEN))
def test_a_param_is_no_argument_where_a_layer_would_change_at_some_value(layer: str) -> None:
    said = emit(f"""
        archspec: 1
        inputs: {{image: [4]}}
        params: {{classes: 10}}
        blocks:
          Block: {{params: {{bias: required}}, layers: [{{name: one, layer_type: Dense, units: 3, use_bias: $bias}}]}}
        layers:
          {layer}
          {DENSE}
    """)
    assert "def __init__(self) -> None" in said


def test_the_size_of_an_image_after_a_stride_makes_it_no_argument_although_two_strides_give_one_size() -> None:
    said = emit("""
        archspec: 1
        inputs: {image: [5, 5, 4]}
        params: {stride: 3}
        layers:
          - {name: conv, layer_type: Conv2D, filters: 3, kernel_size: 1, strides: $stride}
          - {layer_type: Flatten}
          - {name: fc, layer_type: Dense, units: 3}
    """)
    assert "stride: int" not in said


def test_a_layer_that_an_argument_can_leave_out_hands_on_its_own_channels_or_those_before_it() -> None:
    torch = pytest.importorskip("torch")
    space: dict[str, object] = {"__name__": "emitted"}
    exec(
        emit("""
        archspec: 1
        inputs: {image: [5]}
        params: {drop: 0.2}
        layers:
          - {name: bn, layer_type: Dense, units: 4, when: $(drop > 0)}
          - {name: fc, layer_type: Dense, units: 3}
    """),
        space,
    )
    assert space["Network"](drop=0.0)(torch.zeros(1, 5)).shape == (1, 3)  # type: ignore[operator]


LOOPS = """
    archspec: 1
    inputs: {image: [8, 8, 4]}
    layers:
      - {name: a, layer_type: Sequential, layers: [{for: {COLUMN: [4, 6]}, layer_type: Conv2D, filters: $COLUMN,
         kernel_size: 1}]}
      - {name: b, layer_type: Sequential, layers: [{for: {q: [9, 7]}, layer_type: Conv2D, filters: $q, kernel_size: 1}]}
      - {name: c, layer_type: Conv2D, filters: 3, kernel_size: 1, inputs: a}
      - {layer_type: Concatenate, inputs: [c, b]}
"""


@pytest.mark.parametrize("column", ["p", "channels_1", "layers", "nn", "zip", "super"])
def test_the_channels_after_a_loop_are_not_those_after_another(column: str) -> None:
    torch = pytest.importorskip("torch")
    space: dict[str, object] = {"__name__": "emitted"}
    exec(emit(LOOPS.replace("COLUMN", column)), space)
    assert space["Network"]()(torch.zeros(1, 4, 8, 8)).shape == (1, 10, 8, 8)  # type: ignore[operator]


CHOICE = """
    archspec: 1
    inputs: {image: [9, 9, 4]}
    blocks:
      A:
        params: {f: 4, s: 1}
        layers: [{name: c, layer_type: Conv2D, filters: $f, kernel_size: 1, strides: $s}]
      C:
        params: PARAMS
        layers: [{name: c, layer_type: Conv2D, filters: $(f * e), kernel_size: 3, strides: $s, padding: 1}]
      S: {params: {k: A}, layers: [{name: x, layer_type: $k, f: 5}, {name: y, layer_type: $k}]}
    layers: [{name: s, layer_type: S, k: A}, {name: t, layer_type: S, k: C}]
"""


@pytest.mark.parametrize("params", ["{f: 6, s: 1, e: 1}", "{f: 4, s: 2, e: 1}", "{f: 4, s: 1, e: 2}"])
def test_blocks_that_are_chosen_from_keep_their_own_defaults(params: str) -> None:
    torch = pytest.importorskip("torch")
    network = archspec.load(yaml.safe_load(dedent(CHOICE.replace("PARAMS", params))))
    space: dict[str, object] = {"__name__": "emitted"}
    exec(network.emit("torch"), space)
    (output,) = network.graph.outputs.values()
    height, width, channels = output.type.shape
    assert space["Network"]()(torch.zeros(1, 4, 9, 9)).shape == (1, channels, height, width)  # type: ignore[operator]


def test_a_first_copy_is_not_written_apart_where_an_argument_may_ask_for_none() -> None:
    conv = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same"}
    block = {"params": {"strides": 1}, "layers": [{**conv, "strides": "$strides"}]}
    copies = {"name": "stage", "layer_type": "B", "repeat": "$n", "strides": "$(2 if i == 0 else 1)"}
    document = {
        "inputs": {"image": [8, 8, 4]},
        "params": {"n": 2},
        "blocks": {"B": block},
        "layers": [{"name": "first", **conv}, copies],
    }
    source = archspec.load(document).emit("torch")
    assert "range(n - 1)" not in source


def test_a_param_is_an_argument_of_a_network_with_very_many_layers() -> None:
    hidden = [{"name": f"fc{index}", "layer_type": "Dense", "units": 4} for index in range(2_100)]
    last = {"name": "last", "layer_type": "Dense", "units": "$classes"}
    spec = {"archspec": 1, "inputs": {"x": [4]}, "params": {"classes": 10}, "layers": [*hidden, last]}
    assert "def __init__(self, classes: int = 10) -> None" in archspec.load(spec).emit("torch")


def test_the_shape_of_a_reshape_follows_from_a_param() -> None:
    """The channels after it are the last axis of the shape, so params of other layers stay arguments."""
    said = source("""
        archspec: 1
        name: reshaped
        params: {anchors: 2, values: 3}
        inputs: {image: [4, 4, 3]}
        layers:
          - {name: predict, layer_type: Conv2D, filters: $(anchors * values), kernel_size: 1}
          - {layer_type: Reshape, target_shape: [-1, $values]}
          - {name: fc, layer_type: Dense, units: 2}
    """)
    assert "def __init__(self, anchors: int = 2, values: int = 3) -> None:" in said
    assert "ChannelsLastReshape((-1, values))" in said
    assert "nn.Linear(values, 2)" in said
