"""NASNets: those of keras.applications, weights by position."""

from __future__ import annotations

from importlib import import_module

import keras
import pytest

from archspec import load
from tests.marks import rows_but
from tests.peers.keras_peer import assert_same, assert_variant, build_application, build_by, without_values

APPLICATIONS = {"nasnet_mobile": "NASNetMobile", "nasnet_large": "NASNetLarge"}
SIZES = {"nasnet_mobile": 32, "nasnet_large": 44}
"""The smallest that Keras takes whose halves are odd and even where those of the network's own size are."""


@pytest.mark.parametrize("skip", rows_but((), [True], [False, True]))
def test_two_cells_a_stage_are_the_network_of_keras(skip: bool) -> None:
    network = load("nasnet_mobile", params={"size": 32, "depth": 2, "filters": 4, "classes": 10, "skip": skip})
    build = import_module(keras.applications.NASNetMobile.__module__).NASNet
    twin = build_by(
        build,
        network,
        penultimate_filters=24 * 4,
        num_blocks=2,
        stem_block_filters=32,
        skip_reduction=skip,
        include_top=True,
        classes=10,
        default_size=224,
        classifier_activation=None,
    )
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_has_the_weights_of_keras(name: str) -> None:
    network = load(name, params={"size": SIZES[name]})
    with without_values():
        twin = build_application(network, APPLICATIONS[name], classifier_activation=None)
    assert_variant(network, twin)


def test_takes_images_of_other_sizes() -> None:
    for size in (57, 58, 59, 60, 224):
        for name in APPLICATIONS:
            assert load(name, params={"size": size}).outputs["predictions"].shape == (1000,)
