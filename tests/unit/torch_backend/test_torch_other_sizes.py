"""A PyTorch model takes images of any size: what it computes is what the network of that size is, or it refuses."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend

torch = pytest.importorskip("torch")

LAYERS: list[dict[str, Any]] = [
    {"name": "down", "layer_type": "Conv2D", "filters": 6, "kernel_size": 3, "strides": 2, "padding": "same"},
    {"layer_type": "Slice", "axis": 1, "start": 1, "stop": 14},
    {"name": "a", "layer_type": "Stage", "strides": 2},
    {"name": "b", "layer_type": "Stage", "strides": 1},
    {"layer_type": "GlobalAveragePooling2D"},
    {"name": "fc", "layer_type": "Dense", "units": 3},
]

STAGE: list[dict[str, Any]] = [
    {"name": "deep", "layer_type": "DepthwiseConv2D", "kernel_size": 3, "strides": "$strides", "padding": "same"},
    {"layer_type": "MaxPooling2D", "pool_size": 3, "strides": "$strides", "padding": "same"},
    {"name": "even", "layer_type": "Conv2D", "filters": 6, "kernel_size": 2, "padding": "same"},
    {"layer_type": "AveragePooling2D", "pool_size": 3, "strides": 2, "padding": [[0, 1], [1, 0]], "ceil_mode": True},
]


def document(size: int, layers: list[dict[str, Any]] = LAYERS) -> dict[str, Any]:
    block = {"params": {"strides": "required"}, "layers": STAGE}
    blocks = {"Stage": block} if layers is LAYERS else {}
    return {"archspec": 1, "name": "small", "inputs": {"x": [size, size + 3, 3]}, "blocks": blocks, "layers": layers}


def compiled(size: int, layers: list[dict[str, Any]] = LAYERS) -> Any:
    return archspec.load(document(size, layers)).compile("torch", dtype="float64", device="cpu")


def image(size: int) -> Any:
    return torch.from_numpy(np.random.default_rng(size).normal(size=(2, 3, size, size + 3)))


@pytest.mark.parametrize("size", [31, 33, 34, 41])
def test_the_network_of_another_size_is_the_same(size: int) -> None:
    given = image(size)
    torch.testing.assert_close(compiled(32)(given), compiled(size)(given), rtol=0, atol=1e-14)


def test_one_class_for_all_strides_says_no_padding() -> None:
    source = archspec.load(document(32)).emit("torch")
    assert source.count("class Stage(") == 1
    assert "Conv2dSame(3, 6, 3, stride=2)" in source
    assert "self.max_pool_same = MaxPool2dSame(3, stride=strides)" in source
    assert re.search(r"Conv2dSame\(\s+in_channels, in_channels, 3, stride=strides, groups=in_channels", source)


def test_padding_that_no_size_changes_is_left_to_pytorch() -> None:
    for strides, kernel in ((1, 3), (1, 5), (2, 1)):
        layer = {"layer_type": "Conv2D", "filters": 4, "kernel_size": kernel, "strides": strides, "padding": "same"}
        source = archspec.load(document(32, [layer])).emit("torch")
        assert "nn.Conv2d(3, 4, " in source
        assert "pad_same" not in source


@pytest.mark.slow
def test_a_traced_and_an_exported_model_take_other_sizes() -> None:
    model = compiled(32)
    with warnings.catch_warnings():
        # Tracing warns of each number of the size that Python compares.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        traced = torch.jit.trace(model, image(32))
    dims = dict.fromkeys((2, 3), torch.export.Dim.AUTO)
    exported = torch.export.export(model, (image(32),), dynamic_shapes=(dims,)).module()
    for size in (33, 34):
        given = image(size)
        torch.testing.assert_close(traced(given), model(given), rtol=0, atol=1e-14)
        torch.testing.assert_close(exported(given), model(given), rtol=0, atol=1e-14)


def test_a_reshape_gives_no_sample_the_elements_of_another() -> None:
    """64 x 67 is no multiple of 32 x 35, but 32 x 70 is."""
    fixed = compiled(32, [{"layer_type": "Reshape", "target_shape": [1120, 3]}])
    with pytest.raises(RuntimeError, match="don't multiply up to the size of dim 1"):
        fixed(torch.zeros(2, 3, 32, 70, dtype=torch.float64))
    free = compiled(32, [{"layer_type": "Reshape", "target_shape": [-1, 3]}])
    given = image(33)
    torch.testing.assert_close(free(given), given.permute(0, 2, 3, 1).reshape(2, -1, 3), rtol=0, atol=0)


def test_half_of_an_image_is_as_many_rows_as_the_spec_says() -> None:
    model = compiled(32, [{"layer_type": "Slice", "axis": 1, "stop": 16}])
    given = image(40)
    torch.testing.assert_close(model(given), given[:, :, :16], rtol=0, atol=0)


def test_a_layer_is_applied_again_to_another_size() -> None:
    layers: list[dict[str, Any]] = [
        {"name": "down", "layer_type": "Conv2D", "filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"},
        {"layer_type": "Reuse", "layer": "down"},
    ]
    network = archspec.load(document(33, layers))
    weights = network.weights(3)
    x = {"x": np.random.default_rng(1).normal(size=(2, 33, 36, 3))}
    made = {
        name: find_backend(name).run(
            network.graph, network.compile(name, weights=weights, dtype="float64", device="cpu"), x
        )
        for name in ("torch", "tensorflow")
    }
    for name, array in made["torch"].items():
        assert array.shape == (2, 9, 9, 3)
        np.testing.assert_allclose(made["tensorflow"][name], array, rtol=0, atol=1e-13)


def test_keras_refuses_another_size() -> None:
    pytest.importorskip("keras")
    layers = [{"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}]
    model = archspec.load(document(32, layers)).compile("tensorflow", device="cpu")
    with pytest.raises(ValueError, match=r"expected shape=\(None, 32, 35, 3\)"):
        model(np.zeros((1, 33, 36, 3), np.float32))
