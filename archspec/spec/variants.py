"""Variants: other values for some of the params, under a name."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.spec.computed import UNKNOWN, read_value
from archspec.spec.names import VARIANT_HINT, describe, is_variant_name, not_a_name
from archspec.spec.params import Param
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report
from archspec.spec.suggest import did_you_mean


def read_variants(
    declared: Mapping[str, object], params: Mapping[str, Param], place: Place, report: Report
) -> dict[str, Mapping[str, object]]:
    """The variants that a `variants:` mapping declares; `place` is the mapping's."""
    variants: dict[str, Mapping[str, object]] = {}
    for name, values in declared.items():
        if not is_variant_name(name):
            report.error("not-a-name", not_a_name(name), place.key(name), hint=VARIANT_HINT)
        elif not isinstance(values, dict):
            hint = f"write {name}: {{}} for a variant that changes nothing"
            message = f"a variant is a mapping of params, not {describe(values)}"
            report.error("wrong-type", message, place.inside(name).where, hint=hint)
            variants[name] = {}
        else:
            variants[name] = _read_values(values, params, place.inside(name), report)
    return variants


def _read_values(
    values: Mapping[str, object], params: Mapping[str, Param], place: Place, report: Report
) -> Mapping[str, object]:
    read: dict[str, object] = {}
    for name, value in values.items():
        if name not in params:
            hint = did_you_mean(str(name), params)
            report.error("unknown-param", f"the document has no param `{name}`", place.key(name), hint=hint)
            continue
        try:
            read[name] = read_value(value, place.inside(name))
        except Faulty as fault:
            report.take(fault)
            read[name] = UNKNOWN
    return read
