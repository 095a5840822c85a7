"""The meanings of params, in words for people."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.spec.names import describe
from archspec.spec.params import Param
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean

LONGEST_MEANING = 200


def read_meanings(
    declared: Mapping[str, object], params: Mapping[str, Param], place: Place, report: Report
) -> dict[str, str]:
    """The lines of a `meanings:` mapping, by param; `place` is the mapping's."""
    meanings = {}
    for name, meaning in declared.items():
        if name not in params:
            hint = did_you_mean(str(name), params)
            report.error("unknown-param", f"the document has no param `{name}`", place.key(name), hint=hint)
        elif not isinstance(meaning, str) or not meaning.strip():
            message = f"a meaning is a short text, not {describe(meaning or None)}"
            report.error("wrong-type", message, place.inside(name).where, hint="write {width: channels of a stage}")
        elif len(meaning) > LONGEST_MEANING:
            message = f"a meaning has at most {LONGEST_MEANING} characters, and this one has {len(meaning):,}"
            report.error("too-large", message, place.inside(name).where)
        elif not (line := " ".join(meaning.split())).isprintable():
            message = "a meaning has only characters that can be printed"
            report.error("wrong-value", message, place.inside(name).where)
        else:
            meanings[name] = line
    return meanings
