"""`when`, `for` and `repeat`, and the names of the copies."""

from __future__ import annotations

import pytest

from tests.unit.lower.networks import fault, lowered, of_layers, outline

DENSE = "layer_type: Dense, units: 2"


def test_copies_of_a_named_layer_are_numbered_in_a_scope() -> None:
    graph = of_layers(f"""
  - {{name: fc, repeat: 2, {DENSE}}}
  - {{layer_type: ReLU, inputs: fc.0}}
  - {{layer_type: Add, inputs: [fc, "1"]}}
""")
    assert outline(graph) == [
        "fc: repeat",
        "fc.0: Dense(@image)",
        "fc.1: Dense(fc.0)",
        "1: ReLU(fc.0)",
        "2: Add(fc.1, 1)",
    ]
    assert [node.named for node in graph.nodes] == [False, False, False, False]


def test_one_copy_is_numbered_too() -> None:
    assert outline(of_layers(f"  - {{name: fc, repeat: 1, {DENSE}}}")) == ["fc: repeat", "fc.0: Dense(@image)"]


def test_a_name_that_tells_copies_apart_is_theirs() -> None:
    assert outline(of_layers(f"  - {{name: fc$(i + 1), repeat: 2, {DENSE}}}")) == [
        "fc1: Dense(@image)",
        "fc2: Dense(fc1)",
    ]


def test_copies_without_a_name_are_just_layers() -> None:
    assert outline(of_layers(f"  - {{layer_type: ReLU}}\n  - {{repeat: 2, {DENSE}}}")) == [
        "0: ReLU(@image)",
        "1: Dense(0)",
        "2: Dense(1)",
    ]


def test_a_copy_and_its_activation_count_as_one() -> None:
    graph = of_layers(f"""
  - {{name: fc, repeat: 3, {DENSE}, activation: relu}}
  - {{layer_type: Add, inputs: [fc.0, fc.1, fc.2]}}
""")
    assert outline(graph) == [
        "fc: repeat",
        "fc.0: Dense(@image)",
        "fc.0_activation: ReLU(fc.0)",
        "fc.1: Dense(fc.0_activation)",
        "fc.1_activation: ReLU(fc.1)",
        "fc.2: Dense(fc.1_activation)",
        "fc.2_activation: ReLU(fc.2)",
        "1: Add(fc.0_activation, fc.1_activation, fc.2_activation)",
    ]
    assert not any(node.named for node in graph.nodes)


FC = "name: fc, layer_type: Dense, units: 4, activation: relu"


@pytest.mark.parametrize(
    ("layers", "paths"),
    [
        (f"{{{FC}, for: {{a: [1, 2, 3]}}}}", "fc.0 fc.1 fc.2"),
        (f"{{{FC}, for: {{a: [1, 2]}}, repeat: $a}}", "fc.0 fc.1 fc.2"),
        (f"{{{FC}, repeat: 4, when: $(i != 1)}}", "fc.0 fc.1 fc.2"),
        (f"{{{FC.replace('fc', 'fc$a')}, for: {{a: [1, 2]}}, repeat: 2}}", "fc1.0 fc1.1 fc2.0 fc2.1"),
        (f"{{layer_type: DenselyConnected, layers: [{{{FC}, repeat: 3}}]}}", "fc.0 fc.1 fc.2"),
        (f"{{layer_type: Parallel, branches: [[{{{FC}, repeat: 3}}], []]}}", "fc.0 fc.1 fc.2"),
        (f"{{layer_type: Residual, layers: [{{{FC}, repeat: 3}}]}}", "fc.0 fc.1 fc.2"),
        (f"{{layer_type: Residual, layers: [], shortcut: [{{{FC}, repeat: 2}}]}}", "fc.0 fc.1"),
        (
            f"{{name: s, layer_type: Sequential, repeat: 2, layers: [{{{FC}, repeat: 2}}]}}",
            "s.0.fc.0 s.0.fc.1 s.1.fc.0 s.1.fc.1",
        ),
        (
            "{name: c, layer_type: SeparableConv2D, filters: 4, kernel_size: 1, activation: relu, repeat: 2}",
            "c.0.depthwise c.0.pointwise c.1.depthwise c.1.pointwise",
        ),
        (f"{{repeat: 2, {FC.removeprefix('name: fc, ')}}}", "0 2"),
    ],
)
def test_copies_are_numbered_from_0_wherever_they_are(layers: str, paths: str) -> None:
    owners = (node.path for node, weight in of_layers(f"  - {layers}").owned_weights() if weight.slot == "kernel")
    assert " ".join(owners) == paths


