"""A third party's networks with the weights of a document's networks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from archspec.ir import TheirNetwork
from archspec.source import EMPTY
from archspec.spec.computed import no_value, plain
from archspec.spec.envelope import Entries, TheirNetworkEnvelope, read_envelope
from archspec.spec.meanings import LONGEST_MEANING
from archspec.spec.names import VARIANT_HINT, describe, is_variant_name, not_a_name
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean

_HINT = "write {name: tf_net, differs: epsilon is 0.001, network: net_keras}, or the name alone for the same function"


def read_networks(
    declared: object, known: Collection[str], variants: Mapping[str, object], place: Place, report: Report
) -> dict[str | None, tuple[TheirNetwork, ...]]:
    """The networks of a `networks:` value at `place`, by variant; under None for a document without variants.

    `known` are the document's params.
    """
    if declared is None:
        return {}
    if not variants:
        return {None: tuple(_several(declared, known, place, report))}
    if not isinstance(declared, dict):
        message = f"the networks are by the document's variants, not {describe(declared)}"
        report.error("wrong-type", message, place.where)
        return {}
    found: dict[str | None, tuple[TheirNetwork, ...]] = {}
    for variant, value in declared.items():
        if variant not in variants:
            hint = did_you_mean(str(variant), variants)
            report.error("unknown-variant", f"the document has no variant `{variant}`", place.key(variant), hint=hint)
        else:
            found[variant] = tuple(_several(value, known, place.inside(variant), report))
    return found


def _several(value: object, known: Collection[str], place: Place, report: Report) -> Iterator[TheirNetwork]:
    if not isinstance(value, list | tuple):
        yield from _one(value, known, place, report)
        return
    for index, each in enumerate(value):
        yield from _one(each, known, place.inside(index), report)


def _one(value: object, known: Collection[str], place: Place, report: Report) -> Iterator[TheirNetwork]:
    if isinstance(value, str):
        yield from _checked(TheirNetwork(value), place, report)
    elif not isinstance(value, dict):
        message = f"a network is its name or a mapping, not {describe(value)}"
        report.error("wrong-type", message, place.where, hint=_HINT)
    else:
        entries = read_envelope(TheirNetworkEnvelope, value, place, report)
        if not {"name", "differs"} <= entries.values.model_fields_set:
            if not any(map(entries.refused, ("name", "differs"))):
                report.error("missing-key", "a mapping has `name` and `differs`", place.where, hint=_HINT)
            return
        said = entries.values
        params = dict(_params(entries, None if said.network else known, report))
        found = TheirNetwork(said.name or "", " ".join((said.differs or "").split()), said.network or "", params)
        yield from _checked(found, place, report)


def _params(
    entries: Entries[TheirNetworkEnvelope], known: Collection[str] | None, report: Report
) -> Iterator[tuple[str, object]]:
    """The params; those of this document are `known`."""
    place = entries.inside("params")
    for name, value in (entries.values.params or {}).items():
        if value is EMPTY:
            report.add(no_value(place.inside(name)))
        elif known is not None and name not in known:
            hint = did_you_mean(str(name), known)
            report.error("unknown-param", f"the document has no param `{name}`", place.key(name), hint=hint)
        else:
            yield str(name), plain(value)


def _checked(found: TheirNetwork, place: Place, report: Report) -> Iterator[TheirNetwork]:
    """The network, unless a name in it is none or its text is too long, which is reported."""
    wrong = [name for name in (found.name, *filter(None, [found.network])) if not is_variant_name(name)]
    if wrong:
        report.error("not-a-name", not_a_name(wrong[0]), place.where, hint=VARIANT_HINT)
    elif len(found.differs) > LONGEST_MEANING or not found.differs.isprintable():
        message = f"a difference is a text of at most {LONGEST_MEANING} characters that can be printed"
        report.error("wrong-value", message, place.inside("differs").where)
    else:
        yield found
