"""Which classes the source has, and what they are called."""

from __future__ import annotations

import re

from tests.unit.program.sources import source

INVERTED = """
    archspec: 1
    name: inverted
    inputs: {image: [32, 32, 16]}
    blocks:
      Inverted:
        params: {filters: required, strides: 1, skip: $(strides == 1 and channels == filters)}
        layers:
          - {layer_type: Residual, when: $skip, layers: [{layer_type: Body, filters: $filters}]}
          - {layer_type: Body, when: $(not skip), filters: $filters, strides: $strides}
      Body:
        params: {filters: required, strides: 1}
        layers:
          - {layer_type: Conv2D, filters: $filters, kernel_size: 3, strides: $strides, padding: 1}
          - {layer_type: ReLU}
    layers:
      - {name: stage1, layer_type: Inverted, filters: 24, strides: 2}
      - {name: stage2, layer_type: Inverted, filters: 24, repeat: 2}
"""


def classes(document: str) -> list[str]:
    return re.findall(r"^class (\w+)", source(document), re.MULTILINE)


def test_opposite_conditions_are_an_if_with_an_else() -> None:
    said = source(INVERTED)
    assert "skip = strides == 1 and in_channels == filters\n" in said
    assert (
        "        if self.skip:\n            y = self.body1(x)\n            x = y + x\n"
        "        else:\n            x = self.body1(x)\n" in said
    )
    assert "self.stage2 = nn.Sequential(*[InvertedBlock(24, 24) for _ in range(2)])" in said


def test_conditions_of_which_both_may_hold_are_two_ifs() -> None:
    said = source(INVERTED.replace("$(not skip)", "$(strides > 1 or channels != filters or filters > 24)"))
    assert "else:" not in said


def test_a_block_with_the_networks_name_is_called_a_block() -> None:
    assert classes(INVERTED) == ["Body", "InvertedBlock", "Inverted"]


COPIES = """
    archspec: 1
    name: copies
    inputs: {{image: [8, 8, 4]}}
    layers:
      - {{name: stem, layer_type: Conv2D, filters: 4, kernel_size: 1}}
      - name: {name}
        layer_type: Residual
        repeat: 3
        layers:
          - {{name: conv, layer_type: Conv2D, filters: 4, kernel_size: $(2 * i + 1), padding: same,
              activation: {activation}}}
"""


def test_the_class_of_copies_has_their_name_and_takes_their_number() -> None:
    said = source(COPIES.format(name="stage", activation="relu"))
    assert "class Stage(nn.Module):\n    def __init__(self, i: int) -> None:" in said
    assert "nn.Conv2d(4, 4, 2 * i + 1, padding=(2 * i + 1) // 2)" in said
    assert "self.stage = nn.Sequential(*[Stage(i) for i in range(3)])" in said


def test_a_copy_with_a_class_of_its_own_has_its_number() -> None:
    first_is_linear = "\"$('linear' if i == 0 else 'relu')\""
    assert classes(COPIES.format(name="stage", activation=first_is_linear)) == ["Stage", "Stage0", "Copies"]
    assert classes(COPIES.format(name="stage$i", activation=first_is_linear)) == ["Stage", "Stage0", "Copies"]


def test_a_block_whose_uses_are_written_layer_by_layer_has_no_class() -> None:
    assert classes("""
        archspec: 1
        name: detector
        inputs: {image: [8, 8, 4]}
        blocks:
          Head:
            layers:
              - {name: conv, layer_type: Conv2D, filters: 8, kernel_size: 1}
              - {name: label, layer_type: Conv2D, inputs: conv, filters: 2, kernel_size: 1}
              - {name: box, layer_type: Conv2D, inputs: conv, filters: 4, kernel_size: 1}
        layers:
          - {name: head, layer_type: Head}
        outputs: {label: head.label, box: head.box}
    """) == ["Detector"]


def test_channels_in_a_condition_are_those_of_the_first_input_that_a_layer_names() -> None:
    said = source("""
        archspec: 1
        name: shortcut
        inputs: {image: [8, 8, 3]}
        blocks:
          Unit:
            params: {filters: required}
            layers:
              - {name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 1}
              - {layer_type: Add, when: $(channels == filters), inputs: [input, conv]}
        layers:
          - {name: a, layer_type: Unit, filters: 8}
          - {name: b, layer_type: Unit, filters: 8}
    """)
    assert re.findall(r"^class (\w+)", said, re.MULTILINE) == ["Unit", "Shortcut"]
    assert "self.is_applied = in_channels == filters\n" in said
