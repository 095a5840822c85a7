"""What a document says about params and about images, for people and for weights that there are."""

from __future__ import annotations

import pytest

from archspec.errors import Span
from archspec.spec import Document, parse_document
from archspec.spec.meanings import LONGEST_MEANING
from archspec.spec.preprocessing import Preprocessing

IMAGENET: dict[str, object] = {"weights": "torchvision", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def read(variants: list[str] | None = None, **keys: object) -> Document:
    value: dict[str, object] = {
        "params": {"width": 4},
        "variants": {name: {} for name in variants or []},
        "inputs": {"x": [8, 8, 3]},
        "layers": [{"layer_type": "Conv2D", "filters": "$width", "kernel_size": 1}],
    }
    return parse_document(value | keys)[0]


def messages(document: Document) -> list[str]:
    assert not any(isinstance(fault.where, Span) for fault in document.diagnostics)
    return [fault.message for fault in document.diagnostics]


def test_each_variant_has_what_its_weights_expect() -> None:
    own: dict[str, object] = {
        "large": {"weights": "timm", "mean": 0.5, "std": 0.25},
        "caffe": {"range": [0, 255], "channels": "BGR"},
    }
    document = read(["small", "large", "caffe", "huge"], preprocessing={**IMAGENET, "variants": {**own, "huge": None}})
    assert not document.diagnostics
    imagenet = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert document.preprocessing == {
        "small": Preprocessing("torchvision", *imagenet),
        "large": Preprocessing("timm", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)),
        "caffe": Preprocessing("torchvision", *imagenet, range=(0, 255), channels="BGR"),
    }


def test_a_document_without_variants_has_its_own() -> None:
    grey = {"weights": "mine", "mean": 0.1307, "std": 0.3081, "channels": "L"}
    assert read(preprocessing=grey).preprocessing == {None: Preprocessing("mine", (0.1307,), (0.3081,), channels="L")}
    assert not read(preprocessing=None).preprocessing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": [0.5, 0.5]}, "`mean` has 2 numbers, not 3 as RGB has"),
        ({"channels": "L"}, "`mean` has 3 numbers, not 1 as L has"),
        ({"mean": []}, "`mean` must be a number, or a list of one for each channel"),
        ({"mean": 10**400}, "`mean` must be a number, or a list of one for each channel"),
        ({"mean": float("nan")}, "`mean` must be a number, or a list of one for each channel"),
        ({"mean": "$width"}, "`mean` must be a number, or a list of one for each channel"),
        ({"std": -0.5}, "`std` must be greater than 0, not -0.5"),
        ({"range": [0, 1, 2]}, "`range` must be two numbers, the smaller one first, as [0, 1] or [0, 255]"),
        ({"channels": ["R"]}, '`channels` must be RGB, BGR or L, not ["R"]'),
        ({"weights": "\x1b[31m"}, '`weights` must be the name of a package or of a project, not "\x1b[31m"'),
        ({"weights": 3}, "`weights` must be a text, not 3"),
        ({"variants": [1]}, "`variants` must be a mapping, not [1]"),
        ({"variants": {"tiny": None}}, "the document has no variant `tiny`"),
    ],
)
def test_what_is_wrong_with_the_preprocessing(change: dict[str, object], message: str) -> None:
    assert messages(read(preprocessing={**IMAGENET, **change})) == [message]


def test_meanings_are_lines() -> None:
    assert read(meanings={"width": "channels of\n  the stem "}).meanings == {"width": "channels of the stem"}
    long = "w" * (LONGEST_MEANING + 1)
    assert messages(read(meanings={"width": long})) == ["a meaning has at most 200 characters, and this one has 201"]
