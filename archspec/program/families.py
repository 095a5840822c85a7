"""The parts of a family's source that are the same for all backends."""

from __future__ import annotations

from archspec.ir import Graph
from archspec.program.model import Definition


def family_title(name: str, graph: Graph) -> str:
    """The docstring of a family's source: the document's name, and the origin of its networks."""
    return f"{name}: {graph.source}" if graph.source else f"{name}."


def value_in(network: Definition, name: str, graph: Graph, position: int) -> object:
    """The value of a network's parameter in the variant at this position."""
    extra = network.extras.get(name)
    return network.values[name][position] if extra is None else extra[graph]
