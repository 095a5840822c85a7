"""Values in a third party's files by which they tell that they belong to other params."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from archspec.ir import Sign
from archspec.source import EMPTY
from archspec.spec.computed import no_value, plain
from archspec.spec.envelope import SignEnvelope, read_envelope
from archspec.spec.meanings import LONGEST_MEANING
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean

LONGEST_VALUE = 100
"""The largest number of numbers in a sign."""

_WEIGHT = re.compile(r"[A-Za-z0-9_.-]+:[A-Za-z0-9_]+")
_HINT = 'write normalization:mean: {value: [0.5, 0.5], says: "these models rescale", params: {rescale: true}}'


def read_signs(declared: Mapping[Any, object], known: Collection[str], place: Place, report: Report) -> Iterator[Sign]:
    """The signs of a `signs:` mapping at `place`; `known` are the document's params."""
    for weight, value in declared.items():
        inside = place.inside(weight)
        if not isinstance(weight, str) or not _WEIGHT.fullmatch(weight):
            message = f"{describe(weight)} is no weight of a layer"
            report.error("not-a-name", message, place.key(str(weight)), hint=_HINT)
        elif not isinstance(value, dict):
            report.error("wrong-type", f"a sign is a mapping, not {describe(value)}", inside.where, hint=_HINT)
        else:
            yield from _one(weight, value, known, inside, report)


def _one(
    weight: str, value: Mapping[str, object], known: Collection[str], place: Place, report: Report
) -> Iterator[Sign]:
    entries = read_envelope(SignEnvelope, value, place, report)
    absent = sorted({"value", "says", "params"} - entries.values.model_fields_set)
    if absent:
        if not any(map(entries.refused, absent)):
            report.error("missing-key", "a sign has `value`, `says` and `params`", place.where, hint=_HINT)
        return
    numbers = _numbers(entries.values.value)
    says = " ".join((entries.values.says or "").split())
    params = dict(_params(entries.values.params or {}, known, entries.inside("params"), report))
    if not numbers or len(numbers) > LONGEST_VALUE:
        message = f"a value is a number or a list of at most {LONGEST_VALUE} numbers"
        report.error("wrong-value", message, entries.inside("value").where)
    elif not says or len(says) > LONGEST_MEANING or not says.isprintable():
        message = f"what a sign says is a text of at most {LONGEST_MEANING} characters that can be printed"
        report.error("wrong-value", message, entries.inside("says").where)
    elif params:
        yield Sign(weight, numbers, says, params)


def _numbers(value: object) -> tuple[float, ...]:
    """The numbers of a value; empty if it is something else."""
    found = [plain(each) for each in (value if isinstance(value, list | tuple) else [value])]
    numbers = tuple(float(each) for each in found if isinstance(each, int | float) and not isinstance(each, bool))
    return numbers if len(numbers) == len(found) else ()


def _params(
    declared: Mapping[str, object], known: Collection[str], place: Place, report: Report
) -> Iterator[tuple[str, object]]:
    for name, value in declared.items():
        if value is EMPTY:
            report.add(no_value(place.inside(name)))
        elif name not in known:
            hint = did_you_mean(str(name), known)
            report.error("unknown-param", f"the document has no param `{name}`", place.key(name), hint=hint)
        else:
            yield name, plain(value)
