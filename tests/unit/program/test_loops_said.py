"""Emitted source says the document's rows and copies as loops."""

from __future__ import annotations

import pytest

import archspec
from tests.unit.program.sources import source


def test_rows_that_names_depend_on_are_written_one_by_one() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 1]}
        params: {first: 4}
        layers:
          - {for: {n: [1, 2], filters: [$first, $(2 * first)]}, name: conv$n, layer_type: Conv2D, filters: $filters,
             kernel_size: 1}
    """)
    assert "self.conv1 = nn.Conv2d(1, first, 1)" in said
    assert "self.conv2 = nn.Conv2d(first, 2 * first, 1)" in said


def test_other_rows_are_a_loop_with_the_running_number_of_channels() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 1]}
        layers:
          - name: features
            layer_type: Sequential
            layers:
              - {for: {filters: [4, 6, 2]}, layer_type: Conv2D, filters: $filters, kernel_size: 1}
    """)
    assert "for filters in [4, 6, 2]:\n            layers.append(nn.Conv2d(channels, filters, 1))" in said
    assert "channels = filters" in said


def test_a_column_that_is_called_like_a_param_gets_another_name() -> None:
    said = source("""
        archspec: 1
        inputs: {image: [8, 8, 1]}
        params: {filters: [4, 6]}
        blocks:
          Tower:
            params: {filters: required}
            layers:
              - {for: {filters: $filters}, layer_type: Conv2D, filters: $filters, kernel_size: 1}
              - {layer_type: Conv2D, filters: "$(filters[0])", kernel_size: 1}
        layers:
          - {name: a, layer_type: Tower, filters: $filters}
          - {name: b, layer_type: Tower, filters: [2, 3]}
    """)
    assert "for filters_ in filters:" in said


def test_copies_without_names_beside_a_named_layer_are_appended() -> None:
    said = source("""
        archspec: 1
        name: small
        params: {depth: 2}
        inputs: {x: [4]}
        blocks:
          Unit:
            layers:
              - {layer_type: Dense, units: 4, activation: relu, repeat: $depth}
              - {name: act, layer_type: Tanh}
        layers: [{name: unit, layer_type: Unit}]
    """)
    assert "layers.append(nn.Linear(" in said
    assert "layers.append(nn.Tanh())" in said


@pytest.mark.parametrize(
    "table", ["for: {units: [4, 8], rate: [0.1, 0.2]}", "rows: [{units: 4, rate: 0.1}, {units: 8, rate: 0.2}]"]
)
def test_a_loop_over_several_columns_lists_its_rows(table: str) -> None:
    said = source(f"""
        archspec: 1
        name: small
        inputs: {{x: [4]}}
        layers:
          - name: body
            layers:
              - {table}
                layers: [{{layer_type: Dense, units: $units, activation: relu}}, {{layer_type: Dropout, rate: $rate}}]
    """)
    assert "for units, rate in [(4, 0.1), (8, 0.2)]:" in said


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_letter_of_a_text_in_a_name_is_no_string_inside_an_f_string(backend: str) -> None:
    dense = {"name": "b$(letters[i])", "layer_type": "Dense", "units": 4, "repeat": 3}
    document = {"params": {"letters": "xyz"}, "inputs": {"x": [4]}, "layers": [dense, {"layer_type": "ReLU"}]}
    code = archspec.load(document).emit(backend)
    assert all(name in code for name in ("bx", "by", "bz"))
