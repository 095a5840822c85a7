"""train: a network whose targets are masks, and what predict writes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.marks import rows_but
from tests.unit.cli.conftest import Program
from tests.unit.cli.test_train import RECIPE

PIXELS = """\
archspec: 1
name: pixels
inputs: {image: [6, 6, 1]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 3, kernel_size: 1}
"""


@pytest.mark.parametrize("backend", rows_but((), ["torch"], ["torch", "tensorflow"]))
def test_a_network_of_masks_predicts_the_class_of_each_pixel(archspec: Program, folder: Path, backend: str) -> None:
    pytest.importorskip({"torch": "torch", "tensorflow": "keras"}[backend])
    masks = np.random.default_rng(0).integers(0, 3, (32, 6, 6))
    np.savez(folder / "masks.npz", image=(100 * masks).astype(np.uint8), mask=masks)
    (folder / "pixels.yaml").write_text(PIXELS)
    (folder / "pixels.recipe.yaml").write_text(
        RECIPE.replace("small.yaml", "pixels.yaml")
        .replace("{image: image, label: label}", "{image: image, mask: mask}")
        .replace("shades", "masks")
        .replace("loss: CrossEntropy", "loss: {type: CrossEntropy, target: mask}")
        .replace("epochs: 2", "epochs: 100")
    )
    trained = archspec("train", "pixels.recipe.yaml", "--backend", backend, "--device", "cpu", "-o", "run")
    assert trained.code == 0, trained.err
    shades = np.repeat(np.uint8([[0, 100, 200, 200, 200, 200]]), 6, axis=0)
    Image.fromarray(shades).save(folder / "shades.png")
    told = archspec("predict", "run", "shades.png", "--masks", "found", "--device", "cpu")
    assert told.out == "shades.png  2 66.7%  0 16.7%  1 16.7%\n"
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "found" / "shades_mask.png")), shades // 100)
    again = archspec("predict", "run", "shades.png", "--masks", "found", "--device", "cpu")
    assert again.code == 2
    assert "shades_mask.png" in again.err
    twice = archspec("predict", "run", "shades.png", "found/../shades.png", "--masks", "other", "--device", "cpu")
    assert twice.code == 2
    assert not (folder / "other").exists()
