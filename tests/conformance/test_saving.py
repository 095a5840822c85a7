"""What Keras can say with its own layers and functions is loaded by Keras without the source that made it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conformance.cases import FAMILIES
from tests.conformance.side_by_side import SideBySide

keras = pytest.importorskip("keras")

OWN = {"Scale", "LocalResponseNormalization", "PaddedAveragePooling2D", "DilatedConv2DTranspose"}
"""Layers that Keras does not have: their classes come with the source."""

LAYER_TYPES = ["Conv2DTranspose", "LayerNormalization", "Rescaling", "StochasticDepth", "Slice", "Permute"]
LAYER_TYPES += ["Cropping2D", "ChannelShuffle", "ChannelPadding", "UpSampling2D", "Resizing"]


@pytest.mark.parametrize("layer_type", LAYER_TYPES)
def test_keras_loads_what_it_saved(layer_type: str, tmp_path: Path) -> None:
    cases = next(table[layer_type].cases for table in FAMILIES.values() if layer_type in table)
    for case in cases[:: max(len(cases) // 5, 1)]:
        both = SideBySide(layer_type, case)
        model = both.keras_model
        if OWN & {type(layer).__name__ for layer in model.layers}:
            continue
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects={})
        for before, after in zip(_outputs(model, both), _outputs(loaded, both), strict=True):
            np.testing.assert_array_equal(before, after)


def _outputs(model: object, both: SideBySide) -> list[object]:
    found = model(both.inputs["x0"])  # type: ignore[operator]
    return [np.asarray(value) for value in (found.values() if isinstance(found, dict) else [found])]
