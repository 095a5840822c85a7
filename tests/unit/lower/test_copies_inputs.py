"""What the copies of a layer read that has `inputs`."""

from __future__ import annotations

import pytest

from archspec.lower import lower
from tests.unit.graphs import texts
from tests.unit.lower.networks import document, fault, faults, lowered, outline

INPUTS = "inputs: {x0: [8], x1: [8]}\nlayers:\n"


def wiring(copies: str, *joined: str) -> str:
    """What each copy of a Dense layer reads; `joined` are the copies that are read afterwards, beside the last one."""
    graph = lowered(f"""{INPUTS}
  - {{{copies}, layer_type: Dense, units: 8}}
  - {{name: last, layer_type: ReLU}}
  - {{name: all, layer_type: Add, inputs: [{", ".join([*joined, "last", "x0", "x1"])}]}}
""")
    return " ".join(line.replace(": Dense", "") for line in outline(graph) if ": Dense" in line)


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        ("name: l, repeat: 3, inputs: x0", "l.0(@x0) l.1(l.0) l.2(l.1)"),
        ("name: l, repeat: 3, inputs: [x0]", "l.0(@x0) l.1(l.0) l.2(l.1)"),
        ("name: l$i, repeat: 2, inputs: x0", "l0(@x0) l1(l0)"),
        ("repeat: 2, inputs: x0", "0(@x0) 1(0)"),
        ("name: l, repeat: 3, inputs: x0, when: $(i > 0)", "l.0(@x0) l.1(l.0)"),
        ("name: l, repeat: 2, inputs: x0, activation: tanh", "l.0(@x0) l.1(l.0_activation)"),
        ("name: l, for: {a: [5, 6]}, inputs: x0", "l.0(@x0) l.1(l.0)"),
        ("name: l$a, for: {a: [5, 6, 7]}, inputs: x0, when: $(a > 5)", "l6(@x0) l7(l6)"),
        ("name: l$a, for: {a: [5, 6]}, repeat: 2, inputs: x0", "l5.0(@x0) l5.1(l5.0) l6.0(l5.1) l6.1(l6.0)"),
        ("name: l, for: {a: [5, 6]}, repeat: 2, inputs: x0", "l.0(@x0) l.1(l.0) l.2(l.1) l.3(l.2)"),
        ("name: l, repeat: 1, inputs: x$i", "l.0(@x0)"),
        ("name: l, for: {a: [0]}, inputs: x$a", "l.0(@x0)"),
        ("name: l, for: {a: [0]}, repeat: 3, inputs: x$a", "l.0(@x0) l.1(l.0) l.2(l.1)"),
    ],
)
def test_further_copies_read_the_one_before_them(copies: str, expected: str) -> None:
    assert wiring(copies) == expected


@pytest.mark.parametrize(
    ("copies", "joined", "expected"),
    [
        ("name: l, repeat: 2, inputs: x$i", "l.0", "l.0(@x0) l.1(@x1)"),
        ("name: l$i, repeat: 2, inputs: x$i, activation: relu", "l0", "l0(@x0) l1(@x1)"),
        ("repeat: 2, inputs: x$i", '"0"', "0(@x0) 1(@x1)"),
        ("name: l$a, for: {a: [0, 1]}, inputs: x$a", "l0", "l0(@x0) l1(@x1)"),
        ("name: l, for: {a: $(range(2))}, inputs: x$a", "l.0", "l.0(@x0) l.1(@x1)"),
        ("name: l, for: {a: [4, 5]}, repeat: 2, inputs: x$i", "l.0, l.1, l.2", "l.0(@x0) l.1(@x1) l.2(@x0) l.3(@x1)"),
        ("name: l, for: {a: [0, 1]}, repeat: 2, inputs: x$a", "l.1", "l.0(@x0) l.1(l.0) l.2(@x1) l.3(l.2)"),
        ("name: l$a, for: {a: [0, 1]}, repeat: 2, inputs: x$a", "l0", "l0.0(@x0) l0.1(l0.0) l1.0(@x1) l1.1(l1.0)"),
    ],
)
def test_copies_whose_inputs_tell_them_apart_read_their_own(copies: str, joined: str, expected: str) -> None:
    assert wiring(copies, joined) == expected


def test_an_index_of_a_loop_around_tells_no_copies_apart() -> None:
    graph = lowered(f"""{INPUTS}
  - name: side
    layer_type: Sequential
    repeat: 2
    layers:
      - {{name: l, layer_type: Dense, units: 8, for: {{a: [1, 2]}}, inputs: x$i}}
  - {{layer_type: Add, inputs: [side.0, side.1]}}
""")
    assert [line for line in outline(graph) if "Dense" in line] == [
        "side.0.l.0: Dense(@x0)",
        "side.0.l.1: Dense(side.0.l.0)",
        "side.1.l.0: Dense(@x1)",
        "side.1.l.1: Dense(side.1.l.0)",
    ]


