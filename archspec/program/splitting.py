"""The conditions for writing a layer in two forms."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from archspec.expressions import NoValue, evaluate, names_of, same, substitute
from archspec.program.cases import Case
from archspec.program.trees import changed


def conditions(attributes: Mapping[str, ast.expr], cases: Sequence[Case]) -> Iterator[tuple[ast.expr, list[Case]]]:
    """Conditions that hold in some of the cases only, with the cases in which they hold.

    They are the conditions in the layer's attributes, and comparisons of a param with one of its words.
    """
    for test in _tests(attributes, cases):
        try:
            found = [case for case in cases if evaluate(test, case.env)]
        except NoValue:
            continue
        if 0 < len(found) < len(cases):
            yield test, found


def where(attributes: Mapping[str, ast.expr], test: ast.expr, truth: bool) -> dict[str, ast.expr]:
    """The attributes for a true or a false condition."""

    def change(node: ast.AST) -> ast.AST:
        return ast.Constant(truth) if isinstance(node, ast.expr) and same(node, test) else node

    known: dict[str, ast.expr] = {}
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant() as word]) if truth:
            known[name] = word
    trees = {key: cast("ast.expr", changed(tree, change)) for key, tree in attributes.items()}
    return {key: substitute(tree, known) for key, tree in trees.items()}


def _tests(attributes: Mapping[str, ast.expr], cases: Sequence[Case]) -> Iterator[ast.expr]:
    for tree in attributes.values():
        yield from (part.test for part in ast.walk(tree) if isinstance(part, ast.IfExp))
    for name in dict.fromkeys(name for tree in attributes.values() for name in sorted(names_of(tree))):
        values = dict.fromkeys(value for case in cases if isinstance(value := case.env.get(name), str | bool))
        for value in values:
            if isinstance(value, str):
                yield ast.Compare(ast.Name(name, ast.Load()), [ast.Eq()], [ast.Constant(value)])
            elif value:
                yield ast.Name(name, ast.Load())
