"""The params of a definition that choose a block, and the classes or functions that blocks are in the source."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from archspec.program.model import Definition, Use
from archspec.program.walking import every_layer

Objects = dict[str, str]
"""Classes or functions by their names in the document."""


def chosen_blocks(
    definition: Definition, names: Mapping[Definition, str], chosen: Mapping[Definition, Mapping[str, Objects]]
) -> dict[str, Objects]:
    """The objects that each param may be, here or in a definition that it is handed to.

    `names` are the objects of all definitions, `chosen` the result of this function for those that are used here.
    """
    found: dict[str, Objects] = {}
    for made in [item.made for item in every_layer(definition.body) if isinstance(item.made, Use)]:
        if isinstance(made.choice, ast.Name):
            found.setdefault(made.choice.id, {}).update({kind: names[each] for kind, each in made.definitions.items()})
        for callee in made.definitions.values():
            for name, objects in chosen[callee].items():
                tree = made.arguments.get(name)
                if isinstance(tree, ast.Name):
                    found.setdefault(tree.id, {}).update(objects)
    return found
