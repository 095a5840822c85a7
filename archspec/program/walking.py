"""Walks bodies: the expressions of items, and the bodies inside them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from archspec.expressions import names_of
from archspec.program.model import Activation, Apply, Body, Definition, Group, If, Item, Layer, Loop, Made, Slice, Use


def bodies_of(item: Item) -> list[Body]:
    """The bodies inside an item."""
    if isinstance(item, If):
        return [item.body] if item.otherwise is None else [item.body, item.otherwise]
    if isinstance(item, Loop):
        return [item.body]
    match item.made:
        case Group(body=body) | Slice(body=body, start=0):
            return [body]
    return []


def applied(body: Body) -> Iterator[Apply]:
    """The layers of a body, also inside loops and conditions, but not inside groups."""
    for item in body.items:
        if isinstance(item, Apply):
            yield item
        else:
            for inner in bodies_of(item):
                yield from applied(inner)


def every_layer(body: Body) -> Iterator[Apply]:
    """All layers of a body, also inside groups."""
    for item in body.items:
        if isinstance(item, Apply):
            yield item
        for inner in bodies_of(item):
            yield from every_layer(inner)


def trees_of(item: Item) -> Iterator[ast.expr]:
    """The expressions of an item, without those inside its bodies."""
    match item:
        case If():
            yield item.test
        case Loop():
            yield from item.columns.values()
            if item.count is not None:
                yield item.count
            if item.running:
                yield from (item.source.channels, item.body.output.channels)
        case Apply():
            if item.name is not None:
                yield item.name
            yield from _trees_of_made(item.made)


def _trees_of_made(made: Made) -> Iterator[ast.expr]:
    match made:
        case Layer():
            forms = [form for form in made.forms if form is not None]
            yield from (tree for form in forms for _, tree in form.arguments)
            yield from (form.when for form in forms if form.when is not None)
        case Activation():
            yield made.choice
        case Use():
            needed = {name for definition in made.definitions.values() for name in definition.parameters}
            yield from (tree for name, tree in made.arguments.items() if name in needed)
            channels = zip(made.definition.channels, made.channels, strict=True)
            yield from (tree for name, tree in channels if name in made.definition.reads)
            if made.choice is not None:
                yield made.choice


def columns_in(body: Body) -> Iterator[str]:
    """The variables of the loops over rows."""
    for item in body.items:
        if isinstance(item, Loop):
            yield from item.columns
        for inner in bodies_of(item):
            yield from columns_in(inner)


def counters_in(body: Body) -> Iterator[str]:
    """The variables that count the iterations of loops."""
    for item in body.items:
        if isinstance(item, Loop) and item.counter:
            yield item.counter
        for inner in bodies_of(item):
            yield from counters_in(inner)


def used_in(network: Body, definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """The definitions, each before its users, that the network or another used definition uses."""
    wanted = set(_uses(network))
    found = []
    for definition in reversed(definitions):
        if definition in wanted:
            found.append(definition)
            wanted.update(_uses(definition.body))
    return tuple(reversed(found))


def _uses(body: Body) -> Iterator[Definition]:
    for item in every_layer(body):
        if isinstance(item.made, Use):
            yield from item.made.definitions.values()


def every_tree(body: Body) -> Iterator[ast.expr]:
    """The expressions of a body, also of the bodies inside it."""
    for item in body.items:
        yield from trees_of(item)
        for inner in bodies_of(item):
            yield from every_tree(inner)


def names_in(body: Body) -> frozenset[str]:
    """The names that the expressions of a body read."""
    return frozenset[str]().union(*map(names_of, every_tree(body)))


def loops_in(body: Body) -> Iterator[Loop]:
    """The loops of a body, also inside others."""
    for item in body.items:
        if isinstance(item, Loop):
            yield item
        for inner in bodies_of(item):
            yield from loops_in(inner)
