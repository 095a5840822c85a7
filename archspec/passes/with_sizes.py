"""Replaces unknown lengths of axes by numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from archspec.errors import ShapeError
from archspec.ir import Axes, Graph, Input, Node, Scope, Shape, Value

Size = tuple[int, int]
"""A height and a width."""

RUN_AT: Size = (224, 224)
"""The size for running a network with unknown sizes, if it fits."""

_ODD: Size = (75, 101)
"""A size that windows and strides do not divide evenly."""

COMPARED_AT: Sequence[Size] = (_ODD, (64, 96), (128, 64), (128, 192), RUN_AT, (299, 331), (512, 512))
"""The sizes for comparing a network with unknown sizes, in this order, if they fit."""

_SEARCHED: Sequence[Size] = tuple((side, side + 32) for side in range(150, 600))
"""Sizes for networks that fit few sizes: those that halve the size several times between convolutions without
padding."""


def with_sizes(graph: Graph, shapes: Mapping[str, Shape]) -> Graph:
    """The same network for inputs of these shapes, by the inputs' names; all its axes are known.

    A network with known axes is returned unchanged. Raises `ShapeError`, which names the layer, for a shape that does
    not fit.
    """
    if graph.is_known:
        return graph
    inputs = {name: kind.with_axes(shapes[name]) for name, kind in graph.inputs.items()}
    values: dict[Value, Value] = {Input(name, kind): Input(name, kind) for name, kind in inputs.items()}
    nodes: dict[str, Node] = {}
    for node in graph.nodes:
        reads = tuple([values[value] for value in node.inputs])
        try:
            types = node.layer.results([value.type for value in reads])
        except ShapeError as error:
            raise ShapeError(f"{node.path}: {error}") from None
        known = nodes[node.path] = replace(node, inputs=reads, types=types)
        values |= zip(known.results, known.results, strict=True)
    outputs = {name: values[value] for name, value in graph.outputs.items()}
    members = tuple(_replaced(graph.members, nodes))
    return replace(graph, inputs=inputs, members=members, outputs=outputs, with_param=None)


def at_usual_sizes(graph: Graph, count: int = 1, sizes: Sequence[Size] = (RUN_AT, *COMPARED_AT)) -> list[Graph]:
    """The network at the first `count` sizes that fit, of these sizes and of others; itself if its axes are known.

    Raises `ShapeError` if fewer fit.
    """
    if graph.is_known:
        return [graph]
    found = list(islice(_fitting(graph, (*sizes, *_SEARCHED)), count))
    if len(found) == count:
        return found
    height, width = sizes[0]
    try:
        with_sizes(graph, _shapes(graph, sizes[0]))
    except ShapeError as error:
        raise ShapeError(f"{graph.name} fits no usual size; at {height} x {width} {error}") from None
    raise ShapeError(f"{graph.name} fits only {len(found)} of the usual sizes")


def _fitting(graph: Graph, sizes: Sequence[Size]) -> Iterator[Graph]:
    for size in dict.fromkeys(sizes):
        with suppress(ShapeError):
            yield with_sizes(graph, _shapes(graph, size))


def _shapes(graph: Graph, size: Size) -> dict[str, Shape]:
    return {name: _at(kind.axes, size) for name, kind in graph.inputs.items()}


def _at(axes: Axes, size: Size) -> Shape:
    """The axes with the height and the width in place of unknown ones."""
    return tuple([size[index % 2] if axis is None else axis for index, axis in enumerate(axes)])


def _replaced(members: Sequence[Node | Scope], nodes: Mapping[str, Node]) -> Iterator[Node | Scope]:
    for member in members:
        if isinstance(member, Node):
            yield nodes[member.path]
        else:
            yield replace(member, members=tuple(_replaced(member.members, nodes)))
