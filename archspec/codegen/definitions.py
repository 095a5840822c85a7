"""Groups the scopes of a network into definitions: what is written once and called for each use."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

from archspec.codegen.body import Body, Loop, Use, renumbered
from archspec.codegen.parameters import Parameter, Value, generalise
from archspec.ir import Scope
from archspec.program.calls import MISSING, Argument, Call, Required
from archspec.program.names import identifier

Family = tuple[str, ...]
"""What scopes have in common that may become one definition."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or a function: a name, its parameters and its body."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Body

    def calls(self, uses: int) -> list[Call]:
        """The calls that stand for the uses that the definition was made from: one object for equal ones."""
        known: dict[Hashable, Call] = {}
        found = []
        for use in range(uses):
            values = [parameter.values[use] for parameter in self.parameters]
            key = (*values, *map(type, values))
            if key not in known:
                known[key] = Call(self.name, tuple(map(_call_argument, self.parameters, values)))
            found.append(known[key])
        return found


def _call_argument(parameter: Parameter, value: Value) -> Argument:
    return Argument(parameter.name, value, parameter.default, positional=isinstance(parameter.default, Required))


def families(scopes: tuple[Scope, ...], candidates: frozenset[str]) -> list[list[Scope]]:
    """The scopes whose paths are `candidates` by family, every family after those that its scopes contain.

    The uses of a block are a family; so are composites of one kind in one block, whose names differ by a number and
    that are nested alike. So no family can contain itself: blocks do not, and in one block what contains is higher.
    """
    heights: dict[str, int] = {}
    inner: dict[str, list[Scope]] = {}
    for scope in reversed(scopes):
        inner[scope.path] = [member for member in scope.members if isinstance(member, Scope)]
        heights[scope.path] = 1 + max((heights[member.path] for member in inner[scope.path]), default=0)
    keys = _families(scopes, heights)
    found: dict[Family, list[Scope]] = {}
    for scope in scopes:
        if scope.path in candidates:
            found.setdefault(keys[scope.path], []).append(scope)
    ordered: dict[Family, list[Scope]] = {}

    def visit(scope: Scope) -> None:
        family = keys[scope.path]
        if family in ordered:
            return
        for member in (each for one in found.get(family, [scope]) for each in inner[one.path]):
            visit(member)
        if family in found:
            ordered[family] = found[family]

    for scope in scopes:
        visit(scope)
    return list(ordered.values())


def _families(scopes: tuple[Scope, ...], heights: Mapping[str, int]) -> dict[str, Family]:
    """The family of each scope by its path."""
    found: dict[str, Family] = {}
    blocks = {"": ""}
    for scope in scopes:
        around = blocks[scope.path.rpartition(".")[0]]
        blocks[scope.path] = scope.kind if scope.block else around
        height = str(heights[scope.path])
        found[scope.path] = ("block", scope.kind) if scope.block else (scope.kind, stem(scope.name), around, height)
    return found


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
    groups_of = _once(bodies, lambda body: found.setdefault(body.outline, Group([], [])))
    for index, body in enumerate(bodies):
        same = groups_of[id(body)]
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
    taken |= uses.bodies[0].variables
    general = generalise(uses.bodies, [scope.arguments for scope in own], defaults, taken)
    return Definition(name, general.parameters, general.body)


def _join(larger: Group, smaller: Group) -> bool:
    """Adds the smaller group's uses to the larger one if they only lack named layers that may be switched off."""
    names = {use.name for use in smaller.bodies[0].uses}
    lacking = {use.name for use in larger.bodies[0].uses if use.name is not None and use.name not in names}
    if not lacking or any(isinstance(item, Loop) for item in larger.bodies[0].items):
        return False
    if not _are_whole(lacking, larger.bodies[0]):
        return False
    bare = _without(larger.bodies[0], lacking)
    if bare is None or bare.outline != smaller.bodies[0].outline:
        return False
    switched = _once(larger.bodies, lambda body: _switched(body, lacking))
    template = switched[id(larger.bodies[0])]
    filled = _once(smaller.bodies, lambda body: _filled(template, body, lacking))
    larger.bodies = [*(switched[id(body)] for body in larger.bodies), *(filled[id(body)] for body in smaller.bodies)]
    larger.members += smaller.members
    return True


def _are_whole(lacking: Set[str], body: Body) -> bool:
    """Whether these are all that the body has under names of their own: a switch for a position would say nothing."""
    heads = {name.partition(".")[0] for name in lacking}
    under = {use.name for use in body.uses if use.name is not None and use.name.partition(".")[0] in heads}
    return all(map(str.isidentifier, heads)) and under == lacking


def _once(bodies: list[Body], fn: Callable[[Body], Result]) -> dict[int, Result]:
    """What `fn` makes of each body, by the body's identity."""
    return {identity: fn(body) for identity, body in {id(body): body for body in bodies}.items()}


def _without(body: Body, lacking: Set[str]) -> Body | None:
    """The body without these uses: what they read is passed on."""
    gone = [use for use in body.uses if use.name in lacking]
    if any(len(use.inputs) != 1 or len(use.results) != 1 or use.made is None for use in gone):
        return None
    bare = renumbered(body, {number for use in gone for number in use.results})
    return _each_use(bare, lambda use: use._replace(switch=None))


def _switched(body: Body, lacking: Set[str]) -> Body:
    """The body with a switch, that is on, at each of these uses."""
    return _each_use(body, lambda use: _with_switch(use, True) if use.name in lacking and not use.switch else use)


def _with_switch(use: Use, on: bool) -> Use:
    name = use.name or ""
    return use._replace(switch=Argument(identifier(f"with_{name}" if name[:1].isdigit() else name), on))


def _filled(template: Body, body: Body, lacking: Set[str]) -> Body:
    """The template with what this body makes, its switches off and the values of what is lacking left open."""
    own = iter(body.uses)

    def fill(use: Use) -> Use:
        if use.name not in lacking:
            return use.with_made(next(own).made)
        missing = use.with_arguments([argument.with_value(MISSING) for argument in use.arguments])
        return _with_switch(missing, False)

    return _each_use(template, fill)


def _each_use(body: Body, fn: Callable[[Use], Use]) -> Body:
    return Body(body.inputs, tuple([fn(item) if isinstance(item, Use) else item for item in body.items]), body.outputs)
