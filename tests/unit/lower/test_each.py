"""`each`: one layer, applied to several values with the same weights."""

from __future__ import annotations

import pytest

from archspec.analyses import has_gaps
from archspec.lower import Chosen, lower
from archspec.spec.place import MadePlace
from tests.unit.lower.networks import IMAGE, document, fault, faults, lowered, of_layers, outline

CONV = "layer_type: Conv2D, filters: 4, kernel_size: 1"

TWO = """
  - {name: a, layer_type: ReLU}
  - {name: b, layer_type: MaxPooling2D}
"""

HEAD = f"""
blocks:
  Head:
    params: {{filters: 3}}
    layers:
      - {{name: conv, {CONV}, repeat: 2}}
      - {{name: out, layer_type: Conv2D, filters: $filters, kernel_size: 1, activation: relu}}
layers:{TWO}"""


def test_the_first_use_has_the_layers_path_and_the_others_share_its_weights() -> None:
    graph = lowered(f"{IMAGE}{HEAD}  - {{name: head, layer_type: Head, each: [a, b]}}\noutputs: [head]")
    assert outline(graph)[2:] == [
        "head: Head",
        "head.conv: repeat",
        "head.conv.0: Conv2D(a)",
        "head.conv.1: Conv2D(head.conv.0)",
        "head.out: Conv2D(head.conv.1)",
        "head.2: ReLU(head.out)",
        "head_b: Head = head",
        "head_b.conv: repeat = head.conv",
        "head_b.conv.0: Conv2D(b) = head.conv.0",
        "head_b.conv.1: Conv2D(head_b.conv.0) = head.conv.1",
        "head_b.out: Conv2D(head_b.conv.1) = head.out",
        "head_b.2: ReLU(head_b.out) = head.2",
    ]
    assert {name: str(value) for name, value in graph.outputs.items()} == {"head_a": "head.2", "head_b": "head_b.2"}
    assert [node.path for node, weight in graph.owned_weights() if weight.slot == "kernel"] == [
        "head.conv.0",
        "head.conv.1",
        "head.out",
    ]


@pytest.mark.parametrize("each", ["[a]", "[a, b]", "[a, input, b]"])
def test_further_uses_have_no_positions_so_that_their_number_changes_no_name(each: str) -> None:
    graph = lowered(
        f"{IMAGE}layers:{TWO}  - {{name: c, {CONV}, activation: tanh, each: {each}}}\n"
        f"  - {{{CONV}, inputs: b}}\noutputs: [c, '4']"
    )
    further = ["3_b: Tanh(c_b)"] * ("b" in each) + ["3_input: Tanh(c_input)"] * ("input" in each)
    positions = [line for line in outline(graph) if line[0].isdigit()]
    assert sorted(positions) == sorted(["3: Tanh(c)", *further, "4: Conv2D(b)"])
    assert not has_gaps(graph)


def test_names_of_its_own_for_values_and_for_what_reads_several() -> None:
    graph = of_layers("""
  - {name: a, layer_type: ReLU}
  - {name: b, layer_type: Tanh}
  - {name: sum, layer_type: Add, each: {forth: [a, b], back: [b, a]}}
  - {layer_type: Subtract, inputs: [sum_forth, sum_back]}
""")
    assert outline(graph)[2:] == ["sum: Add(a, b)", "sum_back: Add(b, a) = sum", "3: Subtract(sum, sum_back)"]


def test_each_of_a_layer_with_each_goes_on_with_its_words() -> None:
    graph = of_layers(f"""{TWO}
  - {{name: c, {CONV}, each: [a, b]}}
  - {{name: d, layer_type: GlobalAveragePooling2D, each: c}}
  - {{layer_type: Concatenate, inputs: d}}
""")
    assert outline(graph)[2:] == [
        "c: Conv2D(a)",
        "c_b: Conv2D(b) = c",
        "d: GlobalAveragePooling2D(c)",
        "d_b: GlobalAveragePooling2D(c_b) = d",
        "4: Concatenate(d, d_b)",
    ]


def test_values_inside_a_use_have_paths() -> None:
    outputs = "[head.conv.0, head_b.conv.0, head]"
    graph = lowered(f"{IMAGE}{HEAD}  - {{name: head, layer_type: Head, each: [a, b]}}\noutputs: {outputs}")
    assert list(map(str, graph.outputs.values())) == ["head.conv.0", "head_b.conv.0", "head.2", "head_b.2"]