def test_a_chain_of_blocks_has_all_their_weights() -> None:
    graph = lowered("""
inputs: {left: [8, 8, 8], right: [8, 8, 8]}
blocks:
  B: {layers: [{name: down, layer_type: Conv2D, filters: 3, kernel_size: 1},
               {name: up, layer_type: Conv2D, filters: 8, kernel_size: 1}]}
layers:
  - {name: l, layer_type: B, repeat: 3, inputs: left}
  - {layer_type: Add, inputs: [l, right]}
""")
    assert len(list(graph.owned_weights())) == 3 * 4
    assert texts(graph.by_path["l.1.down"].inputs) == ("l.0.up",)


def test_in_a_densely_connected_composite_further_copies_read_all_before_them() -> None:
    graph = lowered("""
inputs: {x: [8]}
layers:
  - layer_type: DenselyConnected
    layers:
      - {name: a, layer_type: ReLU}
      - {name: l, layer_type: Dense, units: 2, repeat: 2, inputs: a}
""")
    assert outline(graph) == [
        "a: ReLU(@x)",
        "1: Concatenate(@x, a)",
        "l: repeat",
        "l.0: Dense(a)",
        "l.0_concatenation: Concatenate(1, l.0)",
        "l.1: Dense(l.0_concatenation)",
        "l.1_concatenation: Concatenate(l.0_concatenation, l.1)",
    ]


def test_channels_are_those_of_what_each_copy_reads() -> None:
    graph = lowered("""
inputs: {x0: [4], x1: [6]}
layers:
  - {name: l$side, layer_type: Dense, for: {side: [0, 1]}, inputs: x$side, units: $channels, repeat: $(channels - 3)}
  - {name: m, layer_type: Dense, repeat: 2, inputs: x$i, units: $channels, when: $(channels > 4)}
  - {layer_type: Concatenate, inputs: [l0, l1, m]}
""")
    assert [(node.path, node.type.shape) for node in graph.nodes] == [
        ("l0.0", (4,)),
        ("l1.0", (6,)),
        ("l1.1", (6,)),
        ("l1.2", (6,)),
        ("m.0", (6,)),
        ("3", (16,)),
    ]


ROWS = "layer_type: Dense, units: $f, for: {f: [8, 16, 16]}"
COPIES = "layer_type: Dense, units: 5, repeat: 2"


@pytest.mark.parametrize(
    ("layer", "key"),
    [
        (f"name: a, {ROWS}, when: $(channels != f)", "when"),
        (f"name: a, {ROWS}, inputs: x0, when: $(channels != f)", "when"),
        (f"name: a, {ROWS}, repeat: $(channels // 4)", "repeat"),
        (f"name: a$f$channels, {ROWS}", "name"),
        (f"name: a, {COPIES}, when: $(channels + i > 3)", "when"),
        (f"name: a$(channels + i), {COPIES}", "name"),
    ],
)
def test_channels_of_a_copy_that_is_not_made_yet_are_not_known(layer: str, key: str) -> None:
    message, _, _ = fault(f"inputs: {{x0: [4]}}\nlayers:\n  - {{{layer}}}\n")
    assert message.startswith(f"`{key}` reads `channels`, and this copy reads the one before it")


@pytest.mark.parametrize(
    ("layer", "paths"),
    [
        (f"name: a, {COPIES}, when: $(channels == 4)", "a.0 a.1"),
        (f"name: a, {COPIES}, when: $(channels == 5)", ""),
        (f"name: a$channels, {COPIES}", "a4.0 a4.1"),
        ("name: a, layer_type: Dense, units: 5, repeat: $(channels - 2)", "a.0 a.1"),
        (f"name: a, {COPIES}, when: $(i == 1 and channels == 4)", "a.0"),
        ("name: a$f, layer_type: Dense, units: $f, for: {f: [8, 9], channels: [8, 8]}, when: $(channels != f)", "a9"),
    ],
)
def test_channels_decide_where_they_are_known(layer: str, paths: str) -> None:
    graph = lowered(f"inputs: {{x0: [4]}}\nlayers:\n  - {{{layer}}}\n  - {{name: end, layer_type: ReLU}}\n")
    assert [node.path for node in graph.nodes] == [*paths.split(), "end"]


