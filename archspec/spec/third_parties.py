"""The names of third parties for the layers of a document's networks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archspec.errors import Diagnostic
from archspec.ir import Sign, TheirNetwork
from archspec.spec.computed import UNKNOWN, Computed, Env, evaluated, names_in, read_value
from archspec.spec.envelope import NamesEnvelope, read_envelope
from archspec.spec.expressions.passage import Passage
from archspec.spec.names import LONGEST_NAME, NAME_HINT, describe, is_name, not_a_name
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report
from archspec.spec.signs import read_signs
from archspec.spec.suggest import did_you_mean
from archspec.spec.their_networks import read_networks

LONGEST_PATTERN = 200

_PATTERN = re.compile(r"(?:[A-Za-z0-9_.-]|\$[A-Za-z_][A-Za-z0-9_]*)+(?::[A-Za-z0-9_]+)?")
_NUMBER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_SIDE_BY_SIDE = re.compile(rf"{_NUMBER.pattern}\$")

_PATTERN_HINT = "write features.$stage.$block.conv: blocks.$(stage - 1).$block.conv"


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A pattern for paths of layers, or for a layer's path and one of its weights; and their name for them."""

    pattern: re.Pattern[str]
    name: object
    place: Place

    @property
    def numbers(self) -> frozenset[str]:
        """The names of the pattern's numbers."""
        return frozenset(self.pattern.groupindex)


@dataclass(frozen=True, slots=True, eq=False)
class ThirdPartySpec:
    """What a document says of a third party: lines in order, values for their expressions, networks, and signs.

    `networks` are by variant; those of a document without variants are under None.
    """

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    networks: Mapping[str | None, tuple[TheirNetwork, ...]] = field(default_factory=dict)
    signs: tuple[Sign, ...] = ()
    place: Place = field(default_factory=lambda: Place(None))

    @property
    def names(self) -> frozenset[str]:
        """The names that its expressions read, without those that it declares itself."""
        lines = (names_in(line.name) - line.numbers for line in self.lines)
        return frozenset[str]().union(*lines, *map(names_in, self.values.values())) - set(self.values)

    def env(self, params: Env) -> Env:
        """The values of names for all lines, for these values of the document's params. Raises `Faulty`."""
        env = dict(params)
        for name, value in self.values.items():
            env[name] = evaluated(value, env)
        return env

    def call(self, path: str, env: Env) -> str | None:
        """Their name for a layer's path or a weight; None if no line has it. Raises `Faulty`."""
        for line in self.lines:
            if found := line.pattern.fullmatch(path):
                numbers = {name: int(digits) for name, digits in found.groupdict().items()}
                return _text(evaluated(line.name, {**env, **numbers}), line.place)
        return None


def read_third_parties(
    declared: Mapping[Any, object],
    params: Mapping[str, object],
    variants: Mapping[str, object],
    place: Place,
    report: Report,
) -> tuple[ThirdPartySpec, ...]:
    """The third parties of a `names:` mapping at `place`."""
    found = []
    for name, value in declared.items():
        inside = place.inside(name)
        if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
            message = f"a third party is the name of a package or of a project, not {describe(name)}"
            report.error("not-a-name", message, place.key(name))
        elif not isinstance(value, dict):
            message = f"the names of a third party are a mapping, not {describe(value)}"
            report.error("wrong-type", message, inside.where, hint="write timm: {layers: {fc: head.fc}}")
        else:
            found.append(_read(name, value, params, variants, inside, report))
    return tuple(found)


def _read(
    name: str,
    declared: Mapping[str, object],
    params: Mapping[str, object],
    variants: Mapping[str, object],
    place: Place,
    report: Report,
) -> ThirdPartySpec:
    entries = read_envelope(NamesEnvelope, declared, place, report)
    values = dict(_values(entries.values.values or {}, params, entries.inside("values"), report))
    known = {*params, *values}
    lines = tuple(_lines(entries.values.layers or {}, known, entries.inside("layers"), report))
    networks = read_networks(entries.values.networks, params, variants, entries.inside("networks"), report)
    signs = tuple(read_signs(entries.values.signs or {}, params, entries.inside("signs"), report))
    return ThirdPartySpec(name, values, lines, networks, signs, place)