def test_expressions_list_the_values() -> None:
    text = (
        "params: {levels: [a, b], kind: c}\n" + IMAGE + f"layers:{TWO}"
        f"  - {{name: $kind, {CONV}, each: $levels}}\n"
        f"  - {{name: d$n, for: {{n: [1, 2]}}, {CONV}, each: [c_a, '$(kind)_b']}}\n"
        "outputs: [d1, d2]"
    )
    assert list(lowered(text).outputs) == ["d1_c_a", "d1_c_b", "d2_c_a", "d2_c_b"]


def test_a_group_with_each_is_used_again() -> None:
    graph = of_layers(f"""
  - name: g
    layer_type: Sequential
    layers:
      - {{name: a, {CONV}}}
      - {{name: c, {CONV}, each: [a, input]}}
      - {{layer_type: Add, inputs: c}}
  - {{name: h, layer_type: Reuse, layer: g}}
""")
    assert outline(graph)[-5:] == [
        "h: Sequential = g",
        "h.a: Conv2D(g.2) = g.a",
        "h.c: Conv2D(h.a) = g.c",
        "h.c_input: Conv2D(g.2) = g.c",
        "h.2: Add(h.c, h.c_input) = g.2",
    ]


def test_equal_uses_of_a_block_with_each_are_copied() -> None:
    layers = f"[{{name: c, {CONV}, each: {{x: input, y: input}}}}, {{layer_type: Add, inputs: c}}]"
    blocks = f"blocks: {{B: {{layers: {layers}}}}}\n"
    uses = "layers:\n  - {layer_type: ReLU}\n  - {name: b, layer_type: B, repeat: 3}\n"
    assert outline(lowered(IMAGE + blocks + uses))[-4:] == [
        "b.2: B",
        "b.2.c: Conv2D(b.1.1)",
        "b.2.c_y: Conv2D(b.1.1) = b.2.c",
        "b.2.1: Add(b.2.c, b.2.c_y)",
    ]


def test_the_first_use_that_an_output_depends_on_owns_the_weights() -> None:
    text = f"{IMAGE}{HEAD}  - {{name: head, layer_type: Head, each: [a, b]}}\noutputs: [{{}}]"
    own, chosen = (
        lower(document(text.replace("{}", outputs)), outputs=chosen).graph
        for outputs, chosen in (("head_b", None), ("head", Chosen(["head_b"], MadePlace(None, ()))))
    )
    assert outline(own) == outline(chosen)
    assert outline(own)[2:5] == ["head: Head", "head.conv: repeat", "head.conv.0: Conv2D(b)"]


def test_outputs_that_need_parts_of_several_uses_are_refused() -> None:
    text = (
        f"{IMAGE}layers:{TWO}  - name: s\n    layer_type: Sequential\n    each: [a, b]\n"
        f"    layers: [{{name: c, {CONV}}}, {{name: d, {CONV}, inputs: input}}, {{layer_type: Add, inputs: [c, d]}}]\n"
        "outputs: [s.c, s_b.d]"
    )
    (message, *_) = fault(text)
    assert message == "no output depends on layer s.d, but layer s_b.d is s.d again"


LAST = "\n  - {layer_type: GlobalAveragePooling2D, inputs: c_a}"


@pytest.mark.parametrize(
    ("layers", "message", "at"),
    [
        (
            f"{TWO}  - {{name: c, {CONV}, each: [a, b]}}\n  - {{{CONV}}}",
            "the layer before is applied to each of 2 values, so it has several",
            "Conv2D",
        ),
        (
            f"{TWO}  - {{name: c, {CONV}, each: [a, b]}}\n  - {{{CONV}, inputs: c}}",
            "Conv2D takes one input, and this one reads 2",
            "c",
        ),
        (f"{TWO}  - {{name: c, {CONV}, each: [a, c]}}{LAST}", "these layers read each other: c_c -> c -> c_c", "c"),
        (
            f"{TWO}  - {{name: c, {CONV}, each: [a, nosuch]}}{LAST}",
            'no layer or input is called "nosuch" here',
            "nosuch",
        ),
        (
            f"{TWO}  - {{name: c_b, layer_type: ReLU}}\n  - {{name: c, {CONV}, each: [a, b]}}{LAST}",
            'a layer of this scope is called "c_b" already',
            "c",
        ),
        (
            f"{TWO}  - {{name: c, {CONV}, for: {{n: [1, 2]}}, each: [a, b]}}{LAST}",
            "copies with `each` need different names, by which their values are read",
            "c",
        ),
        (
            "  - {name: a, layer_type: ReLU}\n  - {name: b, layer_type: Conv2D, filters: 3, kernel_size: 1}\n"
            f"  - {{name: c, {CONV}, each: [a, b]}}{LAST}",
            "the kernel of layer c has the shape (1, 1, 4, 4), and here it would be (1, 1, 3, 4)",
            "Conv2D",
        ),
        (
            "  - {name: a, layer_type: ReLU}\n  - {name: b, layer_type: Conv2D, filters: 6, kernel_size: 1}\n"
            "  - {name: c, layer_type: MaxPooling2D, pool_size: $(channels // 2), strides: 1, each: [a, b]}" + LAST,
            "`pool_size` of layer c is [2, 2], and here it would be [3, 3]",
            "MaxPooling2D",
        ),
    ],
)
def test_wrong_uses(layers: str, message: str, at: str) -> None:
    assert fault(f"{IMAGE}layers:\n{layers}")[:2] == (message, at)


