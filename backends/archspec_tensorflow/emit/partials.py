"""Conventions that many layers of one class share, written once: `Conv2D = partial(layers.Conv2D, use_bias=False)`."""

from __future__ import annotations

import ast
from collections.abc import Sequence, Set
from itertools import takewhile

from archspec.program import python as py
from archspec.program.trees import changed, nodes_in

CONVENTIONS = {"use_bias": 1, "momentum": 1, "epsilon": 1, "kernel_initializer": 2, "depthwise_initializer": 2}
"""Arguments that an author decides once for a network, with what each weighs: an initializer takes a line."""

_LEAST = 4
"""The least weight of the arguments that a `partial` spares, because it costs lines itself."""

_Arguments = dict[tuple[str, str], ast.expr]
"""The values of arguments, by the arguments' names and the values' dumps."""


def with_partials(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements with `partial`s of layers' classes, behind the constants that stand first in the module.

    A `partial` has the arguments that most calls of its class share. Their values are literals or these constants.
    """
    constants = [*takewhile(lambda statement: isinstance(statement, ast.Assign), statements)]
    known = {node.id for node in nodes_in(constants) if isinstance(node, ast.Name)}
    module = ast.Module([*statements[len(constants) :]], [])
    calls: dict[str, list[ast.Call]] = {}
    for node in nodes_in([module]):
        if (layer := _layer(node)) is not None and isinstance(node, ast.Call):
            calls.setdefault(layer, []).append(node)
    taken = {node.id for node in nodes_in(statements) if isinstance(node, ast.Name)}
    shared = {
        layer: chosen
        for layer, made in calls.items()
        if layer not in taken and (chosen := _worthwhile([_shareable(call, known) for call in made]))
    }

    def change(node: ast.AST) -> ast.AST:
        layer = _layer(node)
        if layer not in shared or not isinstance(node, ast.Call):
            return node
        if not shared[layer].keys() <= _shareable(node, known).keys():
            return node
        words = {word for word, _ in shared[layer]}
        return ast.Call(py.dotted(layer), node.args, [each for each in node.keywords if each.arg not in words])

    without = changed(module, change)
    assert isinstance(without, ast.Module), "a module stays one"
    return [*constants, *(_partial(layer, shared[layer]) for layer in sorted(shared)), *without.body]


def _worthwhile(calls: Sequence[_Arguments]) -> _Arguments:
    """The arguments of a call that spare most if all calls with them are written shorter; none if they spare little."""

    def spared(arguments: _Arguments) -> int:
        weight = sum(CONVENTIONS[word] for word, _ in arguments)
        return weight * (sum(arguments.keys() <= other.keys() for other in calls) - 1)

    best = max(calls, key=spared)  # the first of several
    return best if spared(best) >= _LEAST else {}


def _partial(layer: str, arguments: _Arguments) -> ast.stmt:
    keywords = {word: value for (word, _), value in arguments.items()}
    return py.assign(layer, py.call("partial", [py.dotted(f"layers.{layer}")], keywords))


def _layer(node: ast.AST) -> str | None:
    """The class of the layer that a call makes."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="layers"), attr=name)):
            return name
    return None


def _shareable(call: ast.Call, constants: Set[str]) -> _Arguments:
    """The arguments that several calls may share: conventions whose values are the same everywhere in the module."""
    return {
        (each.arg, ast.dump(each.value)): each.value
        for each in call.keywords
        if each.arg in CONVENTIONS and _is_closed(each.value, constants)
    }


def _is_closed(value: ast.expr, constants: Set[str]) -> bool:
    return all(node.id in constants for node in ast.walk(value) if isinstance(node, ast.Name))
