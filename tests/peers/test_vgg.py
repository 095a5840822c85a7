"""VGG: torchvision's networks with their own weights, keras.applications', and the two of the paper that both lack."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.marks import rows_but, slow_but
from tests.peers.keras_peer import (
    Layers,
    compare_application,
    compare_application_weights,
    compare_in_numbers,
    compare_weights,
)
from tests.peers.local_response_norm import local_response_norm
from tests.peers.sizes import SMALLER
from tests.peers.torchvision_peer import assert_variant, build_peer

TORCHVISION = ("vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn")
RUN_ALWAYS = ("vgg11_bn",)


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, TORCHVISION))
def test_has_torchvisions_layers(name: str) -> None:
    assert_variant(load(name), build_peer(name))


APPLICATIONS = {"vgg16_keras": "VGG16", "vgg19_keras": "VGG19"}


@pytest.mark.slow
def test_is_the_network_of_keras_applications() -> None:
    compare_application(load("vgg16_keras", inputs=SMALLER), "VGG16")


@pytest.mark.parametrize("name", slow_but(["vgg16_keras"], APPLICATIONS))
def test_has_the_weights_of_keras_applications(name: str) -> None:
    compare_application_weights(load(name, inputs=SMALLER), APPLICATIONS[name])


def vgg(layers: Layers, x: Any, depths: tuple[int, ...], kernels: tuple[int, ...], lrn: bool) -> Any:
    for stage, (depth, filters) in enumerate(zip(depths, (64, 128, 256, 512, 512), strict=True)):
        for kernel in kernels[:depth]:
            x = layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(local_response_norm(x) if lrn and stage == 0 else x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return layers.Dense(1000)(x)


def vgg_c(layers: Layers, x: Any) -> Any:
    return vgg(layers, x, (2, 2, 3, 3, 3), (3, 3, 1), lrn=False)


def vgg_a_lrn(layers: Layers, x: Any) -> Any:
    return vgg(layers, x, (1, 1, 2, 2, 2), (3, 3), lrn=True)


@pytest.mark.parametrize("build", rows_but((), [vgg_a_lrn], [vgg_a_lrn, vgg_c]))
def test_is_the_network_of_the_paper(build: Any) -> None:
    """Normalisation of the first stage's responses, and stages that end with a pointwise convolution."""
    compare_in_numbers(build.__name__, build, inputs=SMALLER)


@pytest.mark.parametrize("build", [vgg_a_lrn, vgg_c])
def test_has_the_weights_of_the_paper(build: Any) -> None:
    compare_weights(build.__name__, build)
