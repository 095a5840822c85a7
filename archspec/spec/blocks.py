"""A document's own layer types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.layers import layer_types
from archspec.spec.common import CHECKS
from archspec.spec.envelope import BlockEnvelope, read_envelope
from archspec.spec.layer_spec import Chain
from archspec.spec.names import NAME_HINT, describe, is_name, not_a_name
from archspec.spec.params import read_params
from archspec.spec.place import Place
from archspec.spec.reader import Reader
from archspec.spec.report import Report
from archspec.spec.vocabulary import FORMS, Signature, Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block: what its uses see, and its layers."""

    signature: Signature
    layers: Chain


def read_blocks(declared: Mapping[str, object], place: Place, report: Report) -> tuple[Vocabulary, dict[str, Block]]:
    """The vocabulary with the declared blocks, and the blocks; `place` is that of `blocks:`.

    All signatures are read before any body, because blocks use each other in any order.
    """
    envelopes = {
        name: _read_block(value, place.inside(name), report)
        for name, value in declared.items()
        if _is_free(name, place, report)
    }
    vocabulary = Vocabulary(
        {name: _signature(name, envelope, place.inside(name), report) for name, envelope in envelopes.items()}
    )
    reader = Reader(vocabulary, report)
    blocks = {
        name: Block(vocabulary.blocks[name], reader.chain(envelope.layers, place.inside(name, "layers")))
        for name, envelope in envelopes.items()
    }
    return vocabulary, blocks


def _is_free(name: str, place: Place, report: Report) -> bool:
    if not is_name(name):
        report.error("not-a-name", not_a_name(name), place.key(name), hint=NAME_HINT)
    elif name in FORMS or name in layer_types():
        report.error("reserved-name", f"`{name}` is a layer type already", place.key(name))
    else:
        return True
    return False


def _read_block(value: object, place: Place, report: Report) -> BlockEnvelope:
    if not isinstance(value, dict):
        report.error(
            "wrong-type",
            f"a block is a mapping, not {describe(value)}",
            place.where,
            hint="its layers are under `layers:`",
        )
        return BlockEnvelope(layers=[])
    if "layers" not in value:
        report.error("missing-key", "this block has no `layers`", place.where)
        value = {**value, "layers": []}
    return read_envelope(BlockEnvelope, value, place, report)


def _signature(name: str, envelope: BlockEnvelope, place: Place, report: Report) -> Signature:
    params = read_params(envelope.params or {}, place.inside("params"), report)
    for param in params:
        if param in CHECKS:
            where = place.inside("params").key(param)
            report.error("reserved-name", f"`{param}` is a key that any layer may have", where)
    return Signature(name, params, place)
