"""Expressions for the numbers of layers' output channels."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from archspec.expressions import names_of, same, simplify
from archspec.ir import Node
from archspec.layers.merge import Concatenate
from archspec.program.body import only
from archspec.program.cases import Case


def result_sizes(
    nodes: Mapping[Case, Node], attributes: Mapping[str, ast.expr], sizes: Sequence[ast.expr], actual: Sequence[int]
) -> Iterator[ast.expr]:
    """Candidates of expressions for the number of a layer's output channels."""
    if {type(node.layer) for node in nodes.values()} == {Concatenate}:
        yield from _sums(sizes)
    yield from (attributes[key] for key in ("filters", "units") if key in attributes)
    yield from sizes
    if isinstance(shape := attributes.get("target_shape"), ast.List) and shape.elts:
        yield shape.elts[-1]
    if "depth_multiplier" in attributes:
        yield simplify(ast.BinOp(sizes[0], ast.Mult(), attributes["depth_multiplier"]))
    read = [case.channels(node.inputs[0]) for case, node in nodes.items()]
    factor = only(after // before for before, after in zip(read, actual, strict=True))
    if factor is not None:
        yield simplify(ast.BinOp(sizes[0], ast.Mult(), ast.Constant(factor)))
    divisor = only(before // after for before, after in zip(read, actual, strict=True))
    if divisor is not None:
        yield simplify(ast.BinOp(sizes[0], ast.FloorDiv(), ast.Constant(divisor)))
    if "stop" in attributes:
        yield attributes["stop"]
    if "start" in attributes:
        yield simplify(ast.BinOp(sizes[0], ast.Sub(), attributes["start"]))


def _sums(sizes: Sequence[ast.expr]) -> Iterator[ast.expr]:
    """Candidates for the sum of numbers of channels; a name in it is one too, because the halves of n add up to n."""
    total = sizes[0]
    for size in sizes[1:]:
        total = ast.BinOp(total, ast.Add(), size)
    if all(same(size, sizes[0]) for size in sizes):
        total = ast.BinOp(ast.Constant(len(sizes)), ast.Mult(), sizes[0])
    total = simplify(total)
    if not isinstance(total, ast.Name | ast.Constant):
        yield from (ast.Name(name, ast.Load()) for name in sorted(names_of(total)))
    yield total
