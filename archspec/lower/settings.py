"""The params of a network as people see them, with their values, defaults and meanings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archspec.lower.arguments import document_params
from archspec.spec.computed import names_in
from archspec.spec.document import Document
from archspec.spec.expressions import NO_VALUE
from archspec.spec.report import Report


@dataclass(frozen=True, slots=True)
class Setting:
    """A param of a document.

    `value` is its value in this network, `default` its value in this variant; None also where the caller must
    give one.
    """

    name: str
    value: Any
    default: Any
    meaning: str = ""


def settings(document: Document, variant: str | None, params: Mapping[str, object]) -> tuple[Setting, ...]:
    """The params of a document that was lowered with these arguments, in the document's order."""
    values: Mapping[str, object] = document_params(document, variant, params, Report()) or {}
    defaults: Mapping[str, object] = document_params(document, variant, {}, Report()) or {} if params else values
    return tuple(
        Setting(
            name,
            values[name],
            None if defaults[name] is NO_VALUE else defaults[name],
            document.meanings.get(name) or _origin(document, name),
        )
        for name in document.params
    )


def _origin(document: Document, name: str) -> str:
    """The params that the default of this one is computed from, in words."""
    reads = names_in(document.params[name].default)
    return f"follows from {', '.join(each for each in document.params if each in reads)}" if reads else ""
