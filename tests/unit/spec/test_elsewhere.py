"""PyTorch's words: each hint names what is there."""

from __future__ import annotations

import pytest

from archspec.layers import find_layer, layer_names
from archspec.spec.attributes import spellings
from archspec.spec.elsewhere import ATTRIBUTES, IMPLIED, LAYERS


def test_the_layers_are_there_and_pytorchs_words_are_pytorchs() -> None:
    nn = pytest.importorskip("torch.nn")
    assert set(LAYERS.values()) <= set(layer_names())
    assert [word for word in LAYERS if not hasattr(nn, word)] == []
    assert LAYERS.keys() & set(layer_names()) == {"Linear"}


def test_the_attributes_are_there() -> None:
    known = {word for name in layer_names() if (kind := find_layer(name)) is not None for word in spellings(kind)}
    assert set(ATTRIBUTES.values()) <= known
    assert IMPLIED.isdisjoint(known)
