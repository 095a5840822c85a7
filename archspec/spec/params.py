"""Params: the parameters of a document or a block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.errors import Where
from archspec.source import EMPTY
from archspec.spec.computed import UNKNOWN, no_value, read_value
from archspec.spec.expressions import CONSTANTS
from archspec.spec.names import NAME_HINT, is_name, not_a_name
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report

REQUIRED = "required"
"""The default of a param that has none: it must be given."""


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    """A param with its default, which may be an expression of earlier params.

    A `required` one has no default and must be given. `group` is the place of the mapping that declares it.
    """

    name: str
    default: object
    group: Place
    required: bool = False

    @property
    def where(self) -> Where:
        """The place of its name."""
        return self.group.key(self.name)


def read_params(declared: Mapping[str, object], place: Place, report: Report) -> dict[str, Param]:
    """The params that a `params:` mapping declares; `place` is the mapping's."""
    params = {}
    for name, default in declared.items():
        if _can_be_read(name, place, report):
            required = isinstance(default, str) and default == REQUIRED
            read = None if required else _read_default(default, place.inside(name), report)
            params[name] = Param(name, read, place, required)
    return params


def _can_be_read(name: str, place: Place, report: Report) -> bool:
    if not is_name(name):
        report.error("not-a-name", not_a_name(name), place.key(name), hint=NAME_HINT)
        return False
    if name == "i" or name in CONSTANTS:
        meaning = "the index of `repeat`" if name == "i" else "a constant in expressions"
        report.error("reserved-name", f"`{name}` is {meaning}, so no param can have this name", place.key(name))
        return False
    return True


def _read_default(default: object, place: Place, report: Report) -> object:
    try:
        if default is EMPTY:
            raise Faulty(no_value(place, f"write {place.path[-1]}: {REQUIRED}, or {place.path[-1]}: null"))
        return read_value(default, place)
    except Faulty as fault:
        report.take(fault)
        return UNKNOWN
