"""Other libraries' words: each hint names what is there, and every layer of theirs is known by name."""

from __future__ import annotations

import inspect
import re

import pytest
import yaml

from archspec.layers import find_layer, layer_names
from archspec.layers.initializers import WITH_PARAMETERS, initializer
from archspec.spec.attributes import spellings
from archspec.spec.common import CHECKS
from archspec.spec.elsewhere import AMBIGUOUS_ATTRIBUTES, ATTRIBUTES, IMPLIED, INPUT_SHAPES, NEVER, OTHER_ATTRIBUTES
from archspec.spec.elsewhere_initializers import OF_TORCH as OF_TORCH_INIT
from archspec.spec.elsewhere_initializers import PARAMETERS
from archspec.spec.elsewhere_layers import LACKING, LAYERS, OF_KERAS, OF_TORCH, is_lacking
from archspec.spec.vocabulary import FORMS, INPUT_LAYERS, Vocabulary

HERE = {*layer_names(), *FORMS, *INPUT_LAYERS}

NO_LAYERS_OF_TORCH = {"Container", "Module", "ParameterDict", "ParameterList", "RNNBase", "RNNCellBase", "DataParallel"}
"""Modules that are the base of others or hold them, and compute nothing."""

NO_LAYERS_OF_KERAS = {"InputSpec", "Layer", "Wrapper", "Pipeline", "TFSMLayer"}


def words() -> set[str]:
    """Every word that some layer has for an attribute."""
    return {word for name in layer_names() if (kind := find_layer(name)) is not None for word in spellings(kind)}


def test_the_layers_are_there_and_pytorchs_words_are_pytorchs() -> None:
    nn = pytest.importorskip("torch.nn")
    assert set(LAYERS.values()) <= HERE
    assert [word for word in OF_TORCH if not hasattr(nn, word)] == []
    assert LAYERS.keys() & set(layer_names()) == {"Linear"}


def test_the_initializers_are_pytorchs_and_each_hint_names_one() -> None:
    init = pytest.importorskip("torch.nn.init")
    assert [word for word in OF_TORCH_INIT if not hasattr(init, word)] == []
    assert set(PARAMETERS.values()) <= {name for kind in WITH_PARAMETERS.values() for name in kind.__dataclass_fields__}
    for text in OF_TORCH_INIT.values():
        word, rest = re.match(r"(\{.*?\}|[\w.]+)(.*)", text).groups()
        assert initializer(yaml.safe_load(word)) is not None, text
        assert not rest or rest[0] in ",; ", text


def test_every_module_of_pytorch_is_known() -> None:
    nn = pytest.importorskip("torch.nn")
    modules = {name for name, value in vars(nn).items() if inspect.isclass(value) and issubclass(value, nn.Module)}
    theirs = {name for name in modules if "Loss" not in name} - NO_LAYERS_OF_TORCH
    assert {name for name in theirs if name not in HERE | LAYERS.keys() and not is_lacking(name)} == set()


def test_every_layer_of_keras_is_known() -> None:
    layers = pytest.importorskip("keras").layers
    assert [word for word in OF_KERAS if not hasattr(layers, word)] == []
    classes = {name for name in dir(layers) if inspect.isclass(getattr(layers, name))}
    augmentations = {name for name in classes if "image_preprocessing" in getattr(layers, name).__module__}
    wrappers = {name for name in classes if name.startswith(("Jax", "Flax", "Torch"))}
    theirs = classes - augmentations - wrappers - NO_LAYERS_OF_KERAS
    assert {name for name in theirs if name not in HERE | LAYERS.keys() and not is_lacking(name)} == set()


def test_what_is_lacking_is_not_there_under_its_name_or_another() -> None:
    assert LACKING.isdisjoint(HERE | LAYERS.keys())


@pytest.mark.parametrize("name", sorted(LACKING))
def test_a_layer_that_is_lacking_is_no_slip_of_another(name: str) -> None:
    assert Vocabulary().meant(name) is None


def test_the_attributes_are_there() -> None:
    known = words()
    assert set(ATTRIBUTES.values()) <= known
    assert set(OTHER_ATTRIBUTES.values()) <= known | set(CHECKS)
    assert {word for words in AMBIGUOUS_ATTRIBUTES.values() for word in words} <= known | set(CHECKS)
    assert IMPLIED.isdisjoint(known)
    assert (NEVER.keys() - {"activation"} | set(INPUT_SHAPES)).isdisjoint(known | set(CHECKS))
