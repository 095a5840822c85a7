"""Emitted source says what the document says: its blocks, params, conditions and expressions."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
import yaml

import archspec
from tests.unit.program.sources import source

BLOCK = """
    archspec: 1
    name: small
    inputs: {image: [8, 8, 3]}
    params: {classes: 10, wide: 2}
    variants: {small: {}, wider: {wide: 4}}
    blocks:
      Block:
        params: {filters: required, strides: 1, skip: $(strides == 1 and channels == filters)}
        layers:
          - {name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 3, strides: $strides, padding: 1}
          - {layer_type: Add, when: $skip, inputs: [conv, input]}
    layers:
      - {name: first, layer_type: Block, filters: $(3 * wide)}
      - {name: second, layer_type: Block, filters: $(3 * wide), repeat: 3, strides: $(2 if i == 0 else 1)}
      - {layer_type: GlobalAveragePooling2D}
      - {name: fc, layer_type: Dense, units: $classes}
"""


def test_a_block_is_one_class_with_its_params() -> None:
    said = source(BLOCK)
    assert re.findall(r"^class (\w+)", said, re.MULTILINE) == ["Block", "Small"]
    assert "def __init__(self, in_channels: int, filters: int, strides: int = 1) -> None:" in said


NULL = """
    archspec: 1
    name: optional
    inputs: {image: [16, 16, 3]}
    blocks:
      Fused:
        params: {filters: required, act: null}
        layers: [{name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 3, activation: $act}]
      Apart:
        params: {filters: required, act: null}
        layers:
          - {name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 3}
          - {layer_type: Activation, activation: $act, when: $(act != null)}
    layers:
      - {name: a, layer_type: Fused, filters: 4}
      - {name: b, layer_type: Fused, filters: 4, act: tanh}
      - {name: c, layer_type: Apart, filters: 4}
      - {name: d, layer_type: Apart, filters: 4, act: tanh}
"""


@pytest.mark.parametrize(
    ("backend", "kind", "tanh"), [("torch", "type[nn.Module]", "nn.Tanh"), ("tensorflow", "str", '"tanh"')]
)
def test_null_as_a_default_is_none(backend: str, kind: str, tanh: str) -> None:
    """The param is the activation, also where only one is ever given: another would be right, too."""
    said = archspec.load(yaml.safe_load(dedent(NULL))).emit(backend)
    assert len(re.findall(rf"filters: int,\s+act: {re.escape(kind)} \| None = None", said)) == 2
    assert "if act is not None" in said
    assert said.count(f"act={tanh}") == 2


def test_a_condition_of_the_block_is_one_of_the_class_under_its_name() -> None:
    said = source(BLOCK)
    assert "self.skip = strides == 1 and in_channels == filters" in said
    assert "return conv + x if self.skip else conv" in said


def test_copies_are_a_loop_with_the_first_one_apart() -> None:
    said = source(BLOCK)
    assert "Block(6, 6, strides=2),\n            *[Block(6, 6) for _ in range(2)]," in said


def test_a_param_that_no_variant_sets_is_an_argument() -> None:
    said = source(BLOCK)
    assert "def __init__(self, classes: int = 10) -> None:" in said
    assert "self.fc = nn.Linear(6, classes)" in said


def test_a_param_is_no_argument_where_a_number_follows_from_it_that_nothing_says() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [9, 9, 1]}
        params: {kernel: 3, classes: 4}
        layers:
          - {name: conv, layer_type: Conv2D, filters: 2, kernel_size: $kernel}
          - {layer_type: Flatten}
          - {name: fc, layer_type: Dense, units: $classes}
    """)
    assert "def __init__(self, classes: int = 4) -> None:" in said
    assert "self.conv = nn.Conv2d(1, 2, 3)" in said
    assert "self.fc = nn.Linear(98, classes)" in said


