"""Networks of keras.applications have its layers, in the order in which `keras.Model` lists them.

This order follows from the graph: from zero paddings, and from which input a merge reads first. Files of Keras are read
by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from archspec import Network, load
from archspec_tensorflow.emit.names import entry_point
from tests.marks import slow_but
from tests.peers.keras_peer import without_values

if TYPE_CHECKING:
    import keras

keras_layers = pytest.importorskip("keras").layers

APPLICATIONS = {
    "densenet121_keras": "DenseNet121",
    "densenet169_keras": "DenseNet169",
    "densenet201_keras": "DenseNet201",
    "efficientnet_b0_keras": "EfficientNetB0",
    "efficientnet_b1_keras": "EfficientNetB1",
    "efficientnet_b2_keras": "EfficientNetB2",
    "efficientnet_b3_keras": "EfficientNetB3",
    "efficientnet_b4_keras": "EfficientNetB4",
    "efficientnet_b5_keras": "EfficientNetB5",
    "efficientnet_b6_keras": "EfficientNetB6",
    "efficientnet_b7_keras": "EfficientNetB7",
    "efficientnet_v2_b0_keras": "EfficientNetV2B0",
    "efficientnet_v2_b1_keras": "EfficientNetV2B1",
    "efficientnet_v2_b2_keras": "EfficientNetV2B2",
    "efficientnet_v2_b3_keras": "EfficientNetV2B3",
    "efficientnet_v2_s_keras": "EfficientNetV2S",
    "efficientnet_v2_m_keras": "EfficientNetV2M",
    "efficientnet_v2_l_keras": "EfficientNetV2L",
    "inception_resnet_v2_keras": "InceptionResNetV2",
    "inception_v3_keras": "InceptionV3",
    "mobilenet_v1": "MobileNet",
    "mobilenet_v2_keras": "MobileNetV2",
    "mobilenet_v3_large_keras": "MobileNetV3Large",
    "mobilenet_v3_small_keras": "MobileNetV3Small",
    "resnet50_keras": "ResNet50",
    "resnet101_keras": "ResNet101",
    "resnet152_keras": "ResNet152",
    "resnet50_v2": "ResNet50V2",
    "resnet101_v2": "ResNet101V2",
    "resnet152_v2": "ResNet152V2",
    "vgg16_keras": "VGG16",
    "vgg19_keras": "VGG19",
    "xception_keras": "Xception",
}

Row = tuple[str, tuple[tuple[int, ...], ...]]
"""A layer's type, or what it computes if it is an activation, and the shapes of its weights."""


@pytest.mark.parametrize("name", slow_but(["mobilenet_v3_small_keras", "resnet50_v2"], APPLICATIONS))
def test_has_the_layers_of_keras_applications(name: str) -> None:
    network = load(name)
    builder = getattr(pytest.importorskip("keras").applications, APPLICATIONS[name])
    with without_values():
        theirs = builder(weights=None, input_shape=network.inputs["image"].shape, classifier_activation=None)
        ours = _ours(network)
    assert list(_rows(ours)) == list(_rows(theirs))


def _ours(network: Network) -> keras.Model:
    found: dict[str, Any] = {"__name__": network.name}
    exec(compile(network.emit("tensorflow"), network.name, "exec"), found)
    return found[entry_point(network.graph)]()


def _rows(model: keras.Model) -> Iterator[Row]:
    """Layers with an activation are two rows, and `SeparableConv2D` is its two convolutions.

    A Rescaling may be an operation, which is no layer, and a linear activation is none here. InceptionResNetV2's own
    layer adds what it scales.
    """
    for layer in model.layers:
        shapes = tuple(tuple(weight.shape) for weight in layer.weights)
        kind = type(layer).__name__
        if kind == "SeparableConv2D":
            yield "DepthwiseConv2D", shapes[:1]
            yield "Conv2D", shapes[1:]
        elif kind not in ("Activation", "ReLU", "Rescaling"):
            yield "Add" if kind == "CustomScaleLayer" else kind, shapes
        activation = _activation(layer)
        if activation not in ("linear", None):
            yield activation, ()


def _activation(layer: keras.Layer) -> str | None:
    """The activation of a layer, if it can have one. keras.applications write a hard sigmoid as ReLU6(x + 3) / 6."""
    if isinstance(layer, keras_layers.ReLU):
        return "relu" if layer.max_value is None else "relu6"
    name = getattr(getattr(layer, "activation", None), "__name__", None)
    return "relu6" if name == "hard_sigmoid" else name
