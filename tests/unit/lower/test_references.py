"""References: what is seen from where, and the values that they mean."""

from __future__ import annotations

import pytest

from tests.unit.graphs import texts
from tests.unit.lower.networks import fault, faults, lowered, of_layers, outline

IMAGE = "inputs: {image: [8, 8, 4]}\nlayers:\n"


def test_the_own_scope_comes_first_and_then_the_enclosing_ones() -> None:
    graph = of_layers("""
  - {name: a, layer_type: ReLU}
  - {name: b, layer_type: Tanh}
  - name: s
    layer_type: Sequential
    layers:
      - {name: a, layer_type: Sigmoid}
      - {layer_type: Add, inputs: [a, b, image]}
  - {layer_type: Add, inputs: [a, s]}
""")
    assert outline(graph)[-2:] == ["s.1: Add(s.a, b, @image)", "3: Add(a, s.1)"]


def test_a_dotted_path_reaches_into_scopes() -> None:
    graph = of_layers("""
  - name: s
    layer_type: Sequential
    layers:
      - {name: r, layer_type: Residual, repeat: 2, layers: [{layer_type: ReLU}]}
  - {layer_type: Add, inputs: [s.r.0, s.r.1.0, s.r, s]}
""")
    assert outline(graph)[-1] == "1: Add(s.r.0.1, s.r.1.0, s.r.1.1, s.r.1.1)"


def test_inside_a_scope_its_own_path_means_what_it_has_so_far() -> None:
    graph = of_layers("""
  - {name: s, layer_type: Sequential, layers: [{name: a, layer_type: ReLU}, {layer_type: Add, inputs: [s.a, image]}]}
""")
    assert outline(graph)[-1] == "s.1: Add(s.a, @image)"


def test_a_block_sees_only_itself_and_the_networks_inputs() -> None:
    block = """
inputs: {image: [4]}
blocks:
  B:
    layers:
      - {name: inside, layer_type: Sequential, layers: [{layer_type: Add, inputs: [input, SEEN]}]}
layers:
  - {name: outer, layer_type: ReLU}
  - {name: b, layer_type: B}
"""
    assert outline(lowered(block.replace("SEEN", "image")))[-1] == "b.inside.0: Add(outer, @image)"
    (found,) = faults(block.replace("SEEN", "outer"))
    assert found.message == 'no layer or input is called "outer" here'
    assert found.notes == ("in block B, used as b at line 9",)


@pytest.mark.parametrize(
    ("layers", "message", "at", "hint"),
    [
        (
            "  - {name: conv, layer_type: ReLU}\n  - {layer_type: ReLU, inputs: cnov}",
            'no layer or input is called "cnov" here',
            "cnov",
            'did you mean "conv"?',
        ),
        (
            "  - {name: s, layer_type: Sequential, layers: [{name: conv, layer_type: ReLU}]}\n"
            "  - {layer_type: Add, inputs: [image, s.cnov]}",
            '"s" has no layer "cnov"',
            "cnov",
            'did you mean "conv"?',
        ),
        (
            "  - {name: conv, layer_type: ReLU}\n  - {layer_type: ReLU, inputs: conv.kernel}",
            '"conv" has no layer "kernel"',
            "kernel",
            None,
        ),
        (
            "  - {name: a, layer_type: ReLU, inputs: b}\n  - {name: b, layer_type: ReLU, inputs: image}",
            '"b" is listed later',
            "b",
            "a layer can only read what is listed before it",
        ),
        (
            "  - {name: a, layer_type: ReLU, inputs: b}\n  - {name: b, layer_type: ReLU}",
            "these layers read each other: a -> b -> a",
            "b",
            None,
        ),
        (
            "  - {name: a, layer_type: ReLU, inputs: a}",
            '"a" reads itself',
            "a",
            None,
        ),
        (
            "  - {name: a, layer_type: ReLU, inputs: s.c}\n"
            "  - {name: s, layer_type: Sequential, layers: [{name: c, layer_type: ReLU}, {layer_type: ReLU}]}",
            "these layers read each other: a -> s.c -> a",
            "s.c",
            None,
        ),
        (
            "  - {name: a, layer_type: ReLU, when: false}\n  - {layer_type: ReLU, inputs: a}",
            '"a" is left out here',
            "a",
            "its `when` is false or its `repeat` 0; give what reads it the same `when`",
        ),
        (
            "  - {layer_type: Sequential, when: $(channels > 3), inputs: nowhere, layers: []}",
            'no layer or input is called "nowhere" here',
            "nowhere",
            None,
        ),
    ],
)
def test_references_that_mean_nothing(layers: str, message: str, at: str, hint: str | None) -> None:
    assert fault(IMAGE + layers) == (message, at, hint)


def test_long_cycles_are_shortened() -> None:
    chain = "\n".join(f"  - {{name: l{index}, layer_type: ReLU}}" for index in range(1, 30))
    message, _, _ = fault(f"{IMAGE}  - {{name: l0, layer_type: ReLU, inputs: l29}}\n{chain}")
    assert message == "these layers read each other: l0 -> l29 -> l28 -> l27 -> ... -> l2 -> l1 -> l0"


@pytest.mark.parametrize(
    "faulty",
    [
        "{name: s, layer_type: Sequential, layer: []}",
        "{name: s, layer_type: Sequential, layers: [{layer_type: Unknown}]}",
        "{layer_type: Sequential, layers: [{layer_type: Unknown, name: s}]}",
        "{name: s, layer_type: Sequential, layers: [{layer_type: ReLU}], inputs: nowhere}",
        "{name: $nothing, layer_type: ReLU}",
        "{name: s, layer_type: ReLU, repeat: -1}",
    ],
)
def test_one_fault_does_not_make_another(faulty: str) -> None:
    layers = f"{IMAGE}  - {faulty}\n  - {{layer_type: Add, inputs: [s, image]}}\noutputs: s"
    assert len(faults(layers)) == 1


def test_copies_that_are_made_again_are_part_of_the_copy_around_them() -> None:
    copies = "  - {name: c, layer_type: ReLU, repeat: 2}\n"
    reused = "  - {name: r, layer_type: Reuse, layer: c, repeat: 3, inputs: \"$(['c', 'r.0', 'r.0'][i])\"}\n"
    graph = of_layers(f"{copies}{reused}  - {{layer_type: Add, inputs: [r.1, r.2]}}\n")
    assert texts(graph.by_path["r.1.0"].inputs) == texts(graph.by_path["r.2.0"].inputs) == ("r.0.1",)
