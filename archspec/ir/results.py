"""What the outputs of a network are: logits, probabilities or features. The graph says it, nobody has to."""

from __future__ import annotations

from archspec.ir.graph import Graph
from archspec.ir.tree import Node, Value

LOGITS = "logits"
FEATURES = "features"
LINEAR = "linear values"
"""What a network gives beside probabilities and without an activation, as the corners of boxes."""

PROBABILITIES = {"softmax": "softmax probabilities", "sigmoid": "sigmoid probabilities"}


def results(graph: Graph) -> dict[str, str]:
    """What each output gives, by its name: one of the words above.

    Logits are the sums of a last fully connected layer or 1x1 convolution, or their means over an image. Where another
    output is of probabilities, a network gives its classes so: then only what these are made from are logits.
    """
    makers = {name: _maker(graph, value) for name, value in graph.outputs.items()}
    kinds = {name: maker.layer.gives() if maker else FEATURES for name, maker in makers.items()}
    decided = any(kind in PROBABILITIES for kind in kinds.values())
    return {name: _word(graph, makers[name], kind, decided) for name, kind in kinds.items()}


def _word(graph: Graph, maker: Node | None, kind: str, decided: bool) -> str:
    if kind in PROBABILITIES:
        return PROBABILITIES[kind]
    if maker is None or kind != "sums":
        return FEATURES
    read = (node.layer.gives() for node in graph.consumers.get(maker.path, ()))
    return LINEAR if decided and not any(kind in PROBABILITIES for kind in read) else LOGITS


def _maker(graph: Graph, value: Value) -> Node | None:
    """The layer that decides what a value is: the last one that does more than move values or take their mean."""
    pooled = False
    while (node := graph.by_path.get(value)) is not None:
        kind = node.layer.gives()
        pooled = pooled or kind == "means"
        # A mean over an image behind a ReLU, as in SqueezeNet, still ranks the classes.
        if not (kind in ("same", "means") or node.layer.random or (pooled and kind == "positive")):
            return node
        value = node.inputs[0]
    return None
