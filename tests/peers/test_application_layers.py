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
from tests.marks import rows_but
from tests.peers.applications import BUILDERS
from tests.peers.keras_peer import without_values

if TYPE_CHECKING:
    import keras

keras_layers = pytest.importorskip("keras").layers

APPLICATIONS = {
    network: builder for builder, network in BUILDERS.items() if not builder.startswith(("ConvNeXt", "NASNet"))
}

QUICK = ("mobilenet_v3_small_keras", "resnet50_v2")

FEW = ("efficientnet_v2_b0_keras", "inception_v3_keras", "mobilenet_v3_large_keras", "resnet50_keras", "xception_keras")
"""With the quick ones, a few of the builders' kinds."""

Row = tuple[str, tuple[tuple[int, ...], ...]]
"""A layer's type, or what it computes if it is an activation, and the shapes of its weights."""


@pytest.mark.parametrize("name", rows_but(QUICK, FEW, APPLICATIONS))
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
