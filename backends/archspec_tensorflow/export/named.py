"""A model whose inputs and outputs are mappings, so that exported files have their names."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from archspec.ir import Graph


def named(graph: Graph, model: keras.Model) -> keras.Model:
    """The same model, with the same layers, from inputs by name to outputs by name."""
    inputs = {each.name: each for each in model.inputs}
    made = model.output if isinstance(model.output, Mapping) else dict.fromkeys(graph.outputs, model.output)
    return keras.Model({name: inputs[name] for name in graph.inputs}, dict(made), name=model.name)
