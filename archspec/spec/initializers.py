"""The faults of initializers with parameters as diagnostics."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.errors import Diagnostic
from archspec.layers.initializers import KEY, InitializerFault
from archspec.spec.elsewhere_initializers import NEVER, PARAMETERS, WORDS, form_hint, name_hint
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.suggest import did_you_mean


def wrong_initializer(
    attribute: str, fault: InitializerFault, value: Mapping[object, object], place: Place
) -> Diagnostic:
    """The diagnostic for a fault of an initializer, the `value` of this attribute; `place` is the value's."""
    if fault.key is None:
        hint = form_hint(value) if KEY not in value else None
        return Diagnostic("wrong-value", f"`{attribute}` {fault.message}", place.where, hint)
    if fault.strange:
        return Diagnostic("unknown-attribute", fault.message, place.key(fault.key), _key_hint(fault))
    where = place.inside(fault.key).where
    given = value.get(fault.key)
    if fault.known:
        theirs = name_hint(str(given)) if fault.key == KEY else WORDS.get(str(given))
        hint = theirs or did_you_mean(str(given), fault.known)
        return Diagnostic("unknown-word", fault.message, where, hint or _listed(fault.known))
    return Diagnostic("wrong-value", f"{fault.message}, not {describe(given)}", where)


def _key_hint(fault: InitializerFault) -> str | None:
    """Advice about an unknown parameter."""
    key, known = str(fault.key), fault.known
    if not known:
        return NEVER.get(key) or "leave it out: it has none; variance_scaling is the one with a `scale`"
    meant = PARAMETERS.get(key)
    if meant in known:
        return f'did you mean "{meant}"?'
    return NEVER.get(key) or did_you_mean(key, known) or _listed(known)


def _listed(words: tuple[str, ...]) -> str:
    return f"it can be {', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else f"it can be {words[0]}"