CELL = "blocks: {Cell: {inputs: [state, value], layers: [{layer_type: Add, inputs: [state, value]}]}}\n" + INPUTS


@pytest.mark.parametrize("kind", ["Add", "Cell"])
def test_a_copy_cannot_read_another_in_the_place_of_several_values(kind: str) -> None:
    message, at, hint = fault(f"{CELL}  - {{name: c, layer_type: {kind}, repeat: 2, inputs: [x0, x1]}}")
    assert message == "`inputs` lists 2 values, and each copy but the first would read the copy before it"
    assert at == "[x0, x1]"
    assert hint
    assert "what each copy reads" in hint
    once = f"{CELL}  - {{name: c, layer_type: {kind}, repeat: $n, inputs: [x0, x1]}}"
    assert outline(lowered("params: {n: 1}\n" + once))[-1].endswith("Add(@x0, @x1)")


def test_a_recurrence_says_what_each_copy_reads() -> None:
    graph = lowered(f"""{CELL}
  - {{name: c0, layer_type: ReLU, inputs: x0}}
  - {{name: c$(i + 1), layer_type: Cell, repeat: 3, inputs: [c$i, x1]}}
""")
    assert [line for line in outline(graph) if "Add" in line] == [
        "c1.0: Add(c0, @x1)",
        "c2.0: Add(c1.0, @x1)",
        "c3.0: Add(c2.0, @x1)",
    ]


LOST = [
    ("{name: l, layer_type: Dense, units: 8, repeat: 3, inputs: x$(i % 2)}", "l.0", "x$(i % 2)"),
    ("{name: l$a, layer_type: Dense, units: 8, for: {a: [0, 1]}, inputs: x$a}", "l0", "x$a"),
    ("{layer_type: Dense, units: 8, repeat: 2, inputs: x$i, activation: relu}", "0", "x$i"),
    ("{name: l, layer_type: Dense, units: 8, for: {a: [0, 1]}, repeat: 2, inputs: x$a}", "l.1", "x$a"),
    ("{layer_type: Sequential, repeat: 2, inputs: x$i, layers: [{name: n$i, layer_type: ReLU}]}", "n0", "x$i"),
    ("{name: l, layer_type: B, repeat: 2, inputs: x$i}", "l.0", "x$i"),
]
BLOCK = "blocks: {B: {layers: [{name: fc, layer_type: Dense, units: 8}, {layer_type: ReLU}]}}\n" + INPUTS


@pytest.mark.parametrize(("copies", "path", "at"), LOST)
def test_a_copy_that_nothing_reads_is_refused(copies: str, path: str, at: str) -> None:
    message, place, hint = fault(f"{BLOCK}  - {copies}")
    assert (
        message
        == f"nothing reads layer {path}: each copy reads its own `inputs`, and only the last one's value goes on"
    )
    assert place == at
    assert hint
    assert hint.startswith("name each copy in the `inputs` of a layer that joins them")


def test_a_lost_copy_is_found_in_a_later_use_of_a_block() -> None:
    text = """
blocks: {B: {layers: [{name: l, layer_type: ReLU, repeat: 2, inputs: '$("input" if i < 2 else "l")'}]}}
inputs: {x: [4]}
layers:
  - {name: stem, layer_type: ReLU}
  - {name: b, layer_type: B, repeat: 3}
  - {layer_type: Add, inputs: [b, b.0.l.0, b.1.l.0]}
"""
    (found,) = faults(text)
    assert found.message.startswith("nothing reads layer b.2.l.0:")
    assert found.notes == ("in block B, used as b.2 at line 6",)


@pytest.mark.parametrize(
    "outputs",
    ["[l.0, l.1]", "[l.0.fc, l.1]", "[l.0.fc, l.1.fc]", "{a: l.0.fc, b: l.1.fc}"],
)
def test_a_copy_of_which_an_output_needs_anything_is_not_lost(outputs: str) -> None:
    spec = document(f"{BLOCK}  - {{name: l, layer_type: B, repeat: 2, inputs: x$i}}\noutputs: {outputs}")
    graph, *_ = lower(spec)
    assert {"l.0.fc", "l.1.fc"} <= graph.by_path.keys()


def test_the_tail_of_a_network_may_be_cut_off() -> None:
    graph, warnings, _ = lower(
        document(f"""{INPUTS}
  - {{name: l0, layer_type: ReLU, inputs: x0}}
  - {{name: l$(i + 1), layer_type: Add, repeat: 4, inputs: [l$i, x1]}}
outputs: l2
""")
    )
    assert list(graph.by_path) == ["l0", "l1", "l2"]
    assert [warning.code for warning in warnings] == ["unreachable-layer"]
