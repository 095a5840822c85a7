"""A whole document: read, checked, and ready to be lowered for any of its variants."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archspec.errors import Diagnostic
from archspec.spec.blocks import Block, read_blocks, read_signatures
from archspec.spec.declarations import Declarations
from archspec.spec.defaults import Defaults, read_defaults
from archspec.spec.envelope import VERSION, Entries, Envelope, read_envelope
from archspec.spec.first_layer import FirstLayer, take_input
from archspec.spec.foreign import foreign
from archspec.spec.inputs import InputSpec, read_inputs, unknown_input
from archspec.spec.layer_spec import Chain
from archspec.spec.meanings import read_meanings
from archspec.spec.names import NAME_HINT, VARIANT_HINT, describe, is_name, is_variant_name, not_a_name
from archspec.spec.outputs import read_outputs
from archspec.spec.params import Param, read_params
from archspec.spec.place import Place
from archspec.spec.preprocessing import Preprocessing, read_preprocessing
from archspec.spec.reader import Reader, unread
from archspec.spec.report import Report, TooManyFaults
from archspec.spec.rules import Rule, read_rules
from archspec.spec.stages import StageSpec, read_stages
from archspec.spec.third_parties import ThirdPartySpec, read_third_parties
from archspec.spec.unused import warn_unused
from archspec.spec.variants import read_variants
from archspec.spec.vocabulary import Vocabulary

DEFAULT_NAME = "network"


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A document. Its `diagnostics` are the faults of reading it; with an error it is no network.

    `inputs` is None if neither the document nor its first layer declares any, and `outputs` is None if it lists none.
    `preprocessing` is by variant. A document of another version of the language or of another program is not
    `readable`, and has no other parts. `declarations` are its layers in the form that graphs keep.
    """

    place: Place
    layers: Chain = ()
    name: str = ""
    class_name: str = ""
    description: str = ""
    source: str = ""
    params: Mapping[str, Param] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    variants: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    inputs: Mapping[str, InputSpec] | None = None
    defaults: Defaults = field(default_factory=Defaults)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    outputs: object = None
    stages: Mapping[str, StageSpec] = field(default_factory=dict)
    preprocessing: Mapping[str | None, Preprocessing] = field(default_factory=dict)
    third_parties: tuple[ThirdPartySpec, ...] = ()
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    diagnostics: tuple[Diagnostic, ...] = ()
    spelt: Mapping[str, str] = field(default_factory=dict)
    readable: bool = True
    declarations: Declarations = field(default_factory=Declarations)

    def inside(self, key: str) -> Place:
        """The place of one of its keys' values, also where the key is misspelt."""
        return self.place.inside(self.spelt.get(key, key))


def parse_document(value: object, name: str = DEFAULT_NAME) -> tuple[Document, list[Diagnostic]]:
    """The document in a YAML or JSON text, or in Python values, with its faults.

    A list is a document with only layers. `name` is the name for a document without one.
    """
    report = Report()
    place = Place(value)
    try:
        document = _read(value, place, report)
    except TooManyFaults:
        document = Document(place)
    if not report.failed:
        warn_unused(document, report)
    return replace(document, name=document.name or name, diagnostics=report.diagnostics), list(report.diagnostics)


def _read(value: object, place: Place, report: Report) -> Document:
    other = foreign(value, place)
    if other is not None:
        report.add(other)
        return Document(place, readable=False)
    if isinstance(value, dict):
        return _read_document(value, place, report)
    if isinstance(value, list | tuple):
        return _read_list(value, place, report)
    report.error("wrong-type", f"a document is a mapping or a list of layers, not {describe(value)}", place.where)
    return Document(place, unread(place), inputs=unknown_input(place))


def _read_list(value: object, place: Place, report: Report) -> Document:
    first = take_input(value, place, report)
    vocabulary = Vocabulary()
    layers = Reader(vocabulary, report).chain(first.layers, place, skipped=first.skipped)
    return Document(place, layers, inputs=first.inputs, vocabulary=vocabulary)


