"""A network with axes of any length is one model, which is the same function in both frameworks at three sizes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.errors import Source
from archspec.passes import COMPARED_AT
from tests.marks import slow_but

pytest.importorskip("torch")
pytest.importorskip("keras")

SEGMENTATION: dict[str, Any] = {
    "archspec": 1,
    "name": "segmentation",
    "inputs": {"image": [None, None, 3]},
    "blocks": {
        "Gate": {
            "layers": [
                {"layer_type": "GlobalAveragePooling2D", "keepdims": True},
                {"layer_type": "Conv2D", "filters": "$channels", "kernel_size": 1, "activation": "sigmoid"},
            ]
        }
    },
    "layers": [
        {"name": "stem", "layer_type": "Conv2D", "filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"},
        {"layer_type": "PReLU", "shared_axes": [1, 2]},
        {"layer_type": "MaxPooling2D", "pool_size": 3, "strides": 2, "padding": "same"},
        {"name": "wide", "layer_type": "DepthwiseConv2D", "kernel_size": 5, "strides": 2, "padding": "same"},
        {"name": "norm", "layer_type": "BatchNormalization"},
        {"name": "mean", "layer_type": "AveragePooling2D", "pool_size": 3, "strides": 2, "padding": "same"},
        {"name": "gate", "layer_type": "Gate"},
        {"layer_type": "Multiply", "inputs": ["mean", "gate"]},
        {"layer_type": "UpSampling2D", "size": 2, "interpolation": "bilinear"},
        {"layer_type": "MaxPooling2D", "pool_size": 2, "strides": 2, "ceil_mode": True},
        {"name": "deep", "layer_type": "Conv2DTranspose", "filters": 4, "kernel_size": 4, "strides": 2, "padding": 1},
        {"name": "mask", "layer_type": "Conv2D", "filters": 2, "kernel_size": 1},
        {"name": "label", "layer_type": "GlobalMaxPooling2D", "inputs": "deep"},
        {"name": "pixels", "layer_type": "Reshape", "target_shape": [-1, 2], "inputs": "mask"},
    ],
    "outputs": ["mask", "label", "pixels"],
}


ALONE: dict[str, dict[str, Any]] = {
    "conv": {"layer_type": "Conv2D", "filters": 4, "kernel_size": 4, "strides": 3, "padding": "same"},
    "padded": {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "strides": 2, "padding": 1, "groups": 2},
    "dilated": {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "dilation_rate": 2, "padding": "same"},
    "uneven": {"layer_type": "DepthwiseConv2D", "kernel_size": [3, 2], "strides": 2, "padding": [[0, 1], [2, 0]]},
    "up": {"layer_type": "Conv2DTranspose", "filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"},
    "wider": {"layer_type": "Conv2DTranspose", "filters": 3, "kernel_size": 2, "strides": 3, "dilation_rate": 2},
    "largest": {"layer_type": "MaxPooling2D", "pool_size": 3, "strides": 2, "padding": 1, "ceil_mode": True},
    "largest_same": {"layer_type": "MaxPooling2D", "pool_size": 3, "strides": 2, "padding": "same"},
    "mean": {"layer_type": "AveragePooling2D", "pool_size": 3, "strides": 2, "ceil_mode": True},
    "mean_same": {"layer_type": "AveragePooling2D", "pool_size": 3, "strides": 2, "padding": "same"},
    "mean_padded": {"layer_type": "AveragePooling2D", "pool_size": 3, "strides": 2, "padding": 1, "ceil_mode": True},
    "mean_counted": {"layer_type": "AveragePooling2D", "pool_size": 3, "padding": 1, "count_include_pad": True},
    "one": {"layer_type": "AdaptiveAveragePooling2D", "output_size": 1},
    "seven": {"layer_type": "AdaptiveAveragePooling2D", "output_size": [7, 4]},
    "tallest": {"layer_type": "AdaptiveMaxPooling2D", "output_size": [1, 20]},
    "top": {"layer_type": "GlobalMaxPooling2D", "keepdims": True},
    "margins": {"layer_type": "ZeroPadding2D", "padding": [[1, 2], [0, 3]]},
    "cropped": {"layer_type": "Cropping2D", "cropping": [[1, 2], [0, 3]]},
    "rows": {"layer_type": "Slice", "axis": 1, "start": 1, "step": 2},
    "half": {"layer_type": "Slice", "start": 2},
    "resized": {"layer_type": "Resizing", "height": 20, "width": 30, "interpolation": "bilinear"},
    "doubled": {"layer_type": "UpSampling2D", "size": [2, 3]},
    "flat": {"layer_type": "Reshape", "target_shape": [-1, 2]},
    "turned": {"layer_type": "Permute", "dims": [2, 1, 3]},
    "shuffled": {"layer_type": "ChannelShuffle", "groups": 2},
    "channels": {"layer_type": "ChannelPadding", "padding": [1, 2]},
    "response": {"layer_type": "LocalResponseNormalization", "size": 3},
    "layer_norm": {"layer_type": "LayerNormalization"},
    "softmax": {"layer_type": "Softmax", "axis": 2},
    "dense": {"layer_type": "Dense", "units": 3},
}

LAYERS: dict[str, Any] = {
    "archspec": 1,
    "name": "layers",
    "inputs": {"image": [None, None, 4]},
    "layers": [{"name": f"{name}_of", **layer, "inputs": "image"} for name, layer in ALONE.items()],
    "outputs": {name: f"{name}_of" for name in ALONE},
}


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_each_layer_takes_every_size(backend: str) -> None:
    """The model gives for each size what the model gives that is compiled for this size."""
    network = archspec.load(LAYERS)
    found = find_backend(backend)
    weights = network.weights()
    model = network.compile(backend, weights=weights, dtype="float64", device="cpu")
    for size in [(13, 16), (18, 15)]:
        known = archspec.load(LAYERS, inputs={"image": (*size, 4)})
        inputs = {"image": np.random.default_rng(0).normal(size=(2, *size, 4))}
        expected = found.run(
            known.graph, known.compile(backend, weights=weights, dtype="float64", device="cpu"), inputs
        )
        outputs = found.run(network.graph, model, inputs)
        for name, kind in known.outputs.items():
            assert outputs[name].shape[1:] == kind.shape, name
            np.testing.assert_allclose(outputs[name], expected[name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.slow
def test_keras_predicts_for_every_size_with_one_graph() -> None:
    """`predict` and `fit` run a `tf.function`, in which the sizes are unknown, too."""
    network = archspec.load(LAYERS)
    model = network.compile("tensorflow", device="cpu")
    for size in [(13, 16), (16, 17), (18, 15)]:
        images = np.random.default_rng(0).normal(size=(2, *size, 4)).astype("float32")
        outputs = model(images)
        for name, found in model.predict(images, verbose=0).items():
            np.testing.assert_allclose(found, np.asarray(outputs[name]), rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    "layer",
    [
        {"layer_type": "AveragePooling2D", "strides": 2, "padding": "same", "count_include_pad": True},
        {"layer_type": "MaxPooling2D", "pool_size": 2, "strides": 3, "ceil_mode": True},
    ],
    ids=lambda layer: str(layer["layer_type"]),
)
def test_keras_refuses_a_layer_of_which_it_must_be_told_the_size(layer: dict[str, Any]) -> None:
    """PyTorch takes any."""
    text = f"inputs: {{image: [null, null, 3]}}\nlayers:\n  - {json.dumps({'name': 'pool', **layer})}\n"
    network = archspec.load(Source("pools.yaml", text))
    with pytest.raises(archspec.EmitError, match="the image's size, which is unknown") as refusal:
        network.emit("tensorflow")
    assert "pools.yaml:3:" in str(refusal.value)
    compile(network.emit("torch"), "pools", "exec")


def test_one_model_is_the_same_function_at_three_sizes() -> None:
    report = archspec.parity(archspec.load(SEGMENTATION))
    assert report.passed, report.outputs
    found = [(output.name, output.inputs) for output in report.outputs]
    sizes = [{"image": (*size, 3)} for size in COMPARED_AT[:3]]
    assert found == [(name, size) for size in sizes for name in ("mask", "label", "pixels")]
    assert [output["inputs"] for output in report.record()["outputs"][::3]] == [
        {"image": [*size, 3]} for size in COMPARED_AT[:3]
    ]


def test_a_difference_at_one_size_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = find_backend("torch")
    run = torch.run

    def wrong(*arguments: Any) -> Any:
        _, _, inputs = arguments
        made = run(*arguments)
        return {name: array * 1.001 for name, array in made.items()} if inputs["image"].shape[1] == 64 else made

    monkeypatch.setattr(torch, "run", wrong, raising=False)
    report = archspec.parity(archspec.load(SEGMENTATION), batch=1)
    failed = {tuple((output.inputs or {})["image"]) for output in report.outputs if not output.same}
    assert failed == {(64, 96, 3)}


@pytest.mark.slow
def test_training_and_layers_are_compared_at_one_size() -> None:
    network = archspec.load(SEGMENTATION)
    assert archspec.training_parity(network, steps=1, batch=2).passed
    assert archspec.layer_parity(network, batch=1).passed
    assert archspec.layer_parity(network, batch=2, training=True).passed


def test_given_inputs_may_have_any_size() -> None:
    inputs = {"image": np.random.default_rng(0).normal(size=(2, 40, 33, 3))}
    report = archspec.parity(archspec.load(SEGMENTATION), inputs=inputs)
    assert report.passed
    assert {tuple((output.inputs or {})["image"]) for output in report.outputs} == {(40, 33, 3)}


ZOO = {"resnet20_cifar": ({"depth": 8}, 3), "unet": ({"width": 4}, 1)}


@pytest.mark.parametrize("name", slow_but((), ZOO))
def test_networks_of_the_zoo(name: str) -> None:
    params, channels = ZOO[name]
    network = archspec.load(name, params=params, inputs={"image": (None, None, channels)})
    assert not network.graph.is_known
    report = archspec.parity(network, batch=2)
    assert report.passed, report.outputs
    assert len({tuple((output.inputs or {})["image"]) for output in report.outputs}) == 3
