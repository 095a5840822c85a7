"""Layer dicts to `LayerSpec`s: every expression is parsed once, and every literal value is checked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from archspec.errors import Diagnostic
from archspec.ir import CompositeLayer, Layer
from archspec.source import EMPTY
from archspec.spec import elsewhere_layers
from archspec.spec.attributes import make_layer
from archspec.spec.common import CHECKS
from archspec.spec.computed import UNKNOWN, Computed, is_literal, names_in, read_value
from archspec.spec.defaults import Defaults
from archspec.spec.foreign import TYPE_WORDS, is_row
from archspec.spec.keys import misused_block, misused_form
from archspec.spec.layer_spec import Chain, LayerSpec, check
from archspec.spec.names import describe
from archspec.spec.place import MadePlace, NamedPlace, Place
from archspec.spec.report import Faulty, Report
from archspec.spec.suggest import closest
from archspec.spec.vocabulary import FORMS, IMPLIED_TYPES, Form, Kind, Signature, Vocabulary

DEEPEST_NESTING = 64

_NOT_OF_A_MERGE = frozenset(("inputs", "each", "when", "for", "rows", "repeat"))

_NOT_WITH_EACH: Mapping[str, str] = MappingProxyType(
    {
        "inputs": "`each` lists the values that the layer reads: leave `inputs` out",
        "repeat": "put the copies into a Sequential with a `name` and this `each`",
    }
)
"""The keys that a layer with `each` cannot have, with the remedy."""


def unread(place: Place) -> Chain:
    """Stands for the layers at `place` where there are none that can be read."""
    return (LayerSpec(place, faulty=True),)


def _hint_of_none(value: object) -> str | None:
    return "write [] for no layers" if value is None or value is EMPTY else None


class Reader:
    """Reads the layers of one document; faults go into the report."""

    def __init__(self, vocabulary: Vocabulary, report: Report, defaults: Defaults | None = None) -> None:
        self._vocabulary = vocabulary
        self._report = report
        self.defaults = defaults or Defaults()

    def inside(self, names: Iterable[str]) -> Reader:
        """A reader of layers around which these names have values: params of a block, columns of a `for`."""
        return Reader(self._vocabulary, self._report, self.defaults.inside(names))

    def chain(self, value: object, place: Place, depth: int = 0, *, skipped: int = 0) -> Chain:
        """A list of layers; `depth` is the number of composites around it.

        `skipped` is the number of entries before these in the list at `place`.
        """
        if not isinstance(value, list | tuple):
            hint = "layers are a list: begin each with a dash" if isinstance(value, dict) else _hint_of_none(value)
            self._report.error(
                "wrong-type", f"this must be a list of layers, not {describe(value)}", place.where, hint=hint
            )
            return unread(place)
        if depth > DEEPEST_NESTING:
            self._report.error("too-deep", f"layers nest more than {DEEPEST_NESTING} deep here", place.where)
            return unread(place)
        return tuple(self.layer(item, place.inside(index), depth) for index, item in enumerate(value, skipped))

    def layer(self, value: object, place: Place, depth: int = 0) -> LayerSpec:
        """One layer."""
        if not isinstance(value, dict):
            self._report.error(
                "wrong-type", f"a layer is a mapping, not {describe(value)}", place.where, hint=self._as_layer(value)
            )
            return LayerSpec(place, faulty=True)
        strange = [key for key in value if not isinstance(key, str)]
        if strange:
            self._report.error("wrong-type", f"a key is a text, not {describe(strange[0])}", place.where)
            return LayerSpec(place, faulty=True)
        if "layer_type" not in value:
            value = self._with_type(value, place)
        return _LayerReader(self, self._vocabulary, self._report, place, depth).read(value)

    def _as_layer(self, value: object) -> str | None:
        """Advice for a layer that is only the name of its type, a call of it, or a row of Ultralytics."""
        if is_row(value):
            before, number, word = value[:3]  # type: ignore[index]  # so `is_row` has found it
            counted = isinstance(before, int) and before < 0
            inputs = "" if before == -1 else f", inputs: {describe(before) if counted else '...'}"
            repeat = "" if number == 1 else f", repeat: {describe(number)}"
            name = self._vocabulary.meant(word) or word
            return f"write {{layer_type: {name}{inputs}{repeat}, ...}}, with names for its arguments"
        if not isinstance(value, str):
            return None
        word, called, arguments = value.partition("(")
        if called and arguments.strip() != ")" and (meant := self._vocabulary.meant(word)):
            return f"write {{layer_type: {meant}, ...}}, with names for its arguments"
        if elsewhere_layers.is_lacking(word):
            return f"archspec has no {word} yet"
        meant = self._vocabulary.meant(word)
        return f"write {{layer_type: {meant}}}" if meant else "write {layer_type: ...}, with its attributes"

    def _with_type(self, value: Mapping[str, object], place: Place) -> Mapping[str, object]:
        """The layer with the type that its key implies; a layer without either is reported."""
        meant = next((word for word in TYPE_WORDS if word in value and isinstance(value[word], str)), None)
        meant = meant or closest("layer_type", value.keys() - IMPLIED_TYPES)
        implied = [IMPLIED_TYPES[key] for key in IMPLIED_TYPES if key in value]
        if meant is None and len(implied) == 1:
            return {"layer_type": implied[0], **value}
        where = place.where if meant is None else place.key(meant)
        hint = None if meant is None else f"write layer_type for {meant}"
        if meant is None and implied:
            hint = "`layers` would make it a Sequential, and `branches` a Parallel: it can be only one"
        if meant is None and len(value) == 1:
            hint = self._typed_by_key(*value.items())
            value = {} if hint else value
        self._report.error("missing-attribute", "this layer has no `layer_type`", where, hint=hint)
        return value

    def _typed_by_key(self, entry: tuple[str, object]) -> str | None:
        """Advice for a layer whose type is its only key: `Conv2D: {filters: 8}`."""
        key, attributes = entry
        meant = key if self._vocabulary.get(key) else self._vocabulary.meant(key)
        if meant is None:
            return None
        first = next(iter(attributes), None) if isinstance(attributes, dict) else None
        more = f", {first}: {describe(attributes[first])}" if isinstance(attributes, dict) and first else ""
        return f"write {{layer_type: {meant}{more}{', ...' if attributes is not EMPTY else ''}}}"


class _LayerReader:
    """Reads one layer dict."""

    def __init__(self, reader: Reader, vocabulary: Vocabulary, report: Report, place: Place, depth: int) -> None:
        self._reader = reader
        self._vocabulary = vocabulary
        self._report = report
        self._place = place
        self._depth = depth
        self._faulty = False

    def read(self, value: Mapping[str, object]) -> LayerSpec:
        """The layer; it is faulty if its value cannot be known."""
        if "for" in value or "rows" in value:
            self._begin_copies(value)
        common = {key: self._common(key, value[key]) for key in CHECKS if key in value}
        self._faulty |= "layer_type" not in value
        if common.get("each") is not None:
            self._refuse_beside_each(common)
        kind = self._kind(common.setdefault("layer_type", None))
        chains = _CHAINS if isinstance(kind, Form) else {}
        children = {key: chains[key](self, value[key], self._place.inside(key)) for key in chains if key in value}
        rest = [key for key in value if key not in CHECKS and key not in children]
        attributes = {key: self._value(key, value[key]) for key in rest}
        layer, defaults = self._settle(kind, attributes, children)
        words = frozenset[str]().union(*map(names_in, common.values()), *map(names_in, attributes.values()))
        return LayerSpec(self._place, common, attributes, children, kind, layer, self._faulty, words, defaults)

    def _begin_copies(self, value: Mapping[str, object]) -> None:
        self._reader = self._reader.inside(_columns(value))
        if "for" in value and "rows" in value:
            message = "`for` and `rows` both list the copies: write one of them"
            self._take(Faulty(Diagnostic("duplicate-key", message, self._place.key("rows"))))

    def chain(self, value: object, place: Place) -> tuple[Chain, ...]:
        """The layers under `layers` or `shortcut`."""
        return (self._reader.chain(value, place, self._depth + 1),)

    def branches(self, value: object, place: Place) -> tuple[Chain, ...]:
        """The layers of each branch: one layer or a list of them. In a mapping each branch has a name."""
        if isinstance(value, list | tuple) and value:
            return tuple(self._branch(item, place.inside(index)) for index, item in enumerate(value))
        if isinstance(value, dict) and value:
            return tuple((self._named_branch(name, item, place.inside(name)),) for name, item in value.items())
        given = "an empty list" if value == [] else "an empty mapping" if value == {} else describe(value)
        message = f"`branches` must be a list of branches, or a mapping from names to branches, not {given}"
        self._take(Faulty(Diagnostic("wrong-type", message, place.where)))
        return ()

    def _branch(self, value: object, place: Place) -> Chain:
        if isinstance(value, dict):
            return (self._reader.layer(value, place, self._depth + 1),)
        (chain,) = self.chain(value, place)
        return chain

    def _named_branch(self, name: object, value: object, place: Place) -> LayerSpec:
        """The layer of a branch under its name; several layers are a group of this name."""
        named = NamedPlace(place.root, place.path)
        if isinstance(value, dict):
            if "name" in value:
                self._report.error("duplicate-name", "the branch's key is its name already", place.key("name"))
            return self._reader.layer({**value, "name": name}, named, self._depth + 1)
        children = {"layers": self.chain(value, place)}
        try:
            common = {"layer_type": "Sequential", "name": check("name", name, named)}
        except Faulty as fault:
            self._report.take(fault)
            return LayerSpec(named, faulty=True)
        return LayerSpec(named, common, {}, children, FORMS["Sequential"])

    def merge(self, value: object, place: Place) -> tuple[Chain, ...]:
        """The layer under `merge`: a layer type's name, or a layer."""
        if isinstance(value, dict):
            for key in _NOT_OF_A_MERGE.intersection(value):
                self._report.error("unknown-attribute", f"a merge has no `{key}`", place.key(key))
            known = {key: entry for key, entry in value.items() if key not in _NOT_OF_A_MERGE}
            return ((self._reader.layer(known, place, self._depth + 1),),)
        if not isinstance(value, str):
            message = f"`merge` must be the name of a layer type or a layer, not {describe(value)}"
            self._take(Faulty(Diagnostic("wrong-type", message, place.where)))
            return (unread(place),)
        return ((self._reader.layer({"layer_type": value}, MadePlace(place.root, place.path), self._depth + 1),),)

    def _common(self, key: str, value: object) -> object:
        try:
            read = value if is_literal(value) else read_value(value, self._place.inside(key))
            return read if isinstance(read, Computed) else check(key, read, self._place)
        except Faulty as fault:
            self._take(fault)
            return None

    def _refuse_beside_each(self, common: Mapping[str, object]) -> None:
        """Report the common keys that make no sense together with `each`."""
        for key, remedy in _NOT_WITH_EACH.items():
            if common.get(key) is not None:
                message = f"a layer with `each` has no `{key}`"
                self._take(Faulty(Diagnostic("wrong-value", message, self._place.key(key), remedy)))
        if "name" not in common:
            hint = "with the name `head` the values of `each: [p3, p4]` are head_p3 and head_p4"
            message = "a layer with `each` needs a `name`"
            self._take(Faulty(Diagnostic("missing-attribute", message, self._place.key("each"), hint)))

    def _value(self, key: str, value: object) -> object:
        try:
            return value if is_literal(value) else read_value(value, self._place.inside(key))
        except Faulty as fault:
            self._take(fault)
            return UNKNOWN

    def _kind(self, layer_type: object) -> Kind | None:
        if not isinstance(layer_type, str):
            return None
        try:
            return self._vocabulary.find(layer_type, self._place.inside("layer_type"))
        except Faulty as fault:
            self._take(fault)
            return None

    def _settle(
        self, kind: Kind | None, attributes: Mapping[str, object], children: Mapping[str, object]
    ) -> tuple[Layer | CompositeLayer | None, dict[str, object]]:
        """Check the layer's own keys, and return the layer itself if all values are literal; and its defaults."""
        layer, defaults = None, dict[str, object]()
        faults: list[Diagnostic] = []
        match kind:
            case None:
                pass
            case Form():
                keys = {*attributes, *children}
                faults = misused_form(kind, keys, self._place)
                self._faulty |= not keys.issuperset(kind.needed)
            case Signature():
                faults = misused_block(kind, attributes, self._place)
                self._faulty |= not attributes.keys() >= set(kind.needed)
            case _:
                defaults = self._reader.defaults.of(kind, attributes)
                layer, faults = make_layer(kind, attributes, self._place, self._vocabulary.made, defaults)
                self._faulty |= bool(faults)
        for fault in faults:
            self._report.add(fault)
        return layer, self._reader.defaults.sayable(defaults)

    def _take(self, fault: Faulty) -> None:
        self._report.take(fault)
        self._faulty = True


def _columns(layer: Mapping[str, object]) -> Iterator[str]:
    """The names of the columns that a layer writes under `for` or `rows`."""
    rows = layer.get("rows")
    for table in (layer.get("for"), *(rows if isinstance(rows, list | tuple) else ())):
        if isinstance(table, dict):
            yield from map(str, table)


_CHAINS: Mapping[str, Callable[[_LayerReader, object, Place], tuple[Chain, ...]]] = MappingProxyType(
    {
        "layers": _LayerReader.chain,
        "shortcut": _LayerReader.chain,
        "branches": _LayerReader.branches,
        "merge": _LayerReader.merge,
    }
)
"""The readers of composites' keys with layers."""
