"""Classifies the outputs of a network, as far as the graph tells: logits, probabilities or features."""

from __future__ import annotations

from archspec.ir.graph import Graph
from archspec.ir.tree import Node
from archspec.ir.values import Value

LOGITS = "logits"
FEATURES = "features"
LINEAR = "linear values"
"""The output of a last fully connected layer or 1x1 convolution: an embedding, corners of boxes, or logits of unnamed
classes."""

PROBABILITIES = {"softmax": "softmax probabilities", "sigmoid": "sigmoid probabilities"}


def results(graph: Graph, classes: object = None) -> dict[str, str]:
    """The kind of each output by its name, in the words above.

    The sums of a last fully connected layer or 1x1 convolution, or their means over an image, are linear values. They
    are logits if a layer turns them into probabilities, or if their number is the network's number of `classes` and no
    output has probabilities.
    """
    makers = {name: _maker(graph, value, classes) for name, value in graph.outputs.items()}
    kinds = {name: maker.layer.gives() if maker else FEATURES for name, maker in makers.items()}
    decided = any(kind in PROBABILITIES for kind in kinds.values())
    return {
        name: _word(graph, makers[name], kind, not decided and graph.outputs[name].type.channels == classes)
        for name, kind in kinds.items()
    }


def _word(graph: Graph, maker: Node | None, kind: str, of_classes: bool) -> str:
    if kind in PROBABILITIES:
        return PROBABILITIES[kind]
    if maker is None or kind != "sums":
        return FEATURES
    read = (node.layer.gives() for node in graph.consumers.get(maker.result, ()))
    return LOGITS if of_classes or any(kind in PROBABILITIES for kind in read) else LINEAR


def _maker(graph: Graph, value: Value, classes: object) -> Node | None:
    """The layer that decides the kind of a value: the last one that does more than move values or take their mean."""
    of_classes = value.type.channels == classes
    pooled = False
    while (node := graph.maker(value)) is not None:
        kind = node.layer.gives()
        pooled = pooled or kind == "means"
        # Means over an image after a ReLU can still rank classes, as in SqueezeNet; other means are features.
        ranks = of_classes and pooled and kind == "positive"
        if not (kind in ("same", "means") or node.layer.random or ranks):
            return node
        value = node.inputs[0]
    return None
