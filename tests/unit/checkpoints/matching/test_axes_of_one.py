"""Shapes that differ by axes of length 1: the elements lie alike, so they are taken, and it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import CheckpointWarning
from archspec.checkpoints.matching.groups import holds
from tests.unit.checkpoints.networks import write


@pytest.mark.parametrize(
    ("shape", "wanted", "same"),
    [
        ((6,), (6, 1, 1), True),
        ((1, 6, 1, 1), (6,), True),
        ((4, 3), (4, 3, 1, 1), True),
        ((1, 1, 3, 4), (3, 4), True),
        ((8, 3, 5), (8, 3, 1, 5), True),
        ((), (1,), True),
        ((3, 4), (4, 3, 1, 1), False),
        ((6,), (5, 1), False),
        # As many axes in another order are another layer: a depthwise kernel is no kernel of one filter.
        ((6, 1, 3, 3), (1, 6, 3, 3), False),
        ((6, 1), (1, 6), False),
        ((2, 3), (6, 1, 1), False),
    ],
)
def test_which_shapes_hold_the_same(shape: tuple[int, ...], wanted: tuple[int, ...], same: bool) -> None:
    assert holds(shape, wanted) is same
    assert holds(wanted, shape) is same


def one(layer: dict[str, Any], inputs: list[int]) -> archspec.Network:
    layers = [{"name": "one", **layer}]
    return archspec.load({"archspec": 1, "name": "net", "inputs": {"x": inputs}, "layers": layers})


CONVOLUTION = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 1, "use_bias": False}
DENSE = {"layer_type": "Dense", "units": 4, "use_bias": False}
ROW = {**CONVOLUTION, "kernel_size": [1, 5]}

CASES = [
    # The network's layer, its input, the tensor's name and shape, and how its elements lie in the canonical array.
    (CONVOLUTION, [2, 2, 3], "{}.weight", (4, 3), lambda array: array.T.reshape(1, 1, 3, 4)),
    (DENSE, [3], "{}.weight", (4, 3, 1, 1), lambda array: array[:, :, 0, 0].T),
    (ROW, [1, 9, 3], "{}.weight", (4, 3, 5), lambda array: array.transpose(2, 1, 0)[None]),
    (CONVOLUTION, [2, 2, 3], "{}:kernel", (3, 4), lambda array: array[None, None]),
    (DENSE, [3], "{}:kernel", (1, 1, 3, 4), lambda array: array[0, 0]),
    (ROW, [1, 9, 3], "{}:kernel", (5, 3, 4), lambda array: array[None]),
]


@pytest.mark.parametrize(("layer", "inputs", "name", "shape", "canonical"), CASES)
@pytest.mark.parametrize("way", ["name", "map", "order"])
def test_kernels(
    tmp_path: Path,
    layer: dict[str, Any],
    inputs: list[int],
    name: str,
    shape: tuple[int, ...],
    canonical: Any,
    way: str,
) -> None:
    network = one(layer, inputs)
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    theirs = name.format("one" if way == "name" else "other")
    path = write(tmp_path / "w.safetensors", {theirs: array})
    names = {"one:kernel": theirs} if way == "map" else None
    with pytest.warns(CheckpointWarning, match=rf"axes of length 1 more or less:\n  {theirs} .* as one:kernel"):
        found = archspec.read_checkpoint(network, path, names=names)
    assert np.array_equal(found["one:kernel"], canonical(array))
    (match,) = found.matching.matches
    assert match.how == way
    assert match.reshaped


@pytest.mark.parametrize("shape", [(6,), (6, 1, 1), (1, 6, 1, 1)])
@pytest.mark.filterwarnings("ignore::archspec.checkpoints.messages.CheckpointWarning")
def test_a_scale_of_channels(tmp_path: Path, shape: tuple[int, ...]) -> None:
    network = one({"layer_type": "LayerScale"}, [4, 4, 6])
    array = np.arange(6, dtype=np.float32)
    path = write(tmp_path / "w.safetensors", {"scale": array.reshape(shape)})
    found = archspec.read_checkpoint(network, path, names={"one:gamma": "scale"})
    assert np.array_equal(found["one:gamma"], array)
    assert bool(found.notes) == (shape != (6, 1, 1))


def test_exact_shapes_come_first(tmp_path: Path) -> None:
    """Of two layers that hold the same elements, each takes the tensor of its own shape, whatever their order."""
    layers = [{"name": "conv", **CONVOLUTION}, {"layer_type": "GlobalAveragePooling2D"}, {"name": "fc", **DENSE}]
    network = archspec.load({"archspec": 1, "name": "net", "inputs": {"x": [2, 2, 4]}, "layers": layers})
    arrays = {"b.weight": np.ones((4, 4), np.float32), "a.weight": np.zeros((4, 4, 1, 1), np.float32)}
    found = archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", arrays))
    assert (found["fc:kernel"].all(), found["conv:kernel"].any()) == (True, False)
    assert not any(match.reshaped for match in found.matching.matches)
