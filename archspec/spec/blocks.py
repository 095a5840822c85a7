"""A document's own layer types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.layers import layer_types
from archspec.spec.common import CHECKS, INPUT
from archspec.spec.envelope import BlockEnvelope, Entries, read_envelope
from archspec.spec.layer_spec import Chain
from archspec.spec.names import NAME_HINT, describe, is_name, not_a_name
from archspec.spec.params import read_params
from archspec.spec.place import Place
from archspec.spec.reader import Reader, unread
from archspec.spec.report import Report
from archspec.spec.vocabulary import FORMS, Signature, Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block: its signature and its layers."""

    signature: Signature
    layers: Chain


Bodies = Mapping[str, Entries[BlockEnvelope]]
"""The blocks of a document as they are written, by name."""


def read_signatures(declared: Mapping[str, object], place: Place, report: Report) -> tuple[Vocabulary, Bodies]:
    """The vocabulary with the declared blocks, and their bodies, unread; `place` is that of `blocks:`.

    All signatures are read before any body, because blocks use each other in any order.
    """
    bodies: dict[str, Entries[BlockEnvelope]] = {}
    for name, value in declared.items():
        _check_name(name, place, report)
        bodies[name] = _read_block(value, place.inside(name), report)
    return Vocabulary({name: _signature(name, body, report) for name, body in bodies.items()}), bodies


def read_blocks(bodies: Bodies, vocabulary: Vocabulary, reader: Reader) -> dict[str, Block]:
    """The blocks with their layers."""
    signatures = {name: vocabulary.blocks[name] for name in bodies}
    return {
        name: Block(signatures[name], _layers(body, reader.inside(signatures[name].params)))
        for name, body in bodies.items()
    }


def _check_name(name: str, place: Place, report: Report) -> None:
    """Report an invalid name of a block. The block is read nevertheless, because it may be used."""
    if not is_name(name):
        report.error("not-a-name", not_a_name(name), place.key(name), hint=NAME_HINT)
    elif name in FORMS or name in layer_types():
        report.error("reserved-name", f"`{name}` is a layer type already", place.key(name))


def _read_block(value: object, place: Place, report: Report) -> Entries[BlockEnvelope]:
    if not isinstance(value, dict):
        hint = "its layers are under `layers:`"
        report.error("wrong-type", f"a block is a mapping, not {describe(value)}", place.where, hint=hint)
        return Entries(BlockEnvelope(), place, {})
    entries = read_envelope(BlockEnvelope, value, place, report)
    if "layers" not in entries.spelt:
        report.error("missing-key", "this block has no `layers`", place.where)
    return entries


def _signature(name: str, body: Entries[BlockEnvelope], report: Report) -> Signature:
    place = body.inside("params")
    params = read_params(body.values.params or {}, place, report)
    for param in params:
        if param in CHECKS:
            report.error("reserved-name", f"`{param}` is a key that any layer may have", place.key(param))
    certain = not {"params", "layers"}.isdisjoint(body.spelt)
    return Signature(name, params, body.place, certain, _inputs(body, report))


def _inputs(body: Entries[BlockEnvelope], report: Report) -> tuple[str, ...]:
    """A block's names for its inputs; a wrong one is reported, and kept to count its input."""
    names = body.values.inputs or []
    for index, name in enumerate(names):
        where = body.inside("inputs").inside(index).where
        if not is_name(name):
            report.error("not-a-name", not_a_name(name), where, hint=NAME_HINT)
        elif name == INPUT:
            report.error("reserved-name", f"`{INPUT}` is the word for the first of them already", where)
        elif name in names[:index]:
            report.error("duplicate-name", f'an input of this block is called "{name}" already', where)
    return tuple(map(str, names))


def _layers(body: Entries[BlockEnvelope], reader: Reader) -> Chain:
    place = body.inside("layers")
    return reader.chain(body.values.layers, place) if "layers" in body.values.model_fields_set else unread(place)
