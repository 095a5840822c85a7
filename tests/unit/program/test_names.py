"""Names for generated source."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.program.names import RESERVED, Names, camel, identifier, network_class, snake


@pytest.mark.parametrize(
    ("word", "as_class", "as_function"),
    [
        ("bottleneck", "Bottleneck", "bottleneck"),
        ("BasicBlock", "BasicBlock", "basic_block"),
        ("MBConv", "MBConv", "mb_conv"),
        ("vgg11_bn", "Vgg11Bn", "vgg11_bn"),
        ("resnext50_32x4d", "Resnext50x32x4d", "resnext50_32x4d"),
        ("wide_resnet50_2", "WideResnet50x2", "wide_resnet50_2"),
        ("1x1", "N1x1", "n1x1"),
        ("", "N", "n"),
    ],
)
def test_class_and_function_names(word: str, as_class: str, as_function: str) -> None:
    assert camel(word) == as_class
    assert snake(word) == as_function


@pytest.mark.parametrize(
    ("name", "class_name", "variant", "expected"),
    [
        ("resnet", "ResNet", None, "ResNet"),
        ("resnet", "ResNet", "resnet50", "ResNet50"),
        ("resnet", "ResNet", "wide_resnet50_2", "WideResNet50x2"),
        ("resnet", "ResNet", "resnext50_32x4d", "Resnext50x32x4d"),
        ("resnet_v2", "ResNetV2", "resnet50_v2", "ResNet50V2"),
        ("mobilenet_v3", "MobileNetV3", "mobilenet_v3_large", "MobileNetV3Large"),
        ("mobilenet_v3", "MobileNetV3", "mobilenet_v32", "MobileNetV32"),
        ("net", "Backbone", "net_small", "BackboneSmall"),
        ("net", "Backbone", "tiny", "Tiny"),
    ],
)
def test_a_variant_is_spelt_as_its_document(name: str, class_name: str, variant: str | None, expected: str) -> None:
    layers = [{"layer_type": "ReLU"}]
    document = {"name": name, "class_name": class_name, "inputs": {"image": [8, 8, 3]}, "layers": layers}
    if variant is not None:
        document["variants"] = {variant: {}}
    graph = archspec.load(document, variant=variant).graph
    assert network_class(graph) == expected


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("conv1", "conv1"),
        ("class", "class_"),
        ("input", "input_"),
        ("0", "_0"),
        ("__private", "_private"),
        ("x; import os", "x_import_os"),
        ("é", "n"),
        ("_", "n"),
    ],
)
def test_a_word_stays_itself_where_it_can(word: str, name: str) -> None:
    assert identifier(word) == name


def test_identifier_avoids_taken_names() -> None:
    assert identifier("nn", {"nn", "nn_2"}) == "nn_3"


def test_fresh_names_are_numbered() -> None:
    names = Names({"torch"})
    assert [names.fresh(base) for base in ("x", "x", "x_2", "torch", "max", "max")] == [
        "x",
        "x_2",
        "x_2_2",
        "torch_2",
        "max_",
        "max_2",
    ]


@given(st.text())
def test_any_text_gives_a_plain_name(word: str) -> None:
    name = identifier(word)
    assert name.isascii()
    assert name.isidentifier()
    assert name not in RESERVED
    assert not keyword.iskeyword(name)
    for made in (camel(word), snake(word)):
        assert made.isascii()
        assert made.isidentifier()


@given(st.lists(st.text(max_size=4)))
def test_fresh_names_are_never_given_twice(words: list[str]) -> None:
    names = Names()
    given_out = [names.fresh(word) for word in words]
    assert len(set(given_out)) == len(given_out)
