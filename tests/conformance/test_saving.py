"""What Keras can say with its own layers and functions is loaded by Keras without the source that made it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import archspec
from tests.conformance.cases import FAMILIES
from tests.conformance.reference import pair
from tests.conformance.side_by_side import SideBySide, as_keras_takes

keras = pytest.importorskip("keras")

OWN = {"LayerScale", "Scale", "LocalResponseNormalization", "PaddedAveragePooling2D", "DilatedConv2DTranspose"}
"""Layers that Keras does not have: their classes come with the source."""

LAYER_TYPES = ["Conv2DTranspose", "LayerNormalization", "Rescaling", "StochasticDepth", "Slice", "Permute"]
LAYER_TYPES += ["Cropping2D", "ChannelShuffle", "ChannelPadding", "UpSampling2D", "Resizing"]


@pytest.mark.parametrize("layer_type", LAYER_TYPES)
def test_keras_loads_what_it_saved(layer_type: str, tmp_path: Path) -> None:
    every = next(table[layer_type].cases for table in FAMILIES.values() if layer_type in table)
    cases = [
        case for case in every[:: max(len(every) // 5, 1)] if pair(case.attributes.get("dilation_rate", 1)) == (1, 1)
    ]
    both = SideBySide(layer_type, cases)
    model = both.keras_model
    assert not OWN & {type(layer).__name__ for layer in model.layers}
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects={})
    for before, after in zip(_outputs(model, both), _outputs(loaded, both), strict=True):
        np.testing.assert_array_equal(before, after)


def test_keras_rounds_the_numbers_of_normalization_when_it_loads_them(tmp_path: Path) -> None:
    """Its configuration has lists, of which Keras makes float32."""
    layers = [{"layer_type": "Normalization", "mean": [0.485, 0.456], "variance": [0.05, 0.04], "input_shape": [2]}]
    model = archspec.load(layers).compile("tensorflow", device="cpu", dtype="float64")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects={})
    x = np.random.default_rng(0).normal(size=(3, 2))
    np.testing.assert_allclose(loaded(x), model(x), rtol=1e-6, atol=1e-6)


def _outputs(model: object, both: SideBySide) -> list[object]:
    found = model(as_keras_takes(model, both.inputs))  # type: ignore[operator]
    return [np.asarray(value) for value in (found.values() if isinstance(found, dict) else [found])]


OWN_LAYERS = """
archspec: 1
name: own
inputs: {image: [8, 8, 3]}
layers:
  - {layer_type: LayerScale}
  - {layer_type: LocalResponseNormalization}
  - {layer_type: AveragePooling2D, pool_size: 3, strides: 2, padding: 1}
  - {layer_type: Conv2DTranspose, filters: 2, kernel_size: 2, dilation_rate: 2}
  - {layer_type: Scale}
"""

LOAD = """
import keras, numpy
try:
    keras.models.load_model("own.keras")
except TypeError as error:
    print(error)
import source
model = keras.models.load_model("own.keras")
numpy.testing.assert_array_equal(model(numpy.ones((1, 8, 8, 3), "float32")), numpy.load("made.npy"))
"""


@pytest.mark.slow
def test_a_new_process_loads_a_model_with_layers_of_its_own_after_importing_the_source(tmp_path: Path) -> None:
    """Keras says for which class it wants that import."""
    (tmp_path / "own.yaml").write_text(OWN_LAYERS)
    source = archspec.load(tmp_path / "own.yaml").emit("tensorflow")
    (tmp_path / "source.py").write_text(source)
    assert source.count("@keras.saving.register_keras_serializable") == len(OWN)
    model = archspec.load(tmp_path / "own.yaml").compile("tensorflow", device="cpu")
    np.save(tmp_path / "made.npy", model(np.ones((1, 8, 8, 3), "float32")))
    model.save(tmp_path / "own.keras")
    command = [sys.executable, "-c", LOAD]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Could not locate class 'LayerScale'" in done.stdout
    assert "imported" in done.stdout
