"""Both LeNets, against the same networks built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.peers.keras_peer import Layers, assert_same, build_twin

NETWORKS: dict[str, tuple[tuple[int, int], int, str | None, int]] = {
    "lenet": ((32, 64), 100, "relu", 155_606),
    "lenet5": ((20, 50), 500, None, 431_080),
}


def lenet(layers: Layers, x: Any, filters: tuple[int, int], units: int, activation: str | None) -> Any:
    x = layers.MaxPooling2D()(layers.Conv2D(filters[0], 5, activation=activation)(x))
    x = layers.MaxPooling2D()(layers.Conv2D(filters[1], 5, activation=activation)(x))
    x = layers.Dense(units, activation="relu")(layers.Flatten()(x))
    return layers.Dense(10, activation="softmax")(x)


@pytest.mark.parametrize("name", NETWORKS)
def test_is_the_keras_network(name: str) -> None:
    filters, units, activation, parameters = NETWORKS[name]
    network = load(name)
    twin = build_twin(network, lambda layers, x: lenet(layers, x, filters, units, activation))
    assert network.parameters() == twin.parameters() == (parameters, parameters)
    assert_same(network, twin)
