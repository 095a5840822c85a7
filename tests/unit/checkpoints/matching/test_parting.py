"""If a file is another network's, the error says where both part for the first time, in the order of the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import match, open_checkpoint
from archspec.checkpoints.matching.parting import Parting
from tests.unit.checkpoints.networks import write

WIDTHS = (3, 4, 5, 6, 7, 8, 9, 10)


def network(*units: int, inputs: int = 3) -> archspec.Network:
    layers = [{"name": f"fc{index}", "layer_type": "Dense", "units": each} for index, each in enumerate(units)]
    return archspec.load({"archspec": 1, "name": "dense", "inputs": {"x": [inputs]}, "layers": layers})


def a_file(path: Path, *units: int, name: str = "l{}") -> Path:
    arrays: dict[str, Any] = {}
    for index, (before, after) in enumerate(zip((3, *units), units, strict=False)):
        arrays[f"{name.format(index)}.weight"] = np.zeros((after, before), np.float32)
        arrays[f"{name.format(index)}.bias"] = np.zeros(after, np.float32)
    return write(path, arrays)


def parting(mine: archspec.Network, path: Path) -> Parting | None:
    return match(mine.graph, open_checkpoint(path)).parting


def test_the_first_layers_that_differ_and_the_last_ones_that_agree(tmp_path: Path) -> None:
    wide = [100 + width for width in WIDTHS]
    path = a_file(tmp_path / "w.safetensors", *WIDTHS, *wide, name="model.l{}")
    with pytest.raises(archspec.WeightsError) as caught:
        archspec.read_checkpoint(network(*WIDTHS, *(width + 50 for width in wide)), path)
    lines = str(caught.value).splitlines()
    assert "does not fit dense: 16 of its 32 weights were not found, and 16 tensors are left over" in lines[0]
    assert lines[1:4] == [
        "both part after fc7, which is model.l7 in the file (layer 8 of 16):",
        "  the network continues with fc8 (Dense), kernel 153 x 10, bias 153",
        "  the file continues with model.l8, weight 103 x 10, bias 103",
    ]
    assert "archspec.find_networks(FILE) looks for a network of the zoo that the file fits" in lines
    assert "tensors that are left over:" not in lines


@pytest.mark.parametrize(("mine", "theirs"), [(WIDTHS, WIDTHS[:5]), (WIDTHS[:5], WIDTHS)])
def test_one_side_ends(tmp_path: Path, mine: tuple[int, ...], theirs: tuple[int, ...]) -> None:
    found = parting(network(*mine), a_file(tmp_path / "w.safetensors", *theirs))
    assert found is not None
    assert found.agreed == ("fc4", "l4")
    assert (found.ours, found.theirs) == (
        ("fc5 (Dense), kernel 8 x 7, bias 8", None) if len(mine) == 8 else (None, "l5, weight 8 x 7, bias 8")
    )
    assert "continues with no other layer" in "\n".join(found.lines())


def test_a_layer_that_the_file_lacks_where_the_names_are_the_networks(tmp_path: Path) -> None:
    path = a_file(tmp_path / "w.safetensors", *WIDTHS, name="fc{}")
    arrays = {name: tensor.read() for name, tensor in open_checkpoint(path).tensors.items()}
    arrays = {name.replace("fc3", "other"): array for name, array in arrays.items() if name != "fc3.bias"}
    found = parting(network(*WIDTHS), write(path, arrays))
    assert found is not None
    assert (found.place, found.agreed, found.ours) == (3, ("fc2", "fc2"), "fc3 (Dense), kernel 6 x 5, bias 6")
    assert found.theirs == "other, weight 6 x 5"


def test_nothing_parts_where_all_fits(tmp_path: Path) -> None:
    assert parting(network(*WIDTHS), a_file(tmp_path / "w.safetensors", *WIDTHS)) is None


def test_a_file_without_an_order_has_no_place(tmp_path: Path) -> None:
    path = a_file(tmp_path / "w.safetensors", *(20 + width for width in WIDTHS))
    arrays = {name: tensor.read() for name, tensor in open_checkpoint(path).tensors.items()}
    np.savez(tmp_path / "w.npz", **dict(sorted(arrays.items())))
    write(path, dict(sorted(arrays.items())))
    assert open_checkpoint(path).order == "none"
    assert parting(network(*WIDTHS), path) is None


@pytest.mark.parametrize("kind", ["model.weights.h5", "model.keras"])
def test_a_keras_file_parts_in_the_order_of_keras(tmp_path: Path, kind: str) -> None:
    keras = pytest.importorskip("keras")
    x = image = keras.Input((6, 6, 3))
    for filters in WIDTHS:
        x = keras.layers.BatchNormalization(name=f"bn{filters}")(keras.layers.Conv2D(filters, 1, name=f"c{filters}")(x))
    model = keras.Model(image, x)
    model.save_weights(tmp_path / kind) if kind.endswith(".weights.h5") else model.save(tmp_path / kind)
    layers: list[dict[str, Any]] = []
    for filters in (*WIDTHS[:3], 60, *WIDTHS[4:]):
        layers += [
            {"name": f"conv{filters}", "layer_type": "Conv2D", "filters": filters, "kernel_size": 1},
            {"name": f"norm{filters}", "layer_type": "BatchNormalization"},
        ]
    mine = archspec.load({"archspec": 1, "name": "mine", "inputs": {"image": [6, 6, 3]}, "layers": layers})
    found = parting(mine, tmp_path / kind)
    assert found is not None
    assert found.ours == "conv60 (Conv2D), kernel 1 x 1 x 5 x 60, bias 60"
    assert found.theirs is not None
    assert found.theirs.startswith("c6 (conv2d), 0 1 x 1 x 5 x 6" if kind == "model.weights.h5" else "c6 (Conv2D)")
    text = "\n".join(found.lines())
    assert "after norm5, which is bn5" in text or "after conv5, which is c5" in text
