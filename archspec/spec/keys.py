"""Checks for missing and unknown keys of a layer."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from archspec.errors import Diagnostic
from archspec.spec import elsewhere
from archspec.spec.common import CHECKS
from archspec.spec.place import Place
from archspec.spec.suggest import closest
from archspec.spec.vocabulary import Form, Signature


def misused_form(form: Form, keys: Collection[str], place: Place) -> list[Diagnostic]:
    """The faults of a composite's keys; `place` is the composite's."""
    known = (*form.needed, *form.optional)
    missing = [key for key in form.needed if key not in keys]
    unknown = [key for key in keys if key not in known]
    return key_faults(form.name, "attribute", missing, unknown, _left(known, keys), place)


def misused_block(block: Signature, keys: Collection[str], place: Place) -> list[Diagnostic]:
    """The faults of the keys of a block's use; `place` is the use's."""
    if not block.certain:
        return []
    missing = [key for key in block.needed if key not in keys]
    unknown = [key for key in keys if key not in block.params]
    return key_faults(block.name, "param", missing, unknown, _left(block.params, keys), place)


def _left(known: Iterable[str], keys: Collection[str]) -> list[str]:
    """The known keys without the given ones: a misspelt key can only mean one of these."""
    return [key for key in known if key not in keys]


def key_faults(
    user: str, what: str, missing: Collection[str], unknown: Collection[str], left: Collection[str], place: Place
) -> list[Diagnostic]:
    """The faults of missing and unknown keys; a misspelt key is reported once.

    `user` is the layer's type, `what` its word for its keys, and `left` its keys that are not given.
    """
    if not (missing or unknown):
        return []
    words = (*left, *(key for key in CHECKS if key != "layer_type"))
    meant = {meant_key(key, words) for key in unknown}
    where = place.inside("layer_type").where
    lacking = [f"`{key}`" for key in missing if key not in meant]
    needs = [Diagnostic("missing-attribute", f"{user} needs {' and '.join(lacking)}", where)] if lacking else []
    return [*needs, *(unknown_key(user, what, key, words, place) for key in unknown)]


def unknown_key(user: str, what: str, key: str, words: Collection[str], place: Place) -> Diagnostic:
    """The fault of an unknown key, which may mean one of the `words`."""
    return Diagnostic("unknown-attribute", f"{user} has no {what} `{key}`", place.key(key), _hint(user, key, words))


def meant_key(key: str, words: Collection[str]) -> str | None:
    """The word that the key probably means: as another library's word, or as a misspelling."""
    return elsewhere.attribute(key, words) or (None if key in elsewhere.NEVER else closest(key, words))


def _hint(user: str, key: str, words: Collection[str]) -> str | None:
    """Advice about the key. Lists of layers begin with an `input_shape`, as in Keras."""
    hint = elsewhere.attribute_hint(user, key)
    meant = None if hint else meant_key(key, (*words, "input_shape"))
    return hint if meant is None else f'did you mean "{meant}"?'
