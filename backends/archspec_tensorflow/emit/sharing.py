"""What is applied several times: a layer has a variable, and layers that are applied together are a model inside."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archspec.ir import Axes
from archspec.program import python as py
from archspec.program.model import Activation, Apply, Body, Layer, Unsayable
from archspec.program.names import Names, identifier
from archspec.program.walking import bodies_of


@dataclass(frozen=True)
class Shared:
    """Something that is applied several times: its variable, its applications, and a model's variables for inputs."""

    variable: str
    applications: tuple[Apply, ...]
    inputs: tuple[str, ...] = ()

    @property
    def is_model(self) -> bool:
        """Whether it is a model, and no layer."""
        return bool(self.inputs)


def shared_in(body: Body, names: Names, *, is_network: bool) -> dict[Apply, Shared]:
    """What a body applies several times, by the first application, with fresh names for its variables.

    In a network's own function the names are made of paths. The bodies of models inside are bodies of their own.
    """
    found: dict[Apply, list[Apply]] = {}
    for item in _here(body):
        if item.again is not None:
            found.setdefault(item.again, [item.again]).append(item)
    return {first: _named(first, applications, names, is_network) for first, applications in found.items()}


def _here(body: Body) -> Iterator[Apply]:
    """The layers of a body, also those inside its loops, conditions and groups, but not those inside models."""
    several = {item.again for item in body.items if isinstance(item, Apply)}
    for item in body.items:
        if isinstance(item, Apply):
            yield item
        if item not in several and not (isinstance(item, Apply) and item.again is not None):
            for inner in bodies_of(item):
                yield from _here(inner)


def _named(first: Apply, applications: Sequence[Apply], names: Names, is_network: bool) -> Shared:
    if isinstance(first.made, Activation):
        raise Unsayable("an activation that an expression chooses is applied again")
    path = next(iter(first.paths.values()))
    word = path.replace(".", "_") if is_network else path.rpartition(".")[2]
    if isinstance(first.made, Layer):
        return Shared(names.fresh(identifier(f"{word}_layer")), tuple(applications))
    hints = [f"_{each.hint}" if len(first.inputs) > 1 and each.hint.isidentifier() else "" for each in first.inputs]
    inputs = tuple([names.fresh(identifier(f"{word}{hint}_input")) for hint in hints])
    return Shared(names.fresh(identifier(f"{word}_model")), tuple(applications), inputs)


def input_of(shared: Shared, index: int, variable: str) -> ast.expr:
    """The `keras.Input` for one input of a model; `variable` has the value of its first application.

    Its shape is the value's, or has no sizes if the applications read values of several sizes.
    """
    shape = ast.Attribute(py.dotted(variable), "shape", ast.Load())
    by_case: Mapping[object, set[Axes]] = {case: set() for case in shared.applications[0].paths}
    for item in shared.applications:
        for case in item.paths:
            value = item.inputs[index].of(case)
            if value is None or case not in by_case:
                raise Unsayable("the size of a value that layers are applied to")
            by_case[case].add(value.type.axes)
    if all(len(axes) == 1 for axes in by_case.values()):
        rest = ast.Slice(ast.Constant(1), None, None)
        return py.call("keras.Input", [py.subscript(shape, rest)])
    ranks = {len(axes) for each in by_case.values() for axes in each}
    if len(ranks) > 1:
        raise Unsayable("layers are applied to values with several numbers of axes")
    last = py.subscript(shape, ast.UnaryOp(ast.USub(), ast.Constant(1)))
    return py.call("keras.Input", [py.tuple_([*[ast.Constant(None)] * (ranks.pop() - 1), last])])
