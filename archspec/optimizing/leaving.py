"""Leaves out layers, in all copies of a declared layer or in none: what is declared once has one line in the source."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from archspec.expressions import evaluate_each
from archspec.ir import Declaration, Graph, Node, Origin, Value
from archspec.optimizing.editing import Edit

_ACTIVATION = "activation"

NO_ACTIVATION: Final = (None, "linear")
"""The words for no activation."""


def in_all_copies(graph: Graph, able: Collection[str]) -> frozenset[str]:
    """The paths among these of which all copies of the declared layer, as far as they are of one type, are among them.

    A node without an origin stands for itself.
    """
    refused = {_key(node) for node in _mains(graph) if node.path not in able}
    return frozenset([path for path in able if _key(graph.by_path[path]) not in refused])


def leaving_out(graph: Graph, values: Mapping[str, Value]) -> Edit:
    """The edit that leaves out these nodes, with the values in the place of their results.

    A declared layer of which no node is left is no longer declared; one of which only the activation is left declares
    that.
    """
    left: dict[Declaration, list[Node]] = {}
    gone: dict[Declaration, list[Origin]] = {}
    for node in graph.nodes:
        if node.origin is not None:
            if node.path in values:
                gone.setdefault(node.origin.declaration, []).append(node.origin)
            else:
                left.setdefault(node.origin.declaration, []).append(node)
    mains = {node.path for node in _mains(graph)}
    edit = Edit(gone=dict(values))
    for declaration, origins in gone.items():
        others = left.get(declaration, [])
        if not others:
            edit.declared[declaration] = None
        elif mains.isdisjoint([node.path for node in others]) and _ACTIVATION in declaration.attributes:
            edit.declared[declaration] = _activation_of(declaration, origins, {node.origin for node in others})
    return edit


def _activation_of(declaration: Declaration, origins: Sequence[Origin], active: Set[Origin | None]) -> Declaration:
    """The declaration of the activation alone; `active` are the copies of these that have one."""
    choice, when = declaration.attributes[_ACTIVATION], declaration.when
    if len(active) < len(origins):
        has_one = [origin in active for origin in origins]
        for word in NO_ACTIVATION:
            test: ast.expr = ast.Compare(choice, [ast.NotEq()], [ast.Constant(word)])
            if list(evaluate_each(test, [origin.names for origin in origins])) == has_one:
                when = test if when is None else ast.BoolOp(ast.And(), [when, test])
                break
    attributes: dict[str, ast.expr] = {_ACTIVATION: choice}
    return replace(declaration, kind="Activation", name=None, when=when, attributes=attributes)


def hand_over_activations(graph: Graph, edit: Edit, before: Mapping[str, Node]) -> None:
    """Let layers declare the activations of the layers that are left out behind them, where all copies can.

    `before` has for each layer that is left out the one before it.
    """
    copies: dict[Declaration, list[tuple[Origin, Node]]] = {}
    for path in edit.gone:
        origin = graph.by_path[path].origin
        if origin is not None and edit.declared.get(origin.declaration) is not None:
            copies.setdefault(origin.declaration, []).append((origin, before[path]))
    for declaration, pairs in copies.items():
        (first, *others) = dict.fromkeys(None if node.origin is None else node.origin.declaration for _, node in pairs)
        if others or first is None or not _can_take(first, declaration, pairs):
            continue
        choice = declaration.attributes[_ACTIVATION]
        edit.declared |= {
            declaration: None,
            first: replace(first, attributes={**first.attributes, _ACTIVATION: choice}),
        }
        new = {origin: node.origin for origin, node in pairs}
        for node in graph.nodes:
            owner = None if node.origin is None or node.path in edit.gone else new.get(node.origin)
            if owner is not None:
                edit.origins[node.path] = owner


def _can_take(first: Declaration, second: Declaration, pairs: Sequence[tuple[Origin, Node]]) -> bool:
    """Whether the first declaration can say the activation of the second: both stand together, in each copy."""
    copied = (second.when, second.inputs, second.columns, second.repeat, second.each, first.columns, first.repeat)
    return (
        all(each is None for each in copied)
        and _ACTIVATION not in first.attributes
        and all(node.origin is not None and node.origin.parent is origin.parent for origin, node in pairs)
        and all(first.kind == type(node.layer).__name__ for _, node in pairs)
    )


def _mains(graph: Graph) -> Iterator[Node]:
    """The first node of each copy, and those without an origin: the others are the activations declared with them."""
    seen: set[Origin] = set()
    for node in graph.nodes:
        if node.origin is None:
            yield node
        elif node.origin not in seen:
            seen.add(node.origin)
            yield node


def _key(node: Node) -> object:
    return node.path if node.origin is None else (node.origin.declaration, type(node.layer))
