"""`defaults:`, attributes by layer type: which layers have them, and what they mean there."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
import yaml

import archspec
from archspec.errors import Span, SpecError
from tests.unit.lower.networks import document, faults, lowered

HEAD = "inputs: {image: [8, 8, 4]}\n"


def attributes(text: str, path: str, **params: object) -> dict[str, Any]:
    """The attributes of a layer in the graph."""
    return dict(lowered(HEAD + dedent(text), params=params).by_path[path].layer)


def test_a_layer_has_the_defaults_of_its_type_and_its_own_attributes_take_precedence() -> None:
    text = """
        defaults: {Conv2D: {use_bias: false, padding: same, kernel_size: 3, activation: relu}}
        layers:
          - {name: one, layer_type: Conv2D, filters: 2}
          - {name: two, layer_type: Conv2D, filters: 2, use_bias: true, kernel_size: 1, activation: null}
          - {name: three, layer_type: DepthwiseConv2D, kernel_size: 1}
    """
    one, two, three = (attributes(text, path) for path in ("one", "two", "three"))
    assert (one["use_bias"], one["padding"], one["kernel_size"]) == (False, "same", (3, 3))
    assert (two["use_bias"], two["padding"], two["kernel_size"]) == (True, "same", (1, 1))
    assert (three["use_bias"], three["padding"]) == (True, "valid")
    graph = lowered(HEAD + dedent(text))
    assert [type(node.layer).__name__ for node in graph.nodes] == ["Conv2D", "ReLU", "Conv2D", "DepthwiseConv2D"]


def test_another_word_for_an_attribute_takes_precedence_too() -> None:
    text = "defaults: {MaxPooling2D: {pool_size: 4}}\nlayers: [{name: a, layer_type: MaxPooling2D, kernel_size: 2}]"
    assert attributes(text, "a")["pool_size"] == (2, 2)
    text = "defaults: {MaxPooling2D: {kernel_size: 4}}\nlayers: [{name: a, layer_type: MaxPooling2D}]"
    assert attributes(text, "a")["pool_size"] == (4, 4)


def test_the_layers_of_blocks_composites_and_merges_have_them() -> None:
    graph = lowered(
        HEAD
        + dedent("""
            defaults: {Conv2D: {kernel_size: 3, padding: same}, Concatenate: {axis: 1}}
            blocks: {B: {layers: [{name: conv, layer_type: Conv2D, filters: 4}]}}
            layers:
              - {name: b, layer_type: B}
              - layer_type: Parallel
                merge: Concatenate
                branches: [[{name: in_branch, layer_type: Conv2D, filters: 4}], []]
        """)
    )
    assert {graph.by_path[path].layer.padding for path in ("b.conv", "in_branch")} == {"same"}  # type: ignore[attr-defined]
    assert graph.outputs["output"].type.axes == (16, 8, 4)


def test_the_layers_that_a_layer_is_made_of_do_not_have_them() -> None:
    text = """
        defaults: {Conv2D: {use_bias: false}, SeparableConv2D: {kernel_size: 3}, LeakyReLU: {negative_slope: 0.5}}
        layers:
          - {name: a, layer_type: SeparableConv2D, filters: 4}
          - {name: b, layer_type: Conv2D, filters: 4, kernel_size: 1, activation: leaky_relu}
          - {name: c, layer_type: LeakyReLU}
    """
    assert attributes(text, "a.pointwise")["use_bias"] is True
    assert attributes(text, "2")["negative_slope"] == 0.2
    assert attributes(text, "c")["negative_slope"] == 0.5


def test_a_computed_layer_type_has_the_defaults_of_the_type_that_it_gives() -> None:
    text = """
        params: {pool: Max}
        defaults: {MaxPooling2D: {pool_size: 2}, AveragePooling2D: {pool_size: 4}}
        layers: [{name: a, layer_type: "$(pool)Pooling2D"}, {name: b, layer_type: "$(pool)Pooling2D", kernel_size: 1}]
    """
    assert attributes(text, "a")["pool_size"] == (2, 2)
    assert attributes(text, "a", pool="Average")["pool_size"] == (4, 4)
    assert attributes(text, "b")["pool_size"] == (1, 1)


HIDDEN = """
    params: {size: 3}
    defaults: {Conv2D: {kernel_size: $size, padding: same}}
    blocks: {B: {params: {size: required}, layers: [{name: conv, layer_type: Conv2D, filters: $size}]}}
    layers:
      - {name: b, layer_type: B, size: 5}
      - {name: c$size, for: {size: [1, 7]}, layer_type: Conv2D, filters: $size}
      - for: {size: [2]}
        layer_type: Sequential
        layers: [{name: inner, layer_type: Conv2D, filters: $size}]
