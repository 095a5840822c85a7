"""Finds the params of a document that a network's source can take as arguments.

A param can be an argument only if an expression gives every value that depends on it. The test is a second value of the
param, for which the source must be right too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archspec.expressions import NOT_CONSTANT, value_of
from archspec.ir import Graph, Layer
from archspec.layers.shape import Flatten, Reshape
from archspec.program.model import Module, Unsayable
from archspec.program.module import ModuleWriter
from archspec.program.rows import Target
from archspec.program.tables import with_row_tuples

WINDOWS = ("strides", "padding", "size", "kernel_size", "pool_size", "dilation_rate")
"""The attributes that decide the size of an image after a layer."""


def written(graph: Graph, target: Target) -> Module:
    """The module of one network, with as many params as possible as arguments; raises `Unsayable`."""
    others = dict(_others(graph))
    module = _attempt(graph, others, target)
    if module is not None:
        return module
    able = {name: other for name, other in others.items() if _attempt(graph, {name: other}, target) is not None}
    module = _attempt(graph, able, target) if 0 < len(able) < len(others) else None
    return module or ModuleWriter([graph], target, frozenset()).write()


def written_family(graphs: Sequence[Graph], target: Target) -> Module:
    """The module of all variants of a document, with params as arguments of the network; raises `Unsayable`.

    Arguments are the params that differ between variants, and the arguments of the first variant by `written`.
    """
    first = graphs[0]
    assert first.program is not None, "whoever asks has lowered a document"
    names = [parameter.name for parameter in first.program.parameters if parameter.name in first.program.varied]
    varied = {name for name in names if len({repr(graph.arguments[name]) for graph in graphs}) > 1}
    others = dict(_others(first))
    try:
        free = frozenset({*varied, *others})
        return with_row_tuples(ModuleWriter(graphs, target, free, probes=[*others.values()], takes_extras=True).write())
    except Unsayable:
        return with_row_tuples(ModuleWriter(graphs, target, frozenset(varied), takes_extras=True).write())


def _attempt(graph: Graph, others: Mapping[str, Graph], target: Target) -> Module | None:
    """The module that is right for other values of these params too; None if there is none."""
    if not others:
        return None
    try:
        return ModuleWriter([graph], target, frozenset(others), probes=[*others.values()]).write()
    except Unsayable:
        return None


def _others(graph: Graph) -> Iterator[tuple[str, Graph]]:
    """The numeric params that no variant sets, each with the network for another value."""
    if graph.program is None or graph.with_param is None:
        return
    for parameter in graph.program.parameters:
        name, default = parameter.name, parameter.default
        follows = default is not None and value_of(default) is NOT_CONSTANT
        if follows or name in graph.program.varied:
            continue
        for value in _other_values(graph.arguments.get(name)):
            other = graph.with_param(name, value)
            if other is not None and _is_like(graph, other):
                yield name, other
                break


def _is_like(graph: Graph, other: Graph) -> bool:
    """Whether both graphs have the same inputs and outputs by name, and the same windows."""
    ends = graph.inputs == other.inputs and tuple(graph.outputs) == tuple(other.outputs)
    has_sizes = any(isinstance(node.layer, Flatten | Reshape) for node in graph.nodes)
    return ends and (not has_sizes or _windows(graph) == _windows(other))


def _windows(graph: Graph) -> list[object]:
    """The attributes of each layer that decide the sizes of images: equal sizes for two values may be a coincidence."""
    return [_window(node.layer) for node in graph.nodes]


def _window(layer: Layer) -> list[object]:
    is_same = getattr(layer, "padding", None) == "same"  # the size follows from the strides alone
    return [getattr(layer, word, None) for word in (WINDOWS[:3] if is_same else WINDOWS)]


def _other_values(value: object) -> tuple[int | float, ...]:
    """Other values for a numeric param."""
    match value:
        case bool():
            return ()
        case int():
            return value + 1, 2 * value
        case float():
            return (value / 2 if 0.5 < value < 1 else 1.5 * value or 0.25,)
    return ()
