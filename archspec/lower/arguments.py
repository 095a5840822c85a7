"""The values of params: of a document in one of its variants, and of a block in one of its uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import TypeGuard

from archspec.advice import Advice
from archspec.errors import Diagnostic, Span, Where
from archspec.expressions.names import Names
from archspec.spec.computed import Computed, evaluated
from archspec.spec.document import Document
from archspec.spec.expressions import NO_VALUE
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.names import describe
from archspec.spec.params import Param
from archspec.spec.report import Faulty, Report
from archspec.spec.suggest import did_you_mean
from archspec.spec.vocabulary import Signature

_TRUTH: Mapping[str, str] = MappingProxyType(
    {"no": "false", "off": "false", "n": "false", "yes": "true", "on": "true", "y": "true"}
)
"""The words of YAML 1.1 for truth values; in YAML 1.2 they are texts."""

MOST_NAMED = 20
"""How many of a document's params a hint names."""


def document_params(
    document: Document, variant: str | None, params: Mapping[str, object], report: Report
) -> Names | None:
    """The values of a document's params: from `params`, from the variant, or the defaults.

    They are evaluated in the declared order: a default can depend on earlier params. A param without a value is
    reported. For an unknown variant the result is None, and the report says so.
    """
    if variant is not None and variant not in document.variants:
        message = f'no variant is called "{variant}"'
        report.error("unknown-variant", message, document.place.key("variants"), hint=_variants_hint(variant, document))
        return None
    for name in params:
        if name not in document.params:
            message = f'the document has no param "{name}"'
            report.error("unknown-param", message, document.place.key("params"), hint=_params_hint(name, document))
    given = {**(document.variants[variant] if variant else {}), **params}
    names = Names({})
    for param in document.params.values():
        try:
            names[param.name] = _value(param, given, names)
            value = names[param.name]
            if param.name in given and _is_text(value, param):
                in_variant = variant is not None and param.name not in params
                place = document.inside("variants").inside(variant or "", param.name)
                raise _text_fault(param, value, place.where if in_variant else param.where)
        except Faulty as fault:
            report.take(_listed_later(fault, document.params))
            names[param.name] = NO_VALUE
    return names


def keeps_rules(document: Document, names: Names, report: Report) -> bool:
    """Whether the params meet the document's rules; each broken rule is reported."""
    broken = False
    for rule in document.rules:
        try:
            rule.check(names)
        except Faulty as fault:
            report.take(fault)
            broken = True
    return not broken


def _value(param: Param, given: Mapping[str, object], names: Names) -> object:
    if param.name in given:
        return evaluated(given[param.name], names)
    if param.required:
        hint = Advice.of("give {name}=... with {params}, a value in each variant, or a default here", name=param.name)
        raise Faulty(Diagnostic("missing-param", f"the param `{param.name}` has no value", param.where, hint))
    return evaluated(param.default, names)


def _is_text(value: object, param: Param) -> TypeGuard[str]:
    """Whether a value is a text in the place of true or false: in conditions every text counts as true."""
    return isinstance(param.default, bool) and isinstance(value, str)


def _text_fault(param: Param, value: str, where: Where) -> Faulty:
    """The fault of a text in the place of true or false."""
    meant = _TRUTH.get(value.lower())
    hint = "write true or false" if meant is None else f"write {meant}"
    message = f"`{param.name}` is true or false, and {describe(value)} is a text"
    return Faulty(Diagnostic("wrong-type", message, where, hint))


def _listed_later(fault: Faulty, params: Mapping[str, Param]) -> Faulty:
    """The fault, with a hint if its unknown name is a later param."""
    found = fault.diagnostic
    if found is None or found.code != "unknown-name" or not isinstance(found.where, Span):
        return fault
    if found.where.text not in params:
        return fault
    return Faulty(replace(found, hint="a param can only read those that are listed before it"))


def _params_hint(name: str, document: Document) -> str:
    if not document.params:
        return "the document has no params"
    named = ", ".join(islice(document.params, MOST_NAMED))
    more = f" and {len(document.params) - MOST_NAMED} more" if len(document.params) > MOST_NAMED else ""
    return did_you_mean(name, document.params) or f"the params are {named}{more}"


def _variants_hint(variant: str, document: Document) -> str:
    if not document.variants:
        return "the document has no variants"
    return did_you_mean(variant, document.variants) or f"the variants are {', '.join(document.variants)}"


def block_arguments(block: Signature, use: LayerSpec, outside: Names, document: Names) -> dict[str, object]:
    """The values of a block's params in one use; raises `Faulty`.

    The arguments of the use are evaluated with the names around it, `outside`; defaults with the document's params and
    the block's earlier ones.
    """
    inside = document.new_child()
    for name, param in block.params.items():
        given = name in use.attributes
        try:
            inside[name] = evaluated(use.attributes[name], outside) if given else evaluated(param.default, inside)
            value = inside[name]
            if _is_text(value, param):
                raise _text_fault(param, value, use.place.inside(name).where)
        except Faulty as fault:
            raise fault if given else _listed_later(fault, block.params) from None
    return dict(inside.maps[0])


def fixed_defaults(block: Signature) -> dict[str, object]:
    """The defaults of a block's params that are literal."""
    params = block.params.values()
    return {
        param.name: param.default for param in params if not param.required and not isinstance(param.default, Computed)
    }
