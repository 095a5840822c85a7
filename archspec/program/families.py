"""What is the same in the sources of a family for each backend."""

from __future__ import annotations

from archspec.ir import Graph
from archspec.program.model import Definition


def family_title(name: str, graph: Graph) -> str:
    """What the docstring of a family's source says: the document's name, and where its networks come from."""
    return f"{name}: {graph.source}" if graph.source else f"{name}."


def value_in(network: Definition, name: str, graph: Graph, position: int) -> object:
    """The value that a variant, the one at this position, gives to a parameter of its network."""
    extra = network.extras.get(name)
    return network.values[name][position] if extra is None else extra[graph]
