"""Defaults of a document: attributes that its layers of a type have unless they write their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from archspec.errors import Diagnostic
from archspec.layers import LayerType
from archspec.spec.attributes import attribute_faults, given_twice, spellings
from archspec.spec.common import CHECKS
from archspec.spec.computed import UNKNOWN, Computed, Env, names_in, read_value
from archspec.spec.keys import meant_key, unknown_key
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report
from archspec.spec.vocabulary import Form, Signature, Vocabulary

_EXAMPLE = "write defaults: {Conv2D: {use_bias: false}}"
_ONLY_PARAMS = "a default reads params of the document only; write at the layers what differs between them"


class OfType(NamedTuple):
    """The defaults of one layer type: values and expressions by attribute, and the place of their mapping."""

    attributes: Mapping[str, object]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Defaults:
    """The defaults of a document by layer type.

    Their expressions read params of the document. `hidden` are params whose names mean something else at a layer: a
    param of its block or a column of its `for`.
    """

    by_type: Mapping[LayerType, OfType] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The names that the expressions read."""
        values = (value for kind in self.by_type.values() for value in kind.attributes.values())
        return frozenset[str]().union(*map(names_in, values))

    def of(self, kind: LayerType, given: Iterable[str]) -> dict[str, object]:
        """The defaults for a layer of this type that writes the `given` attributes itself."""
        found = self.by_type.get(kind)
        if found is None:
            return {}
        words = spellings(kind)
        own = {words.get(key) for key in given}
        return {key: value for key, value in found.attributes.items() if words[key] not in own}

    def inside(self, names: Iterable[str]) -> Defaults:
        """The same defaults for layers around which these names have other values."""
        hidden = self.names.intersection(names)
        return replace(self, hidden=self.hidden | hidden) if hidden else self

    def sayable(self, attributes: Mapping[str, object]) -> dict[str, object]:
        """Those of the attributes whose expressions have the same meaning as if the layer wrote them."""
        return {key: value for key, value in attributes.items() if self.hidden.isdisjoint(names_in(value))}

    def evaluated(self, env: Env, report: Report) -> Defaults:
        """The defaults for these values of the document's params. A wrong value is reported, at its place here."""
        if not self.names:
            return self
        return Defaults({kind: _evaluated(kind, *found, env, report) for kind, found in self.by_type.items()})


def _evaluated(kind: LayerType, attributes: Mapping[str, object], place: Place, env: Env, report: Report) -> OfType:
    found = dict(attributes)
    for key, value in attributes.items():
        if isinstance(value, Computed) and value is not UNKNOWN:
            try:
                found[key] = _checked(kind, key, value.evaluate(env), place)
            except Faulty as fault:
                report.take(_only_params(fault))
                found[key] = UNKNOWN
    return OfType(found, place)


def _only_params(fault: Faulty) -> Faulty:
    """The fault, with a hint if it is an unknown name."""
    found = fault.diagnostic
    if found is None or found.code != "unknown-name":
        return fault
    return Faulty(replace(found, hint=found.hint or _ONLY_PARAMS))


def _checked(kind: LayerType, key: str, value: object, place: Place) -> object:
    """The value of an attribute; raises `Faulty` if no layer of this type can have it."""
    for fault in attribute_faults(kind, key, value, place):
        raise Faulty(fault)
    return value


def read_defaults(declared: Mapping[object, object], vocabulary: Vocabulary, place: Place, report: Report) -> Defaults:
    """The defaults that a `defaults:` mapping declares; `place` is the mapping's."""
    by_type: dict[LayerType, OfType] = {}
    for word, attributes in declared.items():
        kind: LayerType | None
        try:
            kind = _kind(word, vocabulary, place)
        except Faulty as fault:
            report.take(fault)
            # A misspelt type is read under its right name: without the defaults its layers would have more faults.
            kind = _meant(word, declared, vocabulary)
        if kind is not None:
            inside = place.inside(str(word))
            by_type[kind] = OfType(_read_attributes(kind, attributes, inside, report), inside)
    return Defaults(by_type)


def _kind(word: object, vocabulary: Vocabulary, place: Place) -> LayerType:
    """The layer type of a name; raises `Faulty` if it is none, or not one with defaults here."""
    if not isinstance(word, str):
        raise Faulty(Diagnostic("wrong-type", f"a layer type is a text, not {describe(word)}", place.where))
    where = place.key(word)
    kind = vocabulary.get(word)
    if kind is None:
        raise vocabulary.unknown(word, where)
    if isinstance(kind, Signature):
        hint = "write them in the block: params: {filters: 64}"
        raise Faulty(Diagnostic("wrong-default", f"{word} is a block, whose defaults are in its `params`", where, hint))
    if isinstance(kind, Form):
        hint = "write its attributes where it is listed"
        raise Faulty(Diagnostic("wrong-default", f"{word} is a composite, and only layers have defaults", where, hint))
    return kind


def _meant(word: object, declared: Mapping[object, object], vocabulary: Vocabulary) -> LayerType | None:
    name = vocabulary.meant(word) if isinstance(word, str) else None
    if name is None or name in declared:
        return None
    kind = vocabulary.get(name)
    return None if isinstance(kind, Form | Signature) else kind


def _read_attributes(kind: LayerType, declared: object, place: Place, report: Report) -> dict[str, object]:
    if not isinstance(declared, dict):
        message = f"the defaults of {kind.__name__} are a mapping of its attributes, not {describe(declared)}"
        report.error("wrong-type", message, place.where, hint=_EXAMPLE)
        return dict.fromkeys(kind.model_fields, UNKNOWN)
    words = spellings(kind)
    found: dict[str, object] = {}
    for key, value in declared.items():
        word = key if key in words else _misused(kind, key, declared, place, report)
        if word is None:
            continue
        other = next((other for other in found if words[other] == words[word]), None)
        if other is not None:
            report.add(given_twice(key, other, place))
            continue
        found[word] = UNKNOWN if word != key else _read(kind, key, value, place, report)
    return found


def _misused(
    kind: LayerType, key: object, declared: Mapping[object, object], place: Place, report: Report
) -> str | None:
    """Report a key that is no attribute; returns the attribute that it probably means."""
    if not isinstance(key, str):
        report.error("wrong-type", f"a key is a text, not {describe(key)}", place.where)
        return None
    if key in CHECKS:
        message = f"`{key}` belongs to one layer: only attributes have defaults"
        report.error("wrong-default", message, place.key(key), hint="write it at the layer")
        return None
    left = [word for word in spellings(kind) if word not in declared]
    report.add(unknown_key(kind.__name__, "attribute", key, left, place))
    return meant_key(key, left)


def _read(kind: LayerType, key: str, value: object, place: Place, report: Report) -> object:
    try:
        read = read_value(value, place.inside(key))
        return read if isinstance(read, Computed) else _checked(kind, key, read, place)
    except Faulty as fault:
        report.take(fault)
        return UNKNOWN
