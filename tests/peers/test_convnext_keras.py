"""The ConvNeXts of keras.applications, weights by position."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import Network, list_networks, load
from tests.marks import rows_but
from tests.peers.keras_peer import Twin, assert_same, assert_variant, build_application, without_values
from tests.peers.sizes import SMALL, SMALLER

BUILDERS = {
    "convnext_tiny_keras": "ConvNeXtTiny",
    "convnext_small_keras": "ConvNeXtSmall",
    "convnext_base_keras": "ConvNeXtBase",
    "convnext_large_keras": "ConvNeXtLarge",
    "convnext_xlarge_keras": "ConvNeXtXLarge",
}
RUN_ALWAYS = ("convnext_tiny_keras",)


def build(network: Network, **options: Any) -> Twin:
    return build_application(network, BUILDERS[network.name], classifier_activation=None, **options)


def test_every_one_is_there() -> None:
    assert set(BUILDERS) == set(list_networks("convnext_*_keras"))


@pytest.mark.parametrize("preprocessed", rows_but((), [True], [True, False]))
def test_is_the_network_of_keras_applications(preprocessed: bool) -> None:
    network = load("convnext_tiny_keras", inputs=SMALL, params={"preprocessed": preprocessed})
    twin = build(network, include_preprocessing=preprocessed)
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


@pytest.mark.parametrize("name", rows_but(RUN_ALWAYS, ("convnext_xlarge_keras",), BUILDERS))
def test_has_the_weights_of_keras_applications(name: str) -> None:
    network = load(name, inputs=SMALLER)
    with without_values():
        twin = build(network)
    assert_variant(network, twin)


def test_softmax_is_a_param() -> None:
    assert load("convnext_tiny_keras").gives() == {"head_dense": "logits"}
    network = load("convnext_tiny_keras", params={"activation": "softmax"})
    assert network.gives() == {"head_dense": "softmax probabilities"}
