"""The order of a network's layers in Keras, as the compiler expects it and as a model has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.ir import Graph
from archspec_tensorflow.emit import layer_name
from archspec_tensorflow.listing import listings

if TYPE_CHECKING:
    import keras


def is_listed(graph: Graph, model: keras.Model) -> bool:
    """Whether one of the expected orders is the order in which the model has its layers with weights."""
    wanted = [(type(layer).__name__, layer.name) for layer in model.layers if layer.weights]
    expected = (
        [(layer.kind, layer_name(owner)) for layer in listing for owner in layer.owners] for listing in listings(graph)
    )
    return wanted in expected
