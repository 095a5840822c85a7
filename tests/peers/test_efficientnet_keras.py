"""The EfficientNets of keras.applications, the second ones too, weights by position."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import keras
import pytest

from archspec import Network, list_networks, load
from archspec.checkpoints import read_weights_file
from archspec.cli.advice import said
from tests.marks import rows_but
from tests.peers.applications import FORMATS, save
from tests.peers.keras_peer import Twin, assert_same, assert_variant, build_application, without_values

FIRST = list_networks("efficientnet_b?_keras")
SECOND = list_networks("efficientnet_v2_*_keras")
RUN_ALWAYS = ("efficientnet_b0_keras", "efficientnet_v2_b0_keras")
COMPARED = (*RUN_ALWAYS, "efficientnet_v2_b3_keras", "efficientnet_v2_s_keras")
WIDEST = ("efficientnet_b7_keras", "efficientnet_v2_l_keras")
RAW = ("efficientnet_v2_b0_keras", "efficientnet_v2_s_keras")
ODD = {"size": 75}
"""An image whose halves are odd and even."""


class _Asked(Exception):
    """Keras has asked for the size."""


def build(network: Network, **options: Any) -> Twin:
    return build_application(network, builder(network.name), classifier_activation=None, **options)


def builder(name: str) -> str:
    """EfficientNetV2B0 for efficientnet_v2_b0_keras."""
    return "EfficientNet" + name.removeprefix("efficientnet").removesuffix("_keras").replace("_", "").upper()


def build_published(network: Network) -> Twin:
    """As with weights="imagenet", with the published weights of the normalisation alone."""
    with mock.patch("keras.src.utils.file_utils.get_file"), mock.patch.object(keras.Model, "load_weights"):
        twin = build(network, weights="imagenet")
    (normalization,) = (layer for layer in twin.layers if isinstance(layer, keras.layers.Normalization))
    mean, variance, *_ = normalization.weights
    mean.assign([0.485, 0.456, 0.406])
    variance.assign([0.229, 0.224, 0.225])
    return twin


@pytest.mark.parametrize("name", rows_but((), ["efficientnet_v2_b0_keras"], COMPARED))
def test_is_the_network_of_keras_applications(name: str) -> None:
    network = load(name, params=ODD)
    twin = build(network)
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


@pytest.mark.slow
def test_with_the_scale_of_imagenet() -> None:
    """Keras loads weights where it has that scale; here it has them already."""
    network = load("efficientnet_b0_keras", params={"imagenet": True})
    assert_same(network, build_published(network))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::archspec.checkpoints.CheckpointWarning")
def test_the_scale_of_imagenet_is_told_by_every_format(tmp_path: Path) -> None:
    """The published files have the deviations as variances. See keras-team/keras issue 16392."""
    networks = [load("efficientnet_b0_keras", params={"imagenet": scaled}) for scaled in (False, True)]
    twin = build_published(networks[1])
    plain = build(networks[0])
    for kind in FORMATS:
        path = save(twin.model, tmp_path / kind)
        told = [[said(note) for note in read_weights_file(network.graph, path).notes] for network in networks]
        assert told[0][-1].endswith("and one more Rescaling\n--set imagenet=true gives their function"), kind
        assert told[1] == [], kind
        assert not read_weights_file(networks[0].graph, save(plain.model, tmp_path / kind)).notes, kind


@pytest.mark.parametrize("name", rows_but((), (), RAW))
def test_without_preprocessing(name: str) -> None:
    network = load(name, params={"size": 32, "preprocessed": False})
    assert_same(network, build(network, include_preprocessing=False))


@pytest.mark.parametrize("name", rows_but(RUN_ALWAYS, WIDEST, [*FIRST, *SECOND]))
def test_has_the_weights_and_rates_of_keras_applications(name: str) -> None:
    network = load(name, params={"size": 32})
    with without_values():
        twin = build(network)
    assert_variant(network, twin)
    layers = [node.layer.model_dump() for node in network.graph.nodes]
    theirs = [layer.rate for layer in twin.model.layers if isinstance(layer, keras.layers.Dropout)]
    assert [layer["rate"] for layer in layers if "rate" in layer] == pytest.approx(theirs)


@pytest.mark.parametrize("name", [*FIRST, *SECOND])
def test_has_the_size_of_keras_applications(name: str) -> None:
    """Keras's functions know it before they build anything."""
    place = "keras.src.applications.imagenet_utils.obtain_input_shape"
    with mock.patch(place, side_effect=_Asked) as asked, pytest.raises(_Asked):
        getattr(keras.applications, builder(name))(weights=None)
    assert asked.call_args.kwargs["default_size"] == load(name).inputs["image"].shape[0]


@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_softmax_is_a_param(name: str) -> None:
    assert load(name).gives() == {"predictions": "logits"}
    assert load(name, params={"activation": "softmax"}).gives() == {"predictions": "softmax probabilities"}
