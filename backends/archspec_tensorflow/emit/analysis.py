"""The facts about a network's nodes that decide how Keras writes layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archspec.analyses import ActivationArguments, activation_arguments, depths, nonnegative_values
from archspec.expressions import NoValue, evaluate
from archspec.ir import Graph, Node, Operation
from archspec.program.calls import Call, Site
from archspec_tensorflow.emit import inline_activation, row_for
from archspec_tensorflow.emit.row import NONNEGATIVE

ACTIVATED: Final = frozenset({"layers.Conv2D", "layers.Conv2DTranspose", "layers.DepthwiseConv2D", "layers.Dense"})
"""Keras's layers with an argument for the activation after them."""

TAKES: Final = "takes "
"""The beginning of the fact that a layer has an activation as an argument; the activation's word follows."""


class Analysis:
    """The facts about a graph whose activations are `arguments` of the layers before them.

    `facts` are the facts for each node's row, by the node's path. `arguments` are the paths of the activations.
    `depths` has the number of layers before each value.
    """

    def __init__(self, graph: Graph, arguments: ActivationArguments) -> None:
        words = {path: frozenset({f"{TAKES}{word_for(node)}"}) for path, node in arguments.by_layer.items()}
        self.facts = {path: found | words.get(path, frozenset()) for path, found in facts(graph).items()}
        self.arguments = frozenset(node.path for node in arguments.by_layer.values())
        self.depths = depths(graph)


def facts(graph: Graph) -> Mapping[str, frozenset[str]]:
    """The facts for each node's row, by the node's path: NONNEGATIVE if all inputs are, of each use of the layer."""
    nonnegative = nonnegative_values(graph)
    fact, nothing = frozenset({NONNEGATIVE}), frozenset[str]()
    others = {node.owner for node in graph.nodes if not nonnegative.issuperset(node.inputs)}
    return {node.path: nothing if node.owner in others else fact for node in graph.nodes}


def activations(graph: Graph) -> ActivationArguments:
    """The activations that are the argument `activation` of the layers before them."""
    return activation_arguments(graph, _is_activation, _takes_activation)


def _is_activation(operation: Operation) -> bool:
    return inline_activation(operation.layer) is not None


def _takes_activation(operation: Operation) -> bool:
    """Whether the layer's last step has an argument for the activation after it."""
    last = row_for(operation.layer).describe(Site(operation.layer, operation.inputs, operation.output))[-1]
    return isinstance(last, Call) and last.callee in ACTIVATED


def word_for(activation: Node) -> str | None:
    """Keras's word for an activation: the author's if there is one, because Keras has all names of a function."""
    return _declared_word(activation) or inline_activation(activation.layer)


def _declared_word(node: Node) -> str | None:
    tree = None if node.origin is None else node.origin.declaration.attributes.get("activation")
    if node.origin is None or tree is None:
        return None
    try:
        word = evaluate(tree, node.origin.names)
    except NoValue:
        return None
    return word if isinstance(word, str) else None