def _values(
    declared: Mapping[str, object], params: Mapping[str, object], place: Place, report: Report
) -> Iterator[tuple[str, object]]:
    known = set(params)
    for name, value in declared.items():
        if not is_name(name):
            report.error("not-a-name", not_a_name(name), place.key(name), hint=NAME_HINT)
        elif name in params:
            report.error("duplicate-name", f"a param is called `{name}` already", place.key(name))
        else:
            yield name, _value(value, known, place.inside(name), report)
            known.add(name)


def _lines(declared: Mapping[str, object], known: set[str], place: Place, report: Report) -> Iterator[Line]:
    for pattern, value in declared.items():
        try:
            compiled = _compiled(pattern, known, place)
        except Faulty as fault:
            report.take(fault)
            continue
        inside = place.inside(pattern)
        name = _value(value, {*known, *compiled.groupindex}, inside, report)
        if not isinstance(name, Computed):
            try:
                _text(name, inside)
            except Faulty as fault:
                report.take(fault)
                continue
        yield Line(compiled, name, inside)


def _value(value: object, known: set[str], place: Place, report: Report) -> object:
    """The value with its expressions parsed; `UNKNOWN` for one that cannot be used, which is reported."""
    try:
        read = read_value(value, place)
        for name in sorted(names_in(read) - known):
            raise _unknown(name, value, known, place)
    except Faulty as fault:
        report.take(fault)
        return UNKNOWN
    return read


def _unknown(name: str, value: object, known: set[str], place: Place) -> Faulty:
    """The fault of an unknown name in a value's expressions. In a text it points at the name."""
    message, hint = f'unknown name "{name}"', did_you_mean(name, known)
    word = re.search(rf"\b{name}\b", value) if isinstance(value, str) else None
    if word is None:
        return Faulty(Diagnostic("unknown-name", message, place.where, hint))
    return Faulty(
        Passage(word.string, lambda: place.where).error(word.span(), "unknown-name", message, hint).diagnostic
    )


def _compiled(pattern: object, known: set[str], place: Place) -> re.Pattern[str]:
    """The pattern as a regular expression in which each name is a number. Raises `Faulty`."""
    where = place.key(pattern if isinstance(pattern, str) else str(pattern))
    if not isinstance(pattern, str) or len(pattern) > LONGEST_PATTERN or not _PATTERN.fullmatch(pattern):
        message = f"{describe(pattern)} is no path of a layer with $name for numbers"
        raise Faulty(Diagnostic("wrong-value", message, where, _PATTERN_HINT))
    if _SIDE_BY_SIDE.search(pattern):
        message = "nothing tells where one number ends and the next begins"
        raise Faulty(Diagnostic("wrong-value", message, where, _PATTERN_HINT))
    taken = [name for name in _NUMBER.findall(pattern) if name in known]
    if taken:
        raise Faulty(Diagnostic("duplicate-name", f"a param or value is called `{taken[0]}` already", where))
    seen: set[str] = set()

    def group(name: str) -> str:
        again = name in seen
        seen.add(name)
        return f"(?P={name})" if again else f"(?P<{name}>[0-9]{{1,9}})"

    parts = _NUMBER.split(pattern)
    return re.compile("".join(group(part) if index % 2 else re.escape(part) for index, part in enumerate(parts)))


def _text(value: object, place: Place) -> str:
    """A layer's name. Raises `Faulty` for another value."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    message = f"a layer's name is a text, not {describe(value)}"
    raise Faulty(Diagnostic("wrong-type", message, place.where))
