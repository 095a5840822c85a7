"""`Reuse`: an earlier layer again, with its weights."""

from __future__ import annotations

import pytest

from tests.unit.lower.networks import fault, of_layers, outline

IMAGE = "inputs: {image: [8, 8, 4]}\nlayers:\n"
CONV = "layer_type: Conv2D, filters: 4, kernel_size: 1"


def test_a_layer_is_used_again_with_its_activation() -> None:
    graph = of_layers(f"""
  - {{name: conv, {CONV}, activation: relu}}
  - {{layer_type: Reuse, layer: conv}}
  - {{layer_type: Reuse, layer: conv, name: again, inputs: image}}
  - {{layer_type: Add, inputs: ["2", again]}}
""")
    assert outline(graph) == [
        "conv: Conv2D(@image)",
        "1: ReLU(conv)",
        "2: Conv2D(1) = conv",
        "3: ReLU(2)",
        "again: Conv2D(@image) = conv",
        "5: ReLU(again)",
        "6: Add(3, 5)",
    ]
    assert [node.path for node, weight in graph.owned_weights() if weight.slot == "kernel"] == ["conv"]


def test_a_scope_is_used_again_with_what_it_sees() -> None:
    graph = of_layers(f"""
  - {{name: stem, layer_type: ReLU}}
  - name: s
    layer_type: Sequential
    layers: [{{name: conv, {CONV}}}, {{layer_type: Add, inputs: [conv, stem]}}, {{layer_type: Reuse, layer: conv}}]
  - {{layer_type: Reuse, layer: s}}
  - {{layer_type: Reuse, layer: s.conv}}
  - {{layer_type: Reuse, layer: "2", name: third}}
""")
    assert outline(graph) == [
        "stem: ReLU(@image)",
        "s: Sequential",
        "s.conv: Conv2D(stem)",
        "s.1: Add(s.conv, stem)",
        "s.2: Conv2D(s.1) = s.conv",
        "2: Sequential = s",
        "2.conv: Conv2D(s.2) = s.conv",
        "2.1: Add(2.conv, stem) = s.1",
        "2.2: Conv2D(2.1) = s.conv",
        "3: Conv2D(2.2) = s.conv",
        "third: Sequential = s",
        "third.conv: Conv2D(3) = s.conv",
        "third.1: Add(third.conv, stem) = s.1",
        "third.2: Conv2D(third.1) = s.conv",
    ]


def test_the_own_scope_may_be_named_in_the_path() -> None:
    graph = of_layers(f"""
  - name: s
    layer_type: Sequential
    layers: [{{name: conv, {CONV}}}, {{layer_type: Reuse, layer: s.conv}}]
""")
    assert outline(graph)[-1] == "s.1: Conv2D(s.conv) = s.conv"


def test_copies_are_used_again_as_a_whole() -> None:
    graph = of_layers(f"""
  - {{name: c, repeat: 2, {CONV}}}
  - {{layer_type: Reuse, layer: c, name: d, inputs: image}}
  - {{layer_type: Reuse, layer: c.1, inputs: c}}
  - {{layer_type: Add, inputs: [c, d, "2"]}}
""")
    assert outline(graph)[3:] == [
        "d: repeat = c",
        "d.0: Conv2D(@image) = c.0",
        "d.1: Conv2D(d.0) = c.1",
        "2: Conv2D(c.1) = c.1",
        "3: Add(c.1, d.1, 2)",
    ]


def test_a_merge_is_used_again_on_other_inputs() -> None:
    graph = of_layers("""
  - {layer_type: ReLU, name: a}
  - {layer_type: Add, name: sum, inputs: [a, image]}
  - {layer_type: Reuse, layer: sum, inputs: [sum, image]}
""")
    assert outline(graph)[-1] == "2: Add(sum, @image) = sum"


@pytest.mark.parametrize(
    ("layers", "message", "at"),
    [
        (
            f"  - {{name: conv, {CONV}}}\n  - {{layer_type: Dense, units: 3}}\n  - {{layer_type: Reuse, layer: conv}}",
            "the kernel of layer conv has the shape (1, 1, 4, 4), and here it would be (1, 1, 3, 4)",
            "Reuse",
        ),
        (
            f"  - {{name: conv, {CONV}}}\n"
            "  - {name: s, layer_type: Sequential, layers: [{layer_type: Reuse, layer: conv}]}",
            '"conv" is a layer of an enclosing scope',
            "conv",
        ),
        ("  - {layer_type: Reuse, layer: cnov}", 'no earlier layer of this scope is called "cnov"', "cnov"),
        (
            f"  - {{layer_type: Reuse, layer: conv}}\n  - {{name: conv, {CONV}}}",
            'no earlier layer of this scope is called "conv"',
            "conv",
        ),
        (
            f"  - {{name: conv, {CONV}}}\n  - {{layer_type: Reuse, layer: conv, inputs: image}}",
            "no output depends on layer conv, but layer 1 is conv again",
            "Conv2D",
        ),
        (
            f"  - {{name: s, layer_type: Sequential, layers: [{{when: $(channels > 3), {CONV}}}]}}\n"
            "  - {layer_type: Dense, units: 3}\n"
            "  - {name: t, layer_type: Reuse, layer: s}",
            "s.0 is a Conv2D, and in t it would be not there",
            "s",
        ),
        (
            "  - name: s\n    layer_type: Sequential\n"
            f"    layers: [{{when: $(channels > 3), {CONV}}}, {{layer_type: Tanh}}]\n"
            "  - {layer_type: Dense, units: 3}\n"
            "  - {name: t, layer_type: Reuse, layer: s}",
            "layer s.0 is a Conv2D, and here it would be a Tanh",
            "Tanh",
        ),
        ("  - {layer_type: Reuse, layer: 3}", "`layer` must be the path of a layer, not 3", "3"),
        ("  - {layer_type: Reuse}", "Reuse needs `layer`", "Reuse"),
    ],
)
def test_what_cannot_be_used_again(layers: str, message: str, at: str) -> None:
    assert fault(IMAGE + layers)[:2] == (message, at)