def test_a_network_that_ends_with_several_values_names_its_outputs() -> None:
    message, _, hint = fault(f"{IMAGE}layers:{TWO}  - {{name: c, {CONV}, each: [a, b]}}")
    assert message == "the last layer, c, is applied to each of 2 values, so it has several"
    assert hint == "write `outputs: [c]` for all of them"


def test_many_values_inside_many_values_are_bounded() -> None:
    words = ", ".join(f"v{n}: input" for n in range(400))
    text = (
        IMAGE
        + "layers:\n"
        + (
            f"  - name: a\n    layer_type: Sequential\n    each: {{{words}}}\n    layers:\n"
            f"      - name: b\n        layer_type: Sequential\n        each: {{{words}}}\n        layers:\n"
            f"          - {{name: c, layer_type: ReLU, each: {{{words}}}}}\n"
        )
    )
    assert [fault.code for fault in faults(text)] == ["too-large"]


@pytest.mark.parametrize(
    "kind", ["layer_type: Reuse, layer: wrong", "layer_type: Reuse, layer: wrong.part", "layer_type: Nosuch"]
)
@pytest.mark.parametrize("reader", ["layer_type: Concatenate", "layer_type: Pair"])
def test_only_the_fault_itself_is_told_of_a_layer_with_each(kind: str, reader: str) -> None:
    """Neither are its values counted, nor is a layer that is at fault used again."""
    wrong = "{layer_type: Conv2D, filters: $(1 - 1), kernel_size: 1}"
    found = faults(
        f"{IMAGE}blocks: {{Pair: {{inputs: [left, right], layers: [{{layer_type: Add, inputs: [left, right]}}]}}}}\n"
        f"layers:{TWO}  - {{name: wrong, layers: [{{name: part, {wrong[1:]}]}}\n"
        f"  - {{name: head, {kind}, each: [a, b]}}\n  - {{{reader}, inputs: head}}"
    )
    assert [each.code for each in found] == ["wrong-value"] + ["unknown-layer"] * ("Nosuch" in kind)


def test_a_path_in_the_first_use_does_not_change_its_meaning_with_the_outputs() -> None:
    """`head.conv` is on `a`, so `head_b`, of which more is needed, cannot take its path."""
    text = f"{IMAGE}{HEAD}  - {{name: head, layer_type: Head, each: [a, b]}}\noutputs: OUTPUTS"
    found = faults(text.replace("OUTPUTS", "[head.conv, head_b]"))
    assert [each.message for each in found if each.severity == "error"] == [
        "no output depends on layer head.out, but layer head_b.out is head.out again"
    ]
    graph = lowered(text.replace("OUTPUTS", "[head.conv, head]"))
    assert str(graph.by_path["head.conv.0"].inputs[0]) == "a"
    text = text.replace(
        "layers:\n      - {name: conv", "layers:\n      - {name: act, layer_type: Tanh}\n      - {name: conv"
    )
    assert any(each.severity == "error" for each in faults(text.replace("OUTPUTS", "[head.act, head_b]")))


@pytest.mark.parametrize("each", ["null", "[]", "0"])
def test_a_wrong_value_of_each_beside_inputs(each: str) -> None:
    found = faults(f"{IMAGE}layers:{TWO}  - {{name: head, {CONV}, each: {each}, inputs: a}}")
    assert "`each` names no value" in {one.message for one in found}