def test_an_activation_that_a_param_chooses_is_a_class() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 3]}
        blocks:
          Conv:
            params: {activation: relu}
            layers:
              - {layer_type: Conv2D, filters: 4, kernel_size: 1}
              - {layer_type: Activation, activation: $activation, when: $(activation != null)}
        layers:
          - {name: a, layer_type: Conv}
          - {name: b, layer_type: Conv, activation: tanh}
          - {name: c, layer_type: Conv, activation: null}
    """)
    assert "activation: type[nn.Module] | None = nn.ReLU" in said
    assert "if activation is not None:\n            layers.append(activation())" in said
    assert "self.b = Conv(4, activation=nn.Tanh)" in said
    assert "self.c = Conv(4, activation=None)" in said


def test_alternatives_of_one_name_are_one_attribute() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 4]}
        blocks:
          Block:
            params: {pooled: required}
            layers:
              - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, padding: 1}
              - {name: way, layer_type: AveragePooling2D, pool_size: 1, when: $pooled, inputs: input}
              - {name: way, layer_type: Conv2D, filters: 4, kernel_size: 1, when: $(not pooled), inputs: input}
              - {layer_type: Add, inputs: [conv, way]}
        layers:
          - {name: a, layer_type: Block, pooled: true}
          - {name: b, layer_type: Block, pooled: false}
    """)
    assert "self.way = nn.AvgPool2d(1) if pooled else nn.Conv2d(in_channels, 4, 1)" in said
    assert "way = self.way(x)\n" in said


def test_equal_groups_have_one_class() -> None:
    text = source(
        """
        archspec: 1
        name: pair
        inputs: {image: [8, 8, 4]}
        layers:
          - {name: left, layer_type: Residual, layers: [{name: conv, layer_type: Conv2D, filters: 4, kernel_size: 1}]}
          - {name: right, layer_type: Residual, layers: [{name: conv, layer_type: Conv2D, filters: 4, kernel_size: 1}]}
          - {name: other, layer_type: Residual, layers: [{name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3,
             padding: same}]}
        """
    )
    assert re.findall(r"^class (\w+)", text, re.MULTILINE) == ["Left", "Other", "Pair"]
    assert "self.left = Left()\n        self.right = Left()\n        self.other = Other()" in text


def test_the_halves_of_a_value_are_split_at_once() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 4]}
        layers:
          - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 1}
          - {name: left, layer_type: Slice, stop: 2}
          - {name: right, layer_type: Slice, start: 2, inputs: conv}
          - {name: deep, layer_type: Conv2D, filters: 2, kernel_size: 1}
          - {layer_type: Concatenate, inputs: [left, deep]}
    """)
    assert "left, x = conv.chunk(2, dim=1)" in said


def test_what_is_the_same_for_every_network_of_the_source_is_folded() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 1]}
        params: {width: 64, groups: 1}
        variants: {a: {}, b: {width: 128, groups: 2}}
        blocks:
          Conv:
            params: {filters: required}
            layers:
              - {layer_type: Conv2D, filters: $(filters * width // 64 * groups), kernel_size: 1}
        layers:
          - {name: a, layer_type: Conv, filters: 4}
          - {name: b, layer_type: Conv, filters: 6}
    """)
    assert "nn.Conv2d(in_channels, filters, 1)" in said


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v3_large", "regnet_y_400mf", "nasnet_mobile"])
def test_networks_of_the_zoo_have_a_class_for_each_block_and_no_other_with_a_number(name: str) -> None:
    network = archspec.load(name)
    classes = re.findall(r"^class (\w+)", network.emit("torch"), re.MULTILINE)
    assert network.graph.program is not None
    used = {scope.kind for scope in network.graph.scopes if scope.block}
    assert used <= set(classes)
    own = [each for each in classes[:-1] if each not in network.graph.program.blocks]
    assert not [each for each in own if re.search(r"\d$", each) and each not in ("Conv2dSame", "MaxPool2dSame")]


def test_a_condition_that_another_value_of_an_argument_changes_is_kept() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 4]}
        params: {filters: 8}
        layers:
          - {name: first, layer_type: Conv2D, filters: $filters, kernel_size: 1}
          - {name: again, layer_type: Conv2D, filters: $filters, kernel_size: 1, when: $(filters > 4)}
    """)
    assert "if filters > 4 else nn.Identity()" in said


def test_a_param_that_may_ask_for_another_layer_is_no_argument() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 4]}
        params: {filters: 8}
        layers:
          - {name: first, layer_type: Conv2D, filters: $filters, kernel_size: 1}
          - {name: again, layer_type: Conv2D, filters: $filters, kernel_size: 1, when: $(filters < 4)}
    """)
    assert "def __init__(self) -> None:" in said


@pytest.mark.parametrize("name", ["layers", "channels", "in_channels", "range", "nn", "model", "Tower"])
def test_a_param_that_is_called_like_something_in_the_source_hides_nothing(name: str) -> None:
    unit = {"layer_type": "Conv2D", "filters": f"${name}", "kernel_size": 1, "repeat": 2}
    block = {"params": {name: "required"}, "layers": [unit, {"layer_type": "ReLU", "when": f"$({name} > 2)"}]}
    uses = [{"name": each, "layer_type": "Tower", name: number} for each, number in (("a", 2), ("b", 3))]
    network = archspec.load({"inputs": {"image": [4, 4, 3]}, "blocks": {"Tower": block}, "layers": uses})
    model = network.compile("torch", device="cpu")
    assert sum(tensor.numel() for tensor in model.parameters()) == network.parameters().total


