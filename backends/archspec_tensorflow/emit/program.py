"""A network's source as its author declared it: a function for each block, and one that builds the network."""

from __future__ import annotations

from archspec.ir import Graph
from archspec.program.language import HELPERS as FUNCTIONS
from archspec.program.module import ModuleWriter
from archspec.program.printing import print_statements
from archspec_tensorflow.emit import HELPERS
from archspec_tensorflow.emit.plan import WORDS, entry_point
from archspec_tensorflow.emit.target import KerasTarget
from archspec_tensorflow.emit.text import ModuleText


def program_source(graph: Graph, free: frozenset[str]) -> list[str]:
    """The functions of a network's source; raises `Unsayable` where they cannot say it.

    `free` are the document's params that are arguments of the network's function.
    """
    target = KerasTarget()
    written = ModuleWriter([graph], target, free).write()
    words = WORDS | HELPERS.keys() | FUNCTIONS.keys()
    text = ModuleText(graph, written, target, words, entry_point(graph))
    return [print_statements(text.write())]
