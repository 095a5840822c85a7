"""A network's source as its author declared it: a function for each block, and one that builds the network."""

from __future__ import annotations

from archspec.ir import Graph
from archspec.program.arguments import written
from archspec.program.printing import print_statements
from archspec_tensorflow.emit import HELPERS
from archspec_tensorflow.emit.plan import WORDS, entry_point
from archspec_tensorflow.emit.target import KerasTarget
from archspec_tensorflow.emit.text import ModuleText


def program_source(graph: Graph) -> str:
    """The functions of a network's source; raises `Unsayable` where they cannot say it."""
    target = KerasTarget()
    program = written(graph, target)
    text = ModuleText(graph, program, target, WORDS | HELPERS.keys() | {"make_divisible"}, entry_point(graph))
    return print_statements(text.write())
