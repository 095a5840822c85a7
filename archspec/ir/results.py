"""What the outputs of a network are: logits, probabilities or features, as far as the graph can say it."""

from __future__ import annotations

from archspec.ir.graph import Graph
from archspec.ir.tree import Node, Value

LOGITS = "logits"
FEATURES = "features"
LINEAR = "linear values"
"""What a last fully connected layer or 1x1 convolution gives: an embedding, corners of boxes, or logits of classes that
nothing names."""

PROBABILITIES = {"softmax": "softmax probabilities", "sigmoid": "sigmoid probabilities"}


def results(graph: Graph, classes: object = None) -> dict[str, str]:
    """What each output gives, by its name: one of the words above.

    The sums of a last fully connected layer or 1x1 convolution, or their means over an image, are linear values. They
    are logits where probabilities are made of them, or where there is one for each of the network's `classes`, if it
    has a number of these and no output of probabilities.
    """
    makers = {name: _maker(graph, value, classes) for name, value in graph.outputs.items()}
    kinds = {name: maker.layer.gives() if maker else FEATURES for name, maker in makers.items()}
    decided = any(kind in PROBABILITIES for kind in kinds.values())
    return {
        name: _word(graph, makers[name], kind, not decided and _number(graph, graph.outputs[name]) == classes)
        for name, kind in kinds.items()
    }


def _word(graph: Graph, maker: Node | None, kind: str, of_classes: bool) -> str:
    if kind in PROBABILITIES:
        return PROBABILITIES[kind]
    if maker is None or kind != "sums":
        return FEATURES
    read = (node.layer.gives() for node in graph.consumers.get(maker.path, ()))
    return LOGITS if of_classes or any(kind in PROBABILITIES for kind in read) else LINEAR


def _maker(graph: Graph, value: Value, classes: object) -> Node | None:
    """The layer that decides what a value is: the last one that does more than move values or take their mean."""
    of_classes = _number(graph, value) == classes
    pooled = False
    while (node := graph.by_path.get(value)) is not None:
        kind = node.layer.gives()
        pooled = pooled or kind == "means"
        # Behind a ReLU, means over an image still rank classes, as in SqueezeNet; of anything else they are features.
        ranks = of_classes and pooled and kind == "positive"
        if not (kind in ("same", "means") or node.layer.random or ranks):
            return node
        value = node.inputs[0]
    return None


def _number(graph: Graph, value: Value) -> int:
    """How many values there are at a place."""
    return graph.type_of(value).channels
