"""What the lowering refuses: each fault once, where it is, and all of them together."""

from __future__ import annotations

import pytest

from archspec.errors import SpecError
from archspec.lower import lower
from archspec.spec import parse_document
from tests.patience import soon
from tests.unit.lower.networks import fault, faults

IMAGE = "inputs: {image: [8, 8, 4]}\nlayers:\n"


@pytest.mark.parametrize(
    ("layers", "message", "at"),
    [
        (
            "  - {layer_type: Conv2D, filters: 4, kernel_size: 9}",
            "Conv2D: kernel (9, 9) is larger than its padded input (8, 8)",
            "Conv2D",
        ),
        (
            "  - {layer_type: Residual, layers: [{layer_type: Dense, units: 3}]}",
            "Residual: its layers give (8, 8, 3) and it reads (8, 8, 4), which cannot be added",
            "Residual",
        ),
        ("  - {layer_type: Add}", "Add takes at least 2 inputs, and this one reads 1", "Add"),
        (
            "  - {layer_type: ReLU, inputs: [image, image]}",
            "ReLU takes one input, and this one reads 2",
            "[image, image]",
        ),
        (
            "  - {layer_type: Subtract, inputs: [image, image, image]}",
            "Subtract takes at most 2 inputs, and this one reads 3",
            "[image, image, image]",
        ),
        (
            "  - {layer_type: Sequential, layers: [], inputs: [image, image]}",
            "Sequential takes one input, and this one reads 2",
            "[image, image]",
        ),
        ("  - {layer_type: Dense, units: $(8 / 2)}", "`units` must be a whole number, not 4.0", "$(8 / 2)"),
        ("  - {layer_type: ReLU, when: $(1)}", "`when` must be true or false, not 1", "$(1)"),
        ("  - {layer_type: ReLU, repeat: 2.5}", "`repeat` must be a whole number, not 2.5", "2.5"),
        ("  - {layer_type: ReLU, repeat: -1}", "`repeat` must be at least 0, not -1", "-1"),
        ("  - {layer_type: ReLU, for: 3}", "`for` must be a mapping of columns, not 3", "3"),
        ("  - {layer_type: ReLU, for: {a: 3}}", "the column `a` must be a list, not 3", "3"),
        (
            "  - {layer_type: ReLU, for: {a: [1], b: [1, 2]}}",
            "the columns of `for` differ in length: `a` 1, `b` 2",
            "[1, 2]",
        ),
        (
            "  - {layer_type: ReLU, for: {i: [1]}}",
            "`i` is the index of `repeat`, so no column can have this name",
            "i",
        ),
        ("  - {name: input, layer_type: ReLU}", "`input` is the word for what a block or a group reads", "input"),
        ("  - {name: image, layer_type: ReLU}", 'an input of the network is called "image" already', "image"),
        (
            "  - {name: a, layer_type: ReLU}\n  - {name: a, layer_type: Tanh}",
            'a layer of this scope is called "a" already',
            "a",
        ),
        ("  - {name: a$(1), repeat: 2, layer_type: ReLU, units: 1}", "ReLU has no attribute `units`", "units"),
        ("  - {name: $('x;y'), layer_type: ReLU}", '"x;y" is not a name', "$('x;y')"),
        ("  - {name: class, layer_type: ReLU}", '"class" is not a name', "class"),
        (
            "  - {layer_type: Parallel, branches: [[], []], merge: {layer_type: Add, when: true}}",
            "a merge has no `when`",
            "when",
        ),
        (
            "  - {layer_type: Parallel, branches: [[], []], merge: ReLU}",
            "ReLU takes one input, and this one reads 2",
            "ReLU",
        ),
    ],
)
def test_faults(layers: str, message: str, at: str) -> None:
    found, text, _ = fault(IMAGE + layers)
    assert (found[: len(message)], text) == (message, at)


def test_what_the_first_layer_reads_must_be_clear() -> None:
    text = "inputs: {a: [4], b: [4]}\nlayers: [{layer_type: ReLU}]"
    assert fault(text) == ("ReLU could read any of the network's inputs: a, b", "ReLU", "say which one with `inputs`")
    (found,) = faults("layers: [{layer_type: ReLU}]")
    assert found.message == "nothing says what the network reads"


def test_a_fault_of_many_copies_is_told_once() -> None:
    (found,) = faults("""
inputs: {image: [8, 8, 4]}
blocks:
  B: {params: {n: required}, layers: [{layer_type: Dense, units: $(n - 9)}]}
layers:
  - {layer_type: B, name: b, n: $i, repeat: 1}
  - {layer_type: B, n: 0, repeat: 40, inputs: image}
""")[:1]
    assert found.message == "`units` must be at least 1, not -9"
    assert found.notes == ("in block B, used as b.0 at line 6",)


