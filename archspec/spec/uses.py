"""Whether a composite or a block is used with the keys that it takes."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.errors import Diagnostic
from archspec.spec.common import CHECKS
from archspec.spec.place import Place
from archspec.spec.suggest import did_you_mean
from archspec.spec.vocabulary import Form, Signature


def misused_form(form: Form, keys: Iterable[str], place: Place) -> list[Diagnostic]:
    """What is wrong with these keys of a composite at `place`."""
    return _misused(form.name, "attribute", form.needed, (*form.needed, *form.optional), keys, place)


def misused_block(block: Signature, keys: Iterable[str], place: Place) -> list[Diagnostic]:
    """What is wrong with these keys of a block's use at `place`."""
    needed = [name for name, param in block.params.items() if param.required]
    return _misused(block.name, "param", needed, block.params, keys, place)


def _misused(
    user: str, what: str, needed: Iterable[str], known: Iterable[str], keys: Iterable[str], place: Place
) -> list[Diagnostic]:
    keys = list(keys)
    known = list(known)
    layer_type = place.inside("layer_type").where
    missing = [
        Diagnostic("missing-attribute", f"{user} needs `{name}`", layer_type) for name in needed if name not in keys
    ]
    unknown = [
        Diagnostic(
            "unknown-attribute", f"{user} has no {what} `{key}`", place.key(key), did_you_mean(key, (*known, *CHECKS))
        )
        for key in keys
        if key not in known
    ]
    return missing + unknown
