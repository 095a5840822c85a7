"""`rows`: a table of copies written row by row."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
import yaml

import archspec
from tests.unit.lower.networks import fault, faults, outline
from tests.unit.lower.networks import lowered as lowered_text

HEAD = "inputs: {image: [16, 16, 4]}\n"

NET = """
    archspec: 1
    name: net
    params: {wide: 2, stages: [{size: 1}, {size: 3}], classes: 10}
    variants: {one: {}, two: {wide: 3}}
    inputs: {image: [16, 16, 4]}
    blocks:
      Unit:
        params: {filters: required, strides: 1, act: relu, twice: false}
        layers:
          - {name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 3, strides: $strides, padding: 1}
          - {layer_type: Activation, activation: $act}
          - {name: again, layer_type: Conv2D, filters: $filters, kernel_size: 1, when: $twice}
    layers:
      - {layer_type: Conv2D, filters: $(8 * wide), kernel_size: 3}
      - {TABLE, LAYER}
      - {layer_type: GlobalAveragePooling2D}
      - {name: fc, layer_type: Dense, units: $classes}
"""
USE = "layer_type: Unit, filters: $(filters * wide), strides: $strides, act: $act, twice: $twice"
COLUMNS = 'for: {filters: [8, 8, 16], strides: [1, 2, 1], act: [relu, relu, tanh], twice: [true, false, "$(wide > 2)"]}'
ROWS = (
    "rows: [{filters: 8, strides: 1, act: relu, twice: true}, {filters: 8, strides: 2, act: relu, twice: false}, "
    '{filters: 16, strides: 1, act: tanh, twice: "$(wide > 2)"}]'
)


def _net(table: str, layer: str) -> dict[str, Any]:
    text = dedent(NET).replace("TABLE", table).replace("LAYER", layer).replace(", stages: [{size: 1}, {size: 3}]", "")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(
    "layer",
    [
        USE,
        f"{USE}, repeat: 2",
        f"name: 'unit$filters$act$strides', {USE}",
        f"layer_type: Sequential, layers: [{{{USE}}}]",
        f"name: group, layer_type: Sequential, layers: [{{{USE}}}], repeat: $strides, when: $(strides < 3)",
    ],
)
def test_the_source_is_that_of_the_same_columns(backend: str, layer: str) -> None:
    written = {}
    for table in (COLUMNS, ROWS):
        document = _net(table, layer)
        written[table] = [archspec.load(document, variant=name).emit(backend) for name in ("one", "two")]
        try:
            written[table].append(archspec.emit_family(document, backend))
        except archspec.EmitError as error:
            written[table].append(str(error))
    assert written[ROWS] == written[COLUMNS]


def lowered(layers: str, params: str = "{}") -> list[str]:
    return outline(lowered_text(f"{HEAD}params: {params}\nlayers:\n{layers}"))


def test_a_param_can_be_the_rows() -> None:
    rows = "{stages: [{a: 1, b: 2}, {a: 3, b: 4}]}"
    own = "name: c$a, layer_type: Conv2D, filters: $a, kernel_size: $b}"
    assert lowered("- {rows: $stages, " + own, rows) == lowered("- {for: {a: [1, 3], b: [2, 4]}, " + own)
    chosen = lowered('- {rows: "$(stages + [stages[0]] if false else [stages[1]])", ' + own, rows)
    assert chosen == ["c3: Conv2D(@image)"]


def test_rows_read_what_the_layer_can_read() -> None:
    text = "- {rows: [{n: $channels}, {n: $(wide + 1)}], name: c$n, layer_type: Conv2D, filters: $n, kernel_size: 1}"
    assert lowered(text, "{wide: 2}") == ["c4: Conv2D(@image)", "c3: Conv2D(c4)"]


def test_no_rows_are_no_copies() -> None:
    assert lowered("- {layer_type: ReLU}\n- {rows: $none, layer_type: Tanh}", "{none: []}") == ["0: ReLU(@image)"]


def test_copies_read_their_own_inputs_by_a_column() -> None:
    text = """
- {name: a, layer_type: ReLU}
- {name: b, layer_type: Tanh}
- {rows: [{of: a}, {of: b}], name: of_$of, inputs: $of, layer_type: ReLU}
- {layer_type: Add, inputs: [of_a, of_b]}
"""
    assert lowered(text)[2:] == ["of_a: ReLU(a)", "of_b: ReLU(b)", "4: Add(of_a, of_b)"]


def test_the_keys_of_most_rows_are_right() -> None:
    layer = "layer_type: Conv2D, filters: $n, kernel_size: 1"
    found = faults(f"{HEAD}layers: [{{rows: [{{m: 1}}, {{n: 2}}, {{n: 3}}], {layer}}}]")
    assert [each.message for each in found] == ["row 1 has `m`, which most rows do not have"]
    found = faults(f"{HEAD}layers: [{{rows: [{{n: 1, k: 3}}, {{n: 2, k: 2}}, {{n: 3}}, {{k: 3}}], {layer}}}]")
    assert [each.message for each in found] == ["row 3 has no `k`", "row 4 has no `n`"]


def test_too_many_rows() -> None:
    rows = "rows: '$([stages[0]] * 4000)'"
    text = f"{HEAD}params: {{stages: [{{a: 1}}]}}\nlayers: [{{repeat: 26, {rows}, layer_type: ReLU, max_value: $a}}]"
    message, where, _ = fault(text)
    assert message == "with this the network gets more than 100,000 layers"
    assert where == "26"


def test_a_column_of_rows() -> None:
    text = "- {layer_type: Conv2D, kernel_size: 1, filters: '$(sum(column(stages, \"depth\")))'}"
    assert (
        lowered_text(f"{HEAD}params: {{stages: [{{depth: 1}}, {{depth: 3}}]}}\nlayers:\n{text}")
        .outputs["output"]
        .type.channels
        == 4
    )
