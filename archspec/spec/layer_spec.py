"""One layer of a document, checked as far as possible without evaluating its expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.errors import Diagnostic, Where
from archspec.ir import CompositeLayer, Layer
from archspec.spec.common import CHECKS, Refusal
from archspec.spec.computed import Computed, Env, names_in
from archspec.spec.place import Place
from archspec.spec.repairs import repair
from archspec.spec.report import Faulty
from archspec.spec.vocabulary import Kind

_CHAINS = frozenset(("layers", "branches"))

Chain = tuple["LayerSpec", ...]
"""A list of layers."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerSpec:
    """A layer of the document.

    `common` has the keys of every layer and `attributes` the other keys; literal values are checked, and others are
    `Computed`. `children` are the lists of layers of a composite, by their keys: one under `layers`, `shortcut` and
    `merge`, any number under `branches`. `kind` is None for a computed `layer_type`. `layer` is the layer itself if it
    depends on no expression. The faults of a `faulty` layer have been reported, and its value is unknown. `words` are
    the names in its own expressions, without those of its inner layers. `defaults` are further attributes, from the
    document's defaults, without those whose expressions read names that mean something else here.
    """

    place: Place
    common: Mapping[str, object] = field(default_factory=dict)
    attributes: Mapping[str, object] = field(default_factory=dict)
    children: Mapping[str, tuple[Chain, ...]] = field(default_factory=dict)
    kind: Kind | None = None
    layer: Layer | CompositeLayer | None = None
    faulty: bool = False
    words: frozenset[str] = frozenset()
    defaults: Mapping[str, object] = field(default_factory=dict)

    def read(self, key: str, env: Env) -> object:
        """The checked value of a common key; None if it is missing. Raises `Faulty`."""
        value = self.common.get(key)
        return check(key, value.evaluate(env), self.place) if isinstance(value, Computed) else value

    @property
    def own_name(self) -> str | None:
        """Its name if it is literal."""
        name = self.common.get("name")
        return name if isinstance(name, str) else None

    @property
    def may_name(self) -> bool:
        """Whether a faulty layer may have added unknown names to its scope."""
        computed = self.common.get("name") is not None and self.own_name is None
        return computed or not self.common or bool(self.children) or not _CHAINS.isdisjoint(self.attributes)

    @property
    def copied_at(self) -> Where:
        """The place of the key that decides the number of copies."""
        said = next(key for key in ("repeat", "for", "rows", "each", "layer_type") if key in self.common)
        return self.place.inside(said).where

    @property
    def table(self) -> str:
        """The key that lists its copies with their values: `for`, which has columns, or `rows`."""
        return "rows" if "rows" in self.common else "for"

    def names(self, key: str) -> frozenset[str]:
        """The names that a common key's expressions read."""
        return names_in(self.common.get(key))


def check(key: str, value: object, place: Place) -> object:
    """The value of a common key, converted for lowering; raises `Faulty`. `place` is the layer's."""
    try:
        return CHECKS[key](value)
    except Refusal as refusal:
        near = None if refusal.path else repair(value, place.inside(key), lambda other: _accepts(key, other))
        refusal.hint = refusal.hint or near
        raise Faulty(*(_told(each, place.inside(key)) for each in (refusal, *refusal.others))) from None


def _told(refusal: Refusal, place: Place) -> Diagnostic:
    """The diagnostic of a refused value at this place."""
    wrong = place.inside(*refusal.path)
    where = wrong.where if refusal.key is None else wrong.key(refusal.key)
    return Diagnostic(refusal.code, refusal.message, where, refusal.hint)


def _accepts(key: str, value: object) -> bool:
    try:
        CHECKS[key](value)
    except Refusal:
        return False
    return True
