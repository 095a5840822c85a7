"""The source of networks as their author declared them: a function for each block, and one that builds the network."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Graph
from archspec.program.arguments import written, written_family
from archspec.program.names import snake
from archspec.program.printing import print_statements
from archspec_tensorflow.emit import HELPERS
from archspec_tensorflow.emit.plan import WORDS, entry_point
from archspec_tensorflow.emit.target import KerasTarget
from archspec_tensorflow.emit.text import ModuleText

_TAKEN = WORDS | HELPERS.keys() | {"make_divisible"}


def program_source(graph: Graph) -> str:
    """The functions of a network's source; raises `Unsayable` where they cannot say it."""
    target = KerasTarget()
    program = written(graph, target)
    text = ModuleText([graph], program, target, _TAKEN, entry_point(graph))
    return print_statements(text.write())


def family_source(name: str, graphs: Mapping[str, Graph]) -> str:
    """The functions of a family's source, with one for each variant at the end; raises `Unsayable`."""
    target = KerasTarget()
    program = written_family(list(graphs.values()), target)
    variants = {variant: snake(variant) for variant in graphs}
    network = snake(name) if snake(name) not in {*variants.values(), *_TAKEN} else f"build_{snake(name)}"
    text = ModuleText(list(graphs.values()), program, target, _TAKEN | frozenset(variants.values()), network)
    functions = [*text.write(), *[text.variant(variants[each], graph) for each, graph in graphs.items()]]
    return print_statements(functions)
