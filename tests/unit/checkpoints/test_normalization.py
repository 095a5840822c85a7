"""Keras's Normalization: its mean and variance are weights in every file, and its count of what it has seen is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from tests.unit.checkpoints.networks import weights_of, write

keras = pytest.importorskip("keras")

NETWORK = {
    "archspec": 1,
    "name": "normalised",
    "inputs": {"image": [4, 5, 3]},
    "layers": [
        {"name": "normalization", "layer_type": "Normalization"},
        {"name": "conv", "layer_type": "Conv2D", "filters": 2, "kernel_size": 3},
    ],
}
IMAGE = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype("float32")


def keras_model() -> keras.Model:
    """The network as a user of Keras writes it, adapted to data."""
    image = keras.Input((4, 5, 3))
    normalization = keras.layers.Normalization(name="normalization")
    model = keras.Model(image, keras.layers.Conv2D(2, 3, name="conv")(normalization(image)))
    normalization.adapt(3 + 2 * IMAGE)
    return model


@pytest.mark.parametrize("ending", [".weights.h5", ".h5", ".keras"])
def test_a_file_of_keras_gives_the_same_function(ending: str, tmp_path: Path) -> None:
    model, network = keras_model(), archspec.load(NETWORK)
    path = tmp_path / f"model{ending}"
    (model.save_weights if ending == ".weights.h5" else model.save)(path)
    for backend in ("torch", "tensorflow"):
        ours = network.compile(backend, weights=path, device="cpu")
        found = find_backend(backend).run(network.graph, ours, {"image": IMAGE})
        np.testing.assert_allclose(found["conv"], model(IMAGE), rtol=1e-5, atol=1e-5)


def test_keras_loads_what_is_written_for_it(tmp_path: Path) -> None:
    network = archspec.load(NETWORK)
    weights = weights_of(network)
    written = tmp_path / "model.weights.h5"
    archspec.convert_weights(network, write(tmp_path / "given.safetensors", weights), written, to="tensorflow")
    model = keras_model()
    model.load_weights(written)
    assert all(any(np.array_equal(own, array) for own in model.get_weights()) for array in weights.values())
    assert model.get_layer("normalization").count.numpy() == 0
    mean, variance = weights["normalization:mean"], weights["normalization:variance"]
    np.testing.assert_allclose(
        model.get_layer("normalization")(IMAGE), (IMAGE - mean) / np.sqrt(variance), rtol=1e-5, atol=1e-5
    )
