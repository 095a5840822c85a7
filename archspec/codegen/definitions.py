"""Groups the scopes of a network into definitions: what is written once and called for each use."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Set
from dataclasses import dataclass, replace
from typing import TypeVar

from archspec.codegen.body import Body, Loop, Use, arguments_of, map_arguments, outline, renumbered, uses_of
from archspec.codegen.calls import MISSING, Argument, Call, Required
from archspec.codegen.parameters import Parameter, generalise
from archspec.ir import Scope

Family = tuple[str, ...]
"""What scopes have in common that may become one definition."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or a function: a name, its parameters and its body."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Body

    def call(self, use: int) -> Call:
        """The call that stands for one of the uses that the definition was made from."""
        return Call(self.name, tuple(_call_argument(parameter, use) for parameter in self.parameters))


def _call_argument(parameter: Parameter, use: int) -> Argument:
    return Argument(
        parameter.name, parameter.values[use], parameter.default, positional=isinstance(parameter.default, Required)
    )


def families(scopes: tuple[Scope, ...], candidates: frozenset[str]) -> list[list[Scope]]:
    """The scopes whose paths are `candidates` by family, every family after those that its scopes contain.

    The uses of a block are a family; so are composites of one kind whose names differ by a number and that are nested
    alike.
    """
    heights: dict[str, int] = {}
    inner: dict[str, list[Scope]] = {}
    for scope in reversed(scopes):
        inner[scope.path] = [member for member in scope.members if isinstance(member, Scope)]
        heights[scope.path] = 1 + max((heights[member.path] for member in inner[scope.path]), default=0)
    found: dict[Family, list[Scope]] = {}
    for scope in scopes:
        if scope.path in candidates:
            found.setdefault(_family(scope, heights), []).append(scope)
    ordered: dict[Family, list[Scope]] = {}

    def visit(scope: Scope) -> None:
        family = _family(scope, heights)
        if family in ordered:
            return
        for member in (each for one in found.get(family, [scope]) for each in inner[one.path]):
            visit(member)
        if family in found:
            ordered[family] = found[family]

    for scope in scopes:
        visit(scope)
    return list(ordered.values())


def _family(scope: Scope, heights: Mapping[str, int]) -> Family:
    if scope.block:
        return ("block", scope.kind)
    return (scope.kind, stem(scope.name), str(heights[scope.path]))


def stem(name: str) -> str:
    """A name without the number at its end."""
    return re.sub(r"_?\d+$", "", name) or name


Result = TypeVar("Result")


@dataclass(slots=True)
class Group:
    """Uses with one outline: positions in the family, and their bodies."""

    members: list[int]
    bodies: list[Body]


def group(bodies: list[Body]) -> list[Group]:
    """The bodies by outline, those that only lack a switchable layer joined to those that have it.

    A body that is there several times is worked on once.
    """
    found: dict[Hashable, Group] = {}
    outlines = _once(bodies, outline)
    for index, body in enumerate(bodies):
        same = found.setdefault(outlines[id(body)], Group([], []))
        same.members.append(index)
        same.bodies.append(body)
    groups = sorted(found.values(), key=lambda each: -len(each.bodies[0].items))
    joined: list[Group] = []
    for smaller in groups:
        for larger in joined:
            if _join(larger, smaller):
                break
        else:
            joined.append(smaller)
    return joined


def define(name: str, uses: Group, scopes: list[Scope], taken: frozenset[str]) -> Definition:
    """The definition for a group of uses."""
    own = [scopes[index] for index in uses.members]
    defaults = own[0].defaults
    general = generalise(uses.bodies, [scope.arguments for scope in own], defaults, taken)
    return Definition(name, general.parameters, general.body)


def _join(larger: Group, smaller: Group) -> bool:
    """Adds the smaller group's uses to the larger one if they only lack named layers that may be switched off."""
    names = {use.name for use in uses_of(smaller.bodies[0])}
    lacking = {use.name for use in uses_of(larger.bodies[0]) if use.name is not None and use.name not in names}
    if not lacking or any(isinstance(item, Loop) for item in larger.bodies[0].items):
        return False
    bare = _without(larger.bodies[0], lacking)
    if bare is None or outline(bare) != outline(smaller.bodies[0]):
        return False
    switched = _once(larger.bodies, lambda body: _switched(body, lacking))
    template = switched[id(larger.bodies[0])]
    filled = _once(smaller.bodies, lambda body: _filled(template, body, lacking))
    larger.bodies = [*(switched[id(body)] for body in larger.bodies), *(filled[id(body)] for body in smaller.bodies)]
    larger.members += smaller.members
    return True


def _once(bodies: list[Body], fn: Callable[[Body], Result]) -> dict[int, Result]:
    """What `fn` makes of each body, by the body's identity."""
    return {identity: fn(body) for identity, body in {id(body): body for body in bodies}.items()}


def _without(body: Body, lacking: Set[str]) -> Body | None:
    """The body without these uses: what they read is passed on."""
    gone = [use for use in uses_of(body) if use.name in lacking]
    if any(len(use.inputs) != 1 or len(use.results) != 1 or use.made is None for use in gone):
        return None
    bare = renumbered(body, {number for use in gone for number in use.results})
    return _each_use(bare, lambda use: replace(use, switch=None))


def _switched(body: Body, lacking: Set[str]) -> Body:
    """The body with a switch, that is on, at each of these uses."""
    return _each_use(body, lambda use: _with_switch(use, True) if use.name in lacking and not use.switch else use)


def _with_switch(use: Use, on: bool) -> Use:
    name = (use.name or "").replace(".", "_")
    return replace(use, switch=Argument(name if name.isidentifier() else f"with_{name}", on))


def _filled(template: Body, body: Body, lacking: Set[str]) -> Body:
    """The template with this body's values, its switches off and the values of what is lacking left open."""
    values = iter(argument.value for argument in arguments_of(body))

    def fill(use: Use) -> Use:
        if use.name in lacking:
            missing = map_arguments(use, lambda argument: argument.with_value(MISSING))
            return _with_switch(missing, False)
        bare = replace(use, switch=None)
        filled = map_arguments(bare, lambda argument: argument.with_value(next(values)))
        return _with_switch(filled, True) if use.switch else filled

    return _each_use(template, fill)


def _each_use(body: Body, fn: Callable[[Use], Use]) -> Body:
    return replace(body, items=tuple(fn(item) if isinstance(item, Use) else item for item in body.items))
