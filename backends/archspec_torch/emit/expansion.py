"""Blocks that give so many times the channels that their author says: `expansion`, where a param chooses the block."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import cast

from archspec.expressions import same, simplify
from archspec.program.model import Definition, Use
from archspec.program.trees import changed
from archspec.program.walking import every_layer

ATTRIBUTE = "expansion"
"""The attribute of a block's class."""

Expansions = Mapping[str, Mapping[str, int]]
"""For each param that chooses one of two blocks, their expansions by their names."""


def expansions_in(definition: Definition) -> Expansions:
    """The expansions of blocks that give the same number of channels but for a factor."""
    found: dict[str, dict[str, int]] = {}
    for item in every_layer(definition.body):
        use = item.made
        if not isinstance(use, Use) or not isinstance(use.choice, ast.Name) or len(use.definitions) != 2:
            continue
        (one, base), (other, other_base) = [_factor(each.result_channels) for each in use.definitions.values()]
        layers = (layer for each in use.definitions.values() for layer in every_layer(each.body))
        is_free = not any(isinstance(each.name, ast.Constant) and each.name.value == ATTRIBUTE for each in layers)
        if one != other and same(base, other_base) and is_free:
            found[use.choice.id] = dict(zip(use.definitions, (one, other), strict=True))
    return found


def with_expansions(tree: ast.expr, known: Expansions) -> ast.expr:
    """The tree with `64 * block.expansion` in place of `64 if block == "Basic" else 256`."""

    def change(node: ast.AST) -> ast.AST:
        match node:
            case ast.IfExp(
                test=ast.Compare(
                    left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str() as word)]
                ),
                body=one,
                orelse=other,
            ) if word in known.get(name, {}):
                factor, last = known[name][word], next(each for key, each in known[name].items() if key != word)
                base = _quotient(one, factor)
                if base is not None and (others := _quotient(other, last)) is not None and same(base, others):
                    expansion = ast.Attribute(ast.Name(name, ast.Load()), ATTRIBUTE, ast.Load())
                    return simplify(ast.BinOp(base, ast.Mult(), expansion))
        return node

    return cast("ast.expr", changed(tree, change)) if known else tree


def _factor(tree: ast.expr) -> tuple[int, ast.expr]:
    match tree:
        case ast.BinOp(left=ast.Constant(value=int() as factor), op=ast.Mult(), right=base):
            return factor, base
        case ast.BinOp(left=base, op=ast.Mult(), right=ast.Constant(value=int() as factor)):
            return factor, base
    return 1, tree


def _quotient(tree: ast.expr, factor: int) -> ast.expr | None:
    """The tree that this one is so many times; None where that is not seen."""
    match tree:
        case ast.Constant(value=int() as number) if number % factor == 0:
            return ast.Constant(number // factor)
    own, base = _factor(tree)
    return base if own == factor else tree if factor == 1 else None