def _read_document(value: dict[str, object], place: Place, report: Report) -> Document:
    version = value.get("archspec", VERSION)
    if isinstance(version, int) and not isinstance(version, bool) and version != VERSION:
        message = f"this is version {describe(version)} of the language, and this archspec reads version {VERSION}"
        report.error("unknown-version", message, place.inside("archspec").where)
        return Document(place, readable=False)
    entries = read_envelope(Envelope, value, place, report)
    envelope = entries.values
    _check_head(entries, report)
    params = read_params(envelope.params or {}, entries.inside("params"), report)
    vocabulary, bodies = read_signatures(envelope.blocks or {}, entries.inside("blocks"), report)
    defaults = read_defaults(envelope.defaults or {}, vocabulary, entries.inside("defaults"), report)
    reader = Reader(vocabulary, report, defaults)
    variants = read_variants(envelope.variants or {}, params, entries.inside("variants"), report)
    first = _read_inputs(entries, report)
    layers_place = entries.inside("layers")
    return Document(
        place,
        reader.chain(first.layers, layers_place, skipped=first.skipped)
        if "layers" in entries.values.model_fields_set
        else unread(layers_place),
        name=envelope.name or "",
        class_name=envelope.class_name or "",
        description=envelope.description or "",
        source=envelope.source or "",
        params=params,
        meanings=read_meanings(envelope.meanings or {}, params, entries.inside("meanings"), report),
        rules=read_rules(envelope.requires or {}, entries.inside("requires"), report),
        variants=variants,
        inputs=first.inputs,
        defaults=defaults,
        blocks=read_blocks(bodies, vocabulary, reader),
        outputs=None if envelope.outputs is None else read_outputs(envelope.outputs, entries.inside("outputs"), report),
        stages={} if envelope.stages is None else read_stages(envelope.stages, entries.inside("stages"), report),
        preprocessing=_preprocessing(entries, variants, report),
        third_parties=read_third_parties(envelope.names or {}, params, variants, entries.inside("names"), report),
        vocabulary=vocabulary,
        spelt=entries.spelt,
    )


def _preprocessing(
    entries: Entries[Envelope], variants: Mapping[str, object], report: Report
) -> Mapping[str | None, Preprocessing]:
    declared = entries.values.preprocessing
    return {} if declared is None else read_preprocessing(declared, variants, entries.inside("preprocessing"), report)


def _check_head(entries: Entries[Envelope], report: Report) -> None:
    """Check the names, and that there are layers."""
    envelope = entries.values
    if envelope.name is not None and not is_variant_name(envelope.name):
        report.error("not-a-name", not_a_name(envelope.name), entries.inside("name").where, hint=VARIANT_HINT)
    _check_class_name(entries, report)
    if "layers" not in entries.spelt:
        report.error("missing-key", "the document has no `layers`", entries.place.where)


def _check_class_name(entries: Entries[Envelope], report: Report) -> None:
    name, where = entries.values.class_name, entries.inside("class_name").where
    if name is None:
        return
    if not is_name(name):
        report.error("not-a-name", not_a_name(name), where, hint=NAME_HINT)
    elif hasattr(builtins, name):
        report.error("reserved-name", f"`{name}` is a word of Python", where)
    elif name in (entries.values.blocks or {}):
        report.error("duplicate-name", f"a block is called `{name}` already", where)


def _read_inputs(entries: Entries[Envelope], report: Report) -> FirstLayer:
    """The inputs, and the layers that are left to be read."""
    envelope = entries.values
    layers = [] if envelope.layers is None else envelope.layers
    if envelope.inputs is not None:
        return FirstLayer(read_inputs(envelope.inputs, entries.inside("inputs"), report), layers)
    first = take_input(layers, entries.inside("layers"), report)
    if first.inputs is None and (entries.refused("inputs") or "layers" not in entries.spelt):
        return replace(first, inputs=unknown_input(entries.inside("inputs")))
    return first
