"""Documents: what is read from them before anything is lowered, and what is wrong with them as they stand."""

from __future__ import annotations

import pytest

from archspec.errors import Source, Span
from archspec.layers.conv import Conv2D
from archspec.source import read_document
from archspec.spec import Document, parse_document
from archspec.spec.computed import Computed
from archspec.spec.names import describe, is_name, is_variant_name

LAYERS = "inputs: {x: [8, 8, 3]}\nlayers: [{layer_type: ReLU}]\n"


def read(text: str) -> Document:
    value, faults = read_document(Source("net.yaml", text), json=False)
    assert not faults
    return parse_document(value)[0]


def faults(text: str) -> list[tuple[str, str]]:
    """The codes of what is wrong, and the texts that they point at."""
    found = []
    for diagnostic in read(text).diagnostics:
        assert isinstance(diagnostic.where, Span)
        found.append((diagnostic.code, diagnostic.where.text))
    return found


def test_a_document_is_read_whole() -> None:
    document = read("""
archspec: 1
name: family-1.5
description: What it is.
source: A paper.
params: {width: 4, depth: required}
variants: {small: {depth: 2}, empty: {}}
inputs: {image: {shape: [8, 8, 3], dtype: float32}, other: [$width]}
blocks:
  Block: {description: One., params: {n: $width}, layers: [{layer_type: Dense, units: $n}]}
layers:
  - {layer_type: Block, repeat: $depth, name: b, inputs: image}
outputs: b
""")
    assert not document.diagnostics
    assert (document.name, document.description, document.source) == ("family-1.5", "What it is.", "A paper.")
    assert [param.required for param in document.params.values()] == [False, True]
    assert document.variants == {"small": {"depth": 2}, "empty": {}}
    assert document.inputs is not None
    assert list(document.inputs) == ["image", "other"]
    assert document.blocks["Block"].signature.params["n"].default is not None
    (layer,) = document.layers
    assert layer.kind is document.blocks["Block"].signature
    assert layer.own_name == "b"


def test_literal_layers_are_made_once_and_computed_ones_later() -> None:
    document = read("""
params: {n: 3}
inputs: {x: [8, 8, 3]}
layers:
  - {layer_type: Conv2D, filters: 2, kernel_size: [3, 1], padding: same}
  - {layer_type: Conv2D, filters: $(1 + 1), kernel_size: 3}
  - {layer_type: Conv2D, filters: 2, kernel_size: [$n, 1]}
""")
    literal, constant, computed = document.layers
    assert literal.layer == Conv2D(filters=2, kernel_size=(3, 1), padding="same")
    assert constant.layer == Conv2D(filters=2, kernel_size=(3, 3))
    assert computed.layer is None
    kernel = computed.attributes["kernel_size"]
    assert isinstance(kernel, Computed)
    assert kernel.names == {"n"}
    assert kernel.evaluate({"n": 5}) == [5, 1]


