"""The facts about nodes that decide how Keras writes layers."""

from __future__ import annotations

import archspec
from archspec.layers.activation import ReLU
from archspec.layers.pool import MaxPooling2D
from archspec_tensorflow.emit.analysis import Analysis, activations, facts
from archspec_tensorflow.emit.row import NONNEGATIVE
from tests.unit.graphs import chain


def test_a_pool_after_an_activation_reads_nonnegative_values() -> None:
    found = facts(chain((8, 8, 3), MaxPooling2D(), ReLU(), MaxPooling2D()))
    assert found == {"a": frozenset(), "b": frozenset(), "c": frozenset({NONNEGATIVE})}


def test_a_layer_knows_the_authors_word_for_its_activation() -> None:
    layers = [{"name": "fc", "layer_type": "Dense", "units": 4, "activation": word} for word in ("swish", "silu")]
    for layer in layers:
        graph = archspec.load({"inputs": {"x": [4]}, "layers": [layer]}).graph
        analysis = Analysis(graph, activations(graph))
        assert analysis.facts["fc"] == {f"takes {layer['activation']}"}
        assert analysis.arguments == set(graph.by_path) - {"fc"}