def test_all_faults_come_at_once_in_the_order_of_the_text() -> None:
    found = faults("""
params: {unused: 1}
inputs: {image: [8, 8, 4]}
layers:
  - {layer_type: Conv2D, filters: 4, kernel_size: 9}
  - {layer_type: Cnov2D}
  - {layer_type: Dense, units: 0}
  - {layer_type: Dense, units: $(1 // 0), inputs: image}
  - {layer_type: Dense, units: 4, inputs: nowhere}
colour: red
""")
    assert [each.code for each in found] == [
        "wrong-shape",
        "unknown-layer",
        "wrong-value",
        "expression-failed",
        "unknown-reference",
        "unknown-key",
    ]


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ("  - {layer_type: Nothing}\n" * 10_000, 101),
        ("  - {layer_type: Dense, units: $nothing}\n" * 10_000, 101),
        ("  - {layer_type: Sequential, repeat: 1000, layers: [{layer_type: Dense, units: $nothing, repeat: 90}]}", 1),
    ],
)
def test_so_many_faults_are_looked_for_and_no_more(layers: str, told: int) -> None:
    with soon():
        assert len(faults(IMAGE + layers)) == told


def test_blocks_must_not_use_each_other() -> None:
    (found,) = faults("""
inputs: {x: [4]}
blocks:
  A: {layers: [{layer_type: B}]}
  B: {layers: [{layer_type: Sequential, name: s, layers: [{layer_type: A}]}]}
layers: [{layer_type: A}]
""")
    assert found.message == "blocks use each other: A -> B -> A"
    assert found.notes[0] == "in block B, used as 0.0 at line 4"


def test_blocks_must_not_use_each_other_behind_a_use_that_is_alike() -> None:
    (found,) = faults("""
inputs: {x: [4]}
blocks:
  A: {params: {full: true}, layers: [{layer_type: ReLU}, {name: b, layer_type: B, leaf: true, when: $full}]}
  B: {params: {leaf: required}, layers: [{layer_type: ReLU}, {name: a, layer_type: A, when: $(not leaf)}]}
layers:
  - {layer_type: ReLU}
  - {name: s, layer_type: Sequential, layers: [{name: a, layer_type: A}]}
  - {name: b, layer_type: B, leaf: false}
""")
    assert found.message == "blocks use each other: B -> A -> B"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            "  - {layer_type: ReLU, repeat: 1000000000}",
            "`repeat` is 1000000000, and a network has at most 100,000 layers",
        ),
        (
            "  - {layer_type: Flatten}\n  - {layer_type: Reshape, target_shape: [16, 16]}\n"
            "  - {layer_type: Dense, units: $(2 ** 30), repeat: 2}",
            "the kernel of layer 3 has 1.2e+18 parameters, more than 2**40",
        ),
        (
            "  - {layer_type: ZeroPadding2D, padding: 1000000}",
            "the output of layer 0 has the shape (2000008, 2000008, 4): 16,000,128,000,256 elements, more than 2**40",
        ),
        (
            "  - {layer_type: Flatten}\n  - {layer_type: Dense, units: 2000000000, repeat: 3}",
            "the kernel of layer 2 has",
        ),
        (
            "  - {layer_type: Sequential, repeat: 100000, layers: [{layer_type: ReLU, repeat: 100000}]}",
            "100,000 layers",
        ),
        (
            "  - {layer_type: ReLU, name: a}\n"
            f'  - {{layer_type: Add, repeat: 90000, inputs: [$("a" if i >= 0 else "b"), {", ".join(["a"] * 499)}]}}',
            "with this the network's layers read more than 300,000 values",
        ),
    ],
)
def test_what_is_too_large_is_refused_at_once(layers: str, message: str) -> None:
    with soon():
        found = faults(IMAGE + layers)
    assert message in found[0].message
    assert found[0].code == "too-large"


def test_growth_rates_that_double_are_refused_with_the_layer_and_the_size() -> None:
    text = """
inputs: {image: [224, 224, 3]}
layers:
  - layer_type: DenselyConnected
    layers: [{name: conv$i, layer_type: Conv2D, filters: $(2 ** (i + 5)), kernel_size: 3, padding: same, repeat: 58}]
"""
    messages = [found.message for found in faults(text)]
    assert messages[0].startswith("the kernel of layer conv14 has")


def test_nesting_is_bounded_wherever_it_comes_from() -> None:
    inside = "{layer_type: ReLU}"
    for _ in range(20):
        inside = f"{{layer_type: Sequential, name: s, repeat: 1, layers: [{inside}]}}"
    assert not faults(f"{IMAGE}  - {inside}")
    layers: object = []
    for _ in range(10_000):
        layers = [{"layer_type": "Sequential", "name": "s", "layers": layers}]
    document, found = parse_document({"inputs": {"x": [4]}, "layers": layers})
    assert [each.code for each in found] == ["too-deep"]
    with pytest.raises(SpecError):
        lower(document)
    blocks = "".join(f"  B{n}: {{layers: [{{layer_type: B{n + 1}}}]}}\n" for n in range(300))
    text = (
        f"inputs: {{x: [4]}}\nblocks:\n{blocks}  B300: {{layers: [{{layer_type: ReLU}}]}}\nlayers: [{{layer_type: B0}}]"
    )
    assert faults(text)[0].message == "layers nest more than 64 deep here"


def test_the_deepest_nesting_is_fine() -> None:
    blocks = "".join(f"  B{n}: {{layers: [{{layer_type: B{n + 1}, name: b, repeat: 1}}]}}\n" for n in range(31))
    assert not faults(
        f"inputs: {{x: [4]}}\nblocks:\n{blocks}  B31: {{layers: [{{layer_type: ReLU}}]}}\nlayers: [{{layer_type: B0}}]"
    )
