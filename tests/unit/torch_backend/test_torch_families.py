"""Families whose variants differ in lists and rows: what the source hands on, and that it builds the same modules."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

import pytest
import yaml

import archspec
from archspec.errors import EmitError

torch = pytest.importorskip("torch")

FAMILY = """
    archspec: 1
    name: net
    params: PARAMS
    variants: {large: {}, small: SMALL}
    inputs: {image: [16, 16, 3]}
    blocks:
      Unit:
        params: {filters: required, strides: 1, activation: relu}
        layers:
          - {name: conv, layer_type: Conv2D, filters: $filters, strides: $strides, kernel_size: 1}
          - {layer_type: Activation, activation: $activation}
      Plain:
        params: {filters: required, strides: 1, activation: relu}
        layers:
          - {name: conv, layer_type: Conv2D, filters: $filters, strides: $strides, kernel_size: 1, use_bias: false}
          - {layer_type: Activation, activation: $activation}
    layers:
      - name: body
        layer_type: Sequential
        layers:
          - {LAYER}
      - {layer_type: GlobalAveragePooling2D}
      - {name: fc, layer_type: Dense, units: UNITS}
"""
USE = "filters: $filters, strides: $strides, activation: $activation"
ROWS = {
    "PARAMS": "{stages: [{filters: 4, strides: 1, activation: relu}, {filters: 8, strides: 2, activation: tanh}]}",
    "SMALL": "{stages: [{filters: 4, strides: 2, activation: relu6}]}",
    "LAYER": f"rows: $stages, layer_type: Unit, {USE}",
    "UNITS": "10",
}


def _document(**parts: str) -> dict[str, Any]:
    text = dedent(FAMILY)
    for word, meaning in {**ROWS, **parts}.items():
        text = text.replace(word, meaning)
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def _source(document: dict[str, Any]) -> str:
    """The family's source, after a look at what it builds: in each variant the modules of the network alone."""
    text = archspec.emit_family(document, "torch")
    made: dict[str, Any] = {"__name__": "family"}
    exec(compile(text, "family", "exec"), made)
    image = torch.zeros(1, 3, 16, 16)
    for variant in ("large", "small"):
        alone: dict[str, Any] = {"__name__": "alone"}
        exec(compile(archspec.load(document, variant=variant).emit("torch"), variant, "exec"), alone)
        one, other = made[variant](), alone[variant.capitalize()]()
        assert _modules(one) == _modules(other)
        assert one(image).shape == other(image).shape
    return text


def _modules(model: Any) -> list[tuple[str, str]]:
    """The modules with weights; an activation may be a function."""
    return [(name, repr(each)) for name, each in model.named_modules() if list(each.parameters(recurse=False))]


def test_rows_are_tuples_which_the_loop_unpacks() -> None:
    said = _source(_document())
    assert "stages: list[tuple[int, int, type[nn.Module]]]" in said
    assert "for filters, strides, activation in stages:" in said
    assert "stages=[(4, 1, nn.ReLU), (8, 2, nn.Tanh)]" in said
    assert "stages=[(4, 2, nn.ReLU6)]" in said


def test_columns_that_a_loop_does_not_use_are_passed_over() -> None:
    said = _source(_document(LAYER="rows: $stages, layer_type: Unit, filters: $filters"))
    assert "for filters, _, _ in stages" in said
    assert 'stages=[(4, 1, "relu"), (8, 2, "tanh")]' in said


def test_lengths_elements_and_columns_of_rows_are_those_of_tuples() -> None:
    said = _source(_document(UNITS="""'$(len(stages) + stages[0]["filters"] + sum(column(stages, "strides")))'"""))
    assert "len(stages) + stages[0][0] + sum([row[1] for row in stages])" in said


def test_blocks_in_rows_are_classes() -> None:
    stages = "{stages: [{filters: 4, block: Unit}, {filters: 8, block: Plain}]}"
    said = _source(
        _document(
            PARAMS=stages,
            SMALL="{stages: [{filters: 4, block: Plain}]}",
            LAYER="rows: $stages, layer_type: $block, filters: $filters",
        )
    )
    assert "stages=[(4, Unit), (8, Plain)]" in said
    assert re.search(r"for filters, block in stages:\s+layers.append\(block\(channels, filters\)\)", said)


def test_lists_of_activations_are_lists_of_classes() -> None:
    said = _source(
        _document(
            PARAMS="{widths: [4, 8], words: [relu, tanh]}",
            SMALL="{widths: [4], words: [relu6]}",
            LAYER="for: {filters: $widths, activation: $words}, layer_type: Unit, "
            "filters: $filters, activation: $activation",
        )
    )
    assert "words: list[type[nn.Module]]" in said
    assert "words=[nn.ReLU, nn.Tanh]" in said


@pytest.mark.parametrize(
    "parts",
    [
        # The rows of the variants have other keys: they stay mappings, in which no class can stand.
        {"SMALL": "{stages: [{filters: 4, strides: 2, activation: relu6, more: 1}]}"},
        # The words of the activations are compared elsewhere.
        {"UNITS": """'$(9 if stages[0]["activation"] == "relu" else 11)'"""},
        {"UNITS": """'$(9 if "relu" in column(stages, "activation") else 11)'"""},
    ],
)
def test_classes_that_the_source_needs_as_texts_are_refused(parts: dict[str, str]) -> None:
    with pytest.raises(EmitError, match="PyTorch has no one class"):
        archspec.emit_family(_document(**parts), "torch")


def test_rows_with_other_keys_stay_mappings() -> None:
    said = _source(
        _document(SMALL="{stages: [{filters: 4, more: 1}]}", LAYER="rows: $stages, layer_type: Unit, filters: $filters")
    )
    assert 'for filters in [row["filters"] for row in stages]:' in said
    assert 'stages=[{"filters": 4, "more": 1}]' in said
