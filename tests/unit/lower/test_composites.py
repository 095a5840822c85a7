"""Composites: how what is inside is connected, and whose members it is."""

from __future__ import annotations

from tests.unit.lower.networks import lowered, of_layers, outline

CONV = "layer_type: Conv2D, filters: 4, kernel_size: 1"


def test_without_a_name_a_composite_is_part_of_the_scope_around_it() -> None:
    graph = of_layers(f"""
  - {{layer_type: Sequential, layers: [{{layer_type: ReLU}}, {{name: conv, {CONV}}}]}}
  - {{layer_type: Residual, layers: [{{layer_type: ReLU}}]}}
""")
    assert outline(graph) == ["0: ReLU(@image)", "conv: Conv2D(0)", "2: ReLU(conv)", "3: Add(2, conv)"]


def test_with_a_name_it_is_a_scope() -> None:
    graph = of_layers(f"""
  - name: unit
    layer_type: Residual
    layers: [{{name: conv, {CONV}}}, {{layer_type: ReLU}}]
    shortcut: [{{{CONV}}}]
  - {{layer_type: ReLU}}
""")
    assert outline(graph) == [
        "unit: Residual",
        "unit.conv: Conv2D(@image)",
        "unit.1: ReLU(unit.conv)",
        "unit.2: Conv2D(@image)",
        "unit.3: Add(unit.1, unit.2)",
        "1: ReLU(unit.3)",
    ]


def test_parallel_concatenates_its_branches_or_merges_them_as_it_is_told() -> None:
    graph = of_layers(f"""
  - {{layer_type: Parallel, branches: [[], [{{{CONV}}}], [{{{CONV}}}, {{layer_type: ReLU}}]]}}
  - {{layer_type: Parallel, branches: [[], [{{layer_type: ReLU}}]], merge: Multiply}}
  - {{layer_type: Parallel, branches: [[], []], merge: {{layer_type: Concatenate, axis: 1, name: cat}}}}
""")
    assert outline(graph) == [
        "0: Conv2D(@image)",
        "1: Conv2D(@image)",
        "2: ReLU(1)",
        "3: Concatenate(@image, 0, 2)",
        "4: ReLU(3)",
        "5: Multiply(3, 4)",
        "cat: Concatenate(5, 5)",
    ]
    assert graph.by_path["cat"].type.shape == (16, 8, 12)


def test_densely_connected_layers_read_a_running_concatenation() -> None:
    graph = of_layers("""
  - name: dense
    layer_type: DenselyConnected
    layers:
      - {name: layer$i, layer_type: Dense, units: 2, repeat: 2}
      - {layer_type: Sequential, layers: [{layer_type: ReLU}, {layer_type: Dense, units: 3}]}
""")
    assert outline(graph) == [
        "dense: DenselyConnected",
        "dense.layer0: Dense(@image)",
        "dense.1: Concatenate(@image, dense.layer0)",
        "dense.layer1: Dense(dense.1)",
        "dense.3: Concatenate(dense.1, dense.layer1)",
        "dense.4: ReLU(dense.3)",
        "dense.5: Dense(dense.4)",
        "dense.6: Concatenate(dense.3, dense.5)",
    ]
    assert graph.by_path["dense.6"].type.shape == (8, 8, 4 + 2 + 2 + 3)


def test_copies_in_a_scope_of_their_own_are_densely_connected_one_by_one() -> None:
    graph = of_layers("  - {layer_type: DenselyConnected, layers: [{name: d, layer_type: Dense, units: 2, repeat: 2}]}")
    assert outline(graph) == [
        "d: repeat",
        "d.0: Dense(@image)",
        "d.0_concatenation: Concatenate(@image, d.0)",
        "d.1: Dense(d.0_concatenation)",
        "d.1_concatenation: Concatenate(d.0_concatenation, d.1)",
    ]


def test_copies_of_a_named_composite_are_scopes() -> None:
    graph = of_layers("  - {name: r, layer_type: Residual, repeat: 2, layers: [{layer_type: ReLU}]}")
    assert outline(graph) == [
        "r: repeat",
        "r.0: Residual",
        "r.0.0: ReLU(@image)",
        "r.0.1: Add(r.0.0, @image)",
        "r.1: Residual",
        "r.1.0: ReLU(r.0.1)",
        "r.1.1: Add(r.1.0, r.0.1)",
    ]


def test_blocks_are_scopes_with_or_without_a_name() -> None:
    graph = lowered("""
params: {units: 5}
inputs: {x: [4]}
blocks:
  Twice:
    params: {n: required, m: $(n + 1)}
    layers:
      - {layer_type: Dense, units: $n}
      - {layer_type: Dense, name: last, units: $(m * units)}
  Nested:
    layers:
      - {layer_type: Twice, n: 1}
layers:
  - {layer_type: Nested}
  - {layer_type: Twice, name: named, n: $units, m: 2}
""")
    assert outline(graph) == [
        "0: Nested",
        "0.0: Twice",
        "0.0.0: Dense(@x)",
        "0.0.last: Dense(0.0.0)",
        "named: Twice",
        "named.0: Dense(0.0.last)",
        "named.last: Dense(named.0)",
    ]
    assert [node.type.shape for node in graph.nodes] == [(1,), (10,), (5,), (10,)]
    inner, named = graph.scopes[1], graph.scopes[2]
    assert (inner.arguments, inner.defaults) == ({"n": 1, "m": 2}, {})
    assert (named.arguments, named.named, inner.named) == ({"n": 5, "m": 2}, True, False)


def test_input_is_what_the_innermost_block_or_named_composite_reads() -> None:
    graph = lowered("""
inputs: {x: [4]}
blocks:
  Block:
    layers:
      - {layer_type: ReLU}
      - layer_type: Residual
        layers: [{layer_type: Tanh}, {layer_type: Add, inputs: ["1", input]}]
      - {name: inner, layer_type: Sequential, layers: [{layer_type: ReLU}, {layer_type: Add, inputs: ["0", input]}]}
layers:
  - {layer_type: Sigmoid}
  - {layer_type: Block, name: b}
  - {layer_type: Add, inputs: [b, input]}
""")
    assert outline(graph) == [
        "0: Sigmoid(@x)",
        "b: Block",
        "b.0: ReLU(0)",
        "b.1: Tanh(b.0)",
        "b.2: Add(b.1, 0)",
        "b.3: Add(b.2, b.0)",
        "b.inner: Sequential",
        "b.inner.0: ReLU(b.3)",
        "b.inner.1: Add(b.inner.0, b.3)",
        "2: Add(b.inner.1, @x)",
    ]


def test_an_empty_composite_is_the_identity() -> None:
    graph = of_layers("""
  - {name: nothing, layer_type: Sequential, layers: []}
  - {layer_type: ReLU}
  - {layer_type: Add, inputs: [nothing, "1"]}
""")
    assert outline(graph) == ["1: ReLU(@image)", "2: Add(@image, 1)"]


def test_a_branch_may_read_another_input() -> None:
    graph = lowered("""
inputs: {left: [4], right: [4]}
layers:
  - layer_type: Parallel
    branches:
      - [{layer_type: Dense, units: 2, inputs: left}]
      - [{layer_type: Dense, units: 2, inputs: right}]
""")
    assert outline(graph) == ["0: Dense(@left)", "1: Dense(@right)", "2: Concatenate(0, 1)"]