def test_a_copy_that_is_another_layer_again_has_one_index() -> None:
    graph = of_layers(f"  - {{{FC}}}\n  - {{name: r, layer_type: Reuse, layer: fc, repeat: 2}}")
    assert outline(graph)[2:] == [
        "r: repeat",
        "r.0: Dense(1) = fc",
        "r.0_activation: ReLU(r.0)",
        "r.1: Dense(r.0_activation) = fc",
        "r.1_activation: ReLU(r.1)",
    ]


def test_copies_with_activations_are_used_again_as_they_are() -> None:
    graph = of_layers(f"""
  - {{{FC}, repeat: 2}}
  - {{name: again, layer_type: Reuse, layer: fc, inputs: image}}
  - {{name: one, layer_type: Reuse, layer: fc.1}}
  - {{layer_type: Add, inputs: [fc.0, fc, again.0, one]}}
""")
    assert outline(graph)[5:] == [
        "again: repeat = fc",
        "again.0: Dense(@image) = fc.0",
        "again.0_activation: ReLU(again.0) = fc.0_activation",
        "again.1: Dense(again.0_activation) = fc.1",
        "again.1_activation: ReLU(again.1) = fc.1_activation",
        "one: Dense(again.1_activation) = fc.1",
        "3: ReLU(one)",
        "4: Add(fc.0_activation, fc.1_activation, again.0_activation, 3)",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("f$stage", ["f1: Dense(@image)", "f2: Dense(f1)"]),
        ("f", ["f: repeat", "f.0: Dense(@image)", "f.1: Dense(f.0)"]),
    ],
)
def test_a_row_of_for_is_a_copy(name: str, expected: list[str]) -> None:
    graph = of_layers(f"  - {{for: {{stage: [1, 2], units: [3, 5]}}, name: {name}, layer_type: Dense, units: $units}}")
    assert outline(graph) == expected
    assert [node.type.shape[-1] for node in graph.nodes] == [3, 5]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a$x", ["a1: repeat", "a1.0: Dense", "a1.1: Dense", "a2: repeat", "a2.0: Dense", "a2.1: Dense"]),
        ("a${x}_$i", None),
        ("a$(x)_$i", ["a1_0: Dense", "a1_1: Dense", "a2_0: Dense", "a2_1: Dense"]),
        ("a", ["a: repeat", "a.0: Dense", "a.1: Dense", "a.2: Dense", "a.3: Dense"]),
    ],
)
def test_for_and_repeat_together(name: str, expected: list[str] | None) -> None:
    layers = f"inputs: {{image: [4]}}\nlayers:\n  - {{for: {{x: [1, 2]}}, repeat: 2, name: '{name}', {DENSE}}}"
    if expected is None:
        assert fault(layers)[0] == "an expression stands in round brackets, not in braces"
    else:
        assert [line.split("(")[0] for line in outline(lowered(layers))] == expected


def test_columns_may_be_expressions_and_tables() -> None:
    graph = lowered("""
params: {depths: [1, 2], table: {units: [7, 8]}}
inputs: {image: [4]}
layers:
  - {for: {depth: $depths, units: [3, 5]}, repeat: $depth, layer_type: Dense, units: $(units + i)}
  - {for: $table, name: t$units, layer_type: Dense, units: $units}
""")
    assert [node.type.shape[-1] for node in graph.nodes] == [3, 5, 6, 7, 8]
    assert outline(graph)[-1] == "t8: Dense(t7)"


def test_when_drops_a_layer_and_its_input_passes_through() -> None:
    graph = of_layers("""
  - {layer_type: ReLU}
  - {layer_type: Tanh, when: false}
  - {layer_type: Dense, name: fc, units: 2, repeat: 3, when: $(i != 1)}
  - {layer_type: Dense, name: gone, units: 2, repeat: 0}
  - {layer_type: ReLU}
""")
    assert outline(graph) == ["0: ReLU(@image)", "fc: repeat", "fc.0: Dense(0)", "fc.1: Dense(fc.0)", "2: ReLU(fc.1)"]


def test_when_is_decided_before_repeat() -> None:
    graph = lowered("""
params: {depth: 0}
inputs: {image: [4]}
layers:
  - {layer_type: Dense, units: 2, repeat: $(depth - 1), when: $(depth > 0)}
  - {layer_type: ReLU}
""")
    assert outline(graph) == ["0: ReLU(@image)"]


def test_children_see_the_loops_around_them() -> None:
    graph = of_layers("""
  - for: {units: [3, 5]}
    layer_type: Sequential
    name: s$units
    layers:
      - {layer_type: Dense, units: $(units + i), repeat: 2}
""")
    assert [node.type.shape[-1] for node in graph.nodes] == [3, 4, 5, 6]