def test_dollars_can_be_said() -> None:
    document = read("inputs: {x: [8]}\nlayers: [{layer_type: ReLU, when: $('$$' == '$$')}]")
    assert document.layers[0].common["when"] is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("archspec: 2\n" + LAYERS, [("unknown-version", "2")]),
        ("archspec: '1'\n" + LAYERS, [("wrong-type", "1")]),
        ("name: [a]\n" + LAYERS, [("wrong-type", "[a]")]),
        ("name: 'a b'\n" + LAYERS, [("not-a-name", "a b")]),
        ("colour: red\n" + LAYERS, [("unknown-key", "colour")]),
        ("params: {lambda: 1}\n" + LAYERS, [("not-a-name", "lambda")]),
        ("params: {i: 1}\n" + LAYERS, [("reserved-name", "i")]),
        ("params: {a: $(1 +)}\n" + LAYERS, [("bad-expression", "1 +")]),
        ("variants: {a: {b: 1}}\n" + LAYERS, [("unknown-param", "b")]),
        ("variants: {a: 1}\n" + LAYERS, [("wrong-type", "1")]),
        ("blocks: {Conv2D: {layers: []}}\n" + LAYERS, [("reserved-name", "Conv2D")]),
        ("blocks: {B: {params: {when: 1}, layers: []}}\n" + LAYERS, [("reserved-name", "when")]),
        ("blocks: {B: []}\n" + LAYERS, [("wrong-type", "[]")]),
        ("inputs: {x: [0]}\nlayers: [{layer_type: ReLU}]", [("wrong-value", "0")]),
        ("inputs: {x: {shape: [8], dtype: int8}}\nlayers: [{layer_type: ReLU}]", [("wrong-value", "int8")]),
        ("inputs: {1x: [8]}\nlayers: [{layer_type: ReLU}]", [("not-a-name", "1x")]),
        ("params: {unused: 1}\n" + LAYERS, [("unused-param", "unused")]),
        ("blocks: {B: {params: {n: 1}, layers: []}}\n" + LAYERS, [("unused-param", "n")]),
    ],
)
def test_what_is_wrong_around_the_layers(text: str, expected: list[tuple[str, str]]) -> None:
    assert faults(text) == expected


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("3", [("wrong-type", "3")]),
        ("Conv2D", [("wrong-type", "Conv2D")]),
        ("{layer_type: 3}", [("wrong-type", "3")]),
        ("{layer_type: Sequential, layers: 3}", [("wrong-type", "3")]),
        ("{layer_type: Parallel, branches: []}", [("wrong-type", "[]")]),
        ("{layer_type: Parallel, branches: [[], 3]}", [("wrong-type", "3")]),
        ("{layer_type: Parallel, branches: [[], []], merge: Nothing}", [("unknown-layer", "Nothing")]),
        ("{layer_type: Conv2D, filters: 0, kernel_size: [3, x]}", [("wrong-value", "0"), ("wrong-value", "[3, x]")]),
        (
            "{layer_type: Conv2D, filters: $(1 +), kernel_size: 0, padding: $(2 *)}",
            [("bad-expression", "1 +"), ("wrong-value", "0"), ("bad-expression", "2 *")],
        ),
        ("{layer_type: MaxPooling2D, kernel_size: 2, pool_size: 3}", [("duplicate-key", "kernel_size")]),
    ],
)
def test_what_is_wrong_with_layers(layer: str, expected: list[tuple[str, str]]) -> None:
    assert faults(f"inputs: {{a: [8]}}\nlayers:\n  - {layer}") == expected


def test_python_values_are_located_in_words() -> None:
    _, found = parse_document(
        {"inputs": {"x": [8]}, "layers": [{"layer_type": "ReLU"}, {"layer_type": "Dense", "units": 0}]}
    )
    assert [diagnostic.where for diagnostic in found] == ["layers[1].units"]
    _, found = parse_document([{"layer_type": "Dense", "units": 0}])
    assert [diagnostic.where for diagnostic in found] == ["[0].units"]


@pytest.mark.parametrize("value", [None, 3, "text", {1: 2}, [None], {"layers": {1: 2}}, {"layers": [{1: 2}]}, [[]]])
def test_any_value_is_read_without_an_exception(value: object) -> None:
    _, found = parse_document(value)
    assert found


def test_names() -> None:
    assert is_name("layer_1")
    assert not any(map(is_name, ["", "1a", "a-b", "a.b", "class", "None", "é", "a" * 101, 3, None, "x;y", "a\n"]))
    assert is_variant_name("resnext50_32x4d")
    assert not any(map(is_variant_name, ["", "a b", ".", "a/b", 3]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"),
        (True, "true"),
        (1.5, "1.5"),
        ("a", '"a"'),
        ([1], "[1]"),
        ([], "an empty list"),
        ([[1, None], "a"], '[[1, null], "a"]'),
        ([{}], "a list"),
        ({}, "a mapping"),
    ],
)
def test_values_are_described(value: object, expected: str) -> None:
    assert describe(value) == expected
    assert len(describe(10**5000)) < 60