def test_a_block_whose_layers_read_values_inside_its_group_is_one_class() -> None:
    said = source("""
        archspec: 1
        name: small
        inputs: {x: [4]}
        blocks:
          Pair:
            params: {units: required}
            layers:
              - name: pair
                layer_type: Sequential
                layers:
                  - {name: first, layer_type: Dense, units: $units}
                  - {name: second, layer_type: Dense, units: $units}
              - {layer_type: Add, inputs: [pair.first, pair]}
        layers:
          - {name: one, layer_type: Pair, units: 4}
          - {name: two, layer_type: Pair, units: 5}
    """)
    assert re.findall(r"^class (\w+)", said, re.MULTILINE) == ["Pair", "Small"]
    assert "self.pair.first = nn.Linear(in_channels, units)" in said
    assert "self.two = Pair(4, 5)" in said


SHAPES = """
    archspec: 1
    name: shapes
    inputs: {image: [21, 21, 3]}
    blocks:
      Half:
        params: {filters: required, size: "$shape[0]"}
        layers:
          - {layer_type: ZeroPadding2D, padding: [[$(size % 2), 1], [$(size % 2), 1]]}
          - {name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 3, strides: 2}
          - {name: gate, layer_type: Conv2D, filters: "$(shape[-1] // 2)", kernel_size: 1}
    layers:
      - {name: a, layer_type: Half, filters: 8}
      - {name: b, layer_type: Half, filters: 16}
      - {name: c, layer_type: Half, filters: 16, size: 4}
      - {layer_type: AveragePooling2D, pool_size: "$shape[0]"}
"""


def test_an_axis_is_a_number_and_the_last_one_the_channels() -> None:
    said = source(SHAPES)
    assert "def __init__(self, in_channels: int, filters: int, size: int) -> None:" in said
    assert "nn.Conv2d(filters, filters // 2, 1)" in said
    assert re.findall(r"Half\(\d.*?\)", said) == ["Half(3, 8, 21)", "Half(4, 16, 11)", "Half(8, 16, 4)"]
    assert "F.avg_pool2d(x, 3)" in said


HALVED = """
    archspec: 1
    name: halved
    inputs: {image: [21, 21, 3]}
    blocks:
      Down:
        params: {strides: required}
        layers:
          - {layer_type: ZeroPadding2D, when: $(strides > 1), padding: [["$(shape[0] % 2)", 1], ["$(shape[1] % 2)", 1]]}
          - {name: conv, layer_type: Conv2D, filters: 3, kernel_size: 3, strides: $strides,
             padding: $("valid" if strides > 1 else "same")}
    layers:
      - {name: down, for: {strides: [1, 2, 2, 2]}, layer_type: Down, strides: $strides}
"""


@pytest.mark.parametrize(("backend", "use"), [("torch", r"\bDown\(3,"), ("tensorflow", r"= down\(")])
def test_a_use_that_leaves_a_layer_out_has_the_parameter_that_differs_in_it_too(backend: str, use: str) -> None:
    """The padding is (1, 1), (1, 1) at odd sizes and (0, 1), (0, 1) at even ones; the first use pads nothing."""
    assert len(re.findall(use, archspec.load(yaml.safe_load(HALVED)).emit(backend))) == 4


def test_an_argument_of_two_names_is_one_parameter() -> None:
    # nn.ZeroPad2d(padding) and F.pad(x, pad) are the forms of one layer.
    pad = {"layer_type": "ZeroPadding2D", "when": "$(strides > 1)", "padding": [["$(shape[0] % 2)", 1]] * 2}
    conv = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "strides": "$strides"}
    blocks = {"B": {"params": {"strides": None}, "layers": [pad, conv]}}
    uses = [{"layer_type": "B", "strides": strides} for strides in (2, 2, 1)]
    code = archspec.load({"inputs": {"x": [30, 30, 4]}, "blocks": blocks, "layers": uses}).emit("torch")
    (made,) = re.findall(r"class B\(.*?\n\n\n", code, re.DOTALL)
    assert "padding: tuple[int, int, int, int] | int" in made
    assert not re.search(r"\bpad\b", made)
