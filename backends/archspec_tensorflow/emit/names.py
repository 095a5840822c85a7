"""The names in Keras source: reserved ones, and the name of the function that builds a network."""

from __future__ import annotations

from archspec.ir import Graph
from archspec.program.names import Names, snake
from archspec_tensorflow.emit import HELPERS

WORDS = frozenset(
    {"i", "name", "keras", "layers", "ops", "math", "KerasTensor", "Path", "model", "partial", "tf", "weights"}
)
"""Names with a meaning of their own in the source."""

FRESH = ("x", "y", "z", "u", "v", "w")
"""Variables for values without a name."""


def entry_point(graph: Graph) -> str:
    """The name of the function that builds the network."""
    return Names({*WORDS, *FRESH, *HELPERS}).fresh(snake(graph.name))