"""


def test_an_expression_reads_the_documents_params_also_where_their_names_have_other_values() -> None:
    for path, filters in {"b.conv": 5, "c1": 1, "c7": 7, "inner": 2}.items():
        found = attributes(HIDDEN, path, size=9)
        assert (found["kernel_size"], found["filters"]) == ((9, 9), filters)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_source_does_not_take_another_value_of_the_name_for_the_documents(backend: str) -> None:
    text = HEAD + dedent(HIDDEN).replace("size: 3}", "size: 5}")
    plain = text.replace("kernel_size: $size, ", "").replace("filters: $size", "filters: $size, kernel_size: 5")
    emitted = [
        archspec.load(yaml.safe_load(each)).emit(backend) for each in (text, plain.replace("{size: 5}", "{}", 1))
    ]
    assert emitted[0] == emitted[1]


FAMILY = """
    archspec: 1
    name: net
    params: {epsilon: 1.0e-5, momentum: 0.9, width: 8, norm: true, classes: 10}
    variants: {small: {}, large: {width: 16, momentum: 0.97}, bare: {norm: false}}
    inputs: {image: [8, 8, 4]}
    DEFAULTS
    blocks:
      Unit:
        params: {filters: required, strides: 1}
        layers:
          - {name: conv, layer_type: Conv2D, filters: $filters, strides: $stridesCONV}
          - {name: bn, layer_type: BatchNormalization, when: $normBN}
          - {layer_type: ReLU}
    layers:
      - {name: unit, layer_type: Unit, repeat: 3, filters: $(width * 2 ** i), strides: $(1 if i == 0 else 2)}
      - {name: last, layer_type: Conv2D, filters: 8, kernel_size: 1LAST}
      - {layer_type: GlobalAveragePooling2D}
      - {name: fc, layer_type: Dense, units: $classes}
"""
CONV = "use_bias: $(not norm), padding: same, kernel_initializer: he_normal"
BN = "epsilon: $epsilon, momentum: $momentum"


def _family(defaults: str, conv: str, bn: str, last: str) -> dict[str, Any]:
    words = {"DEFAULTS": defaults, "CONV": conv, "BN": bn, "LAST": last}
    text = dedent(FAMILY)
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_source_is_the_same_as_if_every_layer_wrote_the_attributes(backend: str) -> None:
    own = f", kernel_size: 3, {CONV}"
    written = _family("", own, f", {BN}", f", {CONV}")
    defaults = f"defaults: {{Conv2D: {{kernel_size: 3, {CONV}}}, BatchNormalization: {{{BN}}}}}"
    shorter = _family(defaults, "", "", "")
    for variant in ("bare", "small", "large", None):
        one, other = (archspec.load(each, variant=variant).emit(backend) for each in (written, shorter))
        assert one == other
    assert "epsilon" in one
    assert archspec.emit_family(written, backend) == archspec.emit_family(shorter, backend)


def test_a_param_that_only_a_default_reads_is_used_and_another_one_is_not() -> None:
    text = (
        HEAD + "params: {a: 1, b: 2}\ndefaults: {Conv2D: {filters: $a}}\nlayers: [{layer_type: Conv2D, kernel_size: 1}]"
    )
    assert [(each.code, each.message) for each in document(text).diagnostics] == [
        ("unused-param", "nothing in the document reads the param `b`")
    ]


UNUSED = "defaults: {Dropout: {rate: 0.5}}\nlayers: [{layer_type: Conv2D, filters: 1, kernel_size: 1}LAYER]"


@pytest.mark.parametrize(
    ("layer", "codes"),
    [
        ("", ["unused-default"]),
        (", {layer_type: Dropout, when: false}", []),
        (", {layer_type: Dropout, rate: 0.1}", []),
        (", {for: {kind: [ReLU]}, layer_type: $kind}", []),
        (", {layer_type: Sequential, layers: [{layer_type: Dropout}]}", []),
    ],
)
def test_defaults_of_a_type_that_the_document_never_lists_are_told(layer: str, codes: list[str]) -> None:
    assert [each.code for each in document(HEAD + UNUSED.replace("LAYER", layer)).diagnostics] == codes


def test_a_wrong_value_is_told_once_and_at_the_default() -> None:
    layers = "layers: [{layer_type: Conv2D, filters: 1, repeat: 3}, {layer_type: Conv2D, filters: 2}]"
    for value in ("x", "$size", "$(1 // 0)", "$unknown"):
        text = f"{HEAD}params: {{size: 0}}\ndefaults:\n  Conv2D: {{kernel_size: {value}}}\n{layers}"
        (found,) = faults(text)
        assert isinstance(found.where, Span)
        assert found.where.line == 4


def test_a_wrong_value_in_an_unused_default_is_an_error() -> None:
    with pytest.raises(SpecError, match="rate"):
        archspec.load(yaml.safe_load(HEAD + UNUSED.replace("LAYER", "").replace("0.5", "2")))


def test_a_default_that_does_not_fit_a_layer_is_told_at_the_layer() -> None:
    text = f"{HEAD}defaults: {{Conv2D: {{groups: 4, kernel_size: 1}}}}\nlayers:\n- {{layer_type: Conv2D, filters: 6}}\n"
    (found,) = faults(text + "- {layer_type: Conv2D, filters: 8}")
    assert found.message == "Conv2D: `groups` must divide the 6 filters, and its default is 4"
    assert isinstance(found.where, Span)
    assert found.where.line == 4


def test_a_value_is_judged_without_the_other_attributes() -> None:
    text = "defaults: {Conv2DTranspose: {output_padding: 1, kernel_size: 3}}\n"
    text += "layers: [{name: a, layer_type: Conv2DTranspose, filters: 1, strides: 2}]"
    assert attributes(text, "a")["output_padding"] == (1, 1)


def test_a_misspelt_default_does_not_cause_faults_at_the_layers() -> None:
    for text in ("Conv2d: {kernel_size: 3}", "Conv2D: {kernel: 3}", "Conv2D: {kernel_size: three}"):
        assert len(faults(f"{HEAD}defaults: {{{text}}}\nlayers: [{{layer_type: Conv2D, filters: 1}}]")) == 1
