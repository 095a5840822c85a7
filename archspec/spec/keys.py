"""Whether a layer has the keys that it needs, and no others."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from archspec.errors import Diagnostic
from archspec.spec import elsewhere
from archspec.spec.common import CHECKS
from archspec.spec.place import Place
from archspec.spec.suggest import closest
from archspec.spec.vocabulary import Form, Signature


def misused_form(form: Form, keys: Collection[str], place: Place) -> list[Diagnostic]:
    """What is wrong with these keys of a composite at `place`."""
    known = (*form.needed, *form.optional)
    missing = [key for key in form.needed if key not in keys]
    unknown = [key for key in keys if key not in known]
    return key_faults(form.name, "attribute", missing, unknown, _left(known, keys), place)


def misused_block(block: Signature, keys: Collection[str], place: Place) -> list[Diagnostic]:
    """What is wrong with these keys of a block's use at `place`."""
    if not block.certain:
        return []
    missing = [key for key in block.needed if key not in keys]
    unknown = [key for key in keys if key not in block.params]
    return key_faults(block.name, "param", missing, unknown, _left(block.params, keys), place)


def _left(known: Iterable[str], keys: Collection[str]) -> list[str]:
    """The known keys that are not among those that are given: what is misspelt can only be one of them."""
    return [key for key in known if key not in keys]


def key_faults(
    user: str, what: str, missing: Collection[str], unknown: Collection[str], left: Collection[str], place: Place
) -> list[Diagnostic]:
    """The faults of missing and unknown keys; one that is missing because it is misspelt is told once.

    `user` is the layer's type, `what` it calls its keys, and `left` those that it has and that are not given.
    """
    if not (missing or unknown):
        return []
    words = (*left, *(key for key in CHECKS if key != "layer_type"))
    meant = {_meant(key, words) for key in unknown}
    where = place.inside("layer_type").where
    lacking = [f"`{key}`" for key in missing if key not in meant]
    needs = [Diagnostic("missing-attribute", f"{user} needs {' and '.join(lacking)}", where)] if lacking else []
    strange = [
        Diagnostic("unknown-attribute", f"{user} has no {what} `{key}`", place.key(key), _hint(user, key, words))
        for key in unknown
    ]
    return needs + strange


def _meant(key: str, words: Collection[str]) -> str | None:
    """Which of the words the key was probably meant to be, as another library's word or by a slip."""
    return elsewhere.attribute(key, words) or (None if key in elsewhere.NEVER else closest(key, words))


def _hint(user: str, key: str, words: Collection[str]) -> str | None:
    """What to do about the key. Lists of layers, in Keras too, begin with an `input_shape`."""
    hint = elsewhere.attribute_hint(user, key)
    meant = None if hint else _meant(key, (*words, "input_shape"))
    return hint if meant is None else f'did you mean "{meant}"?'
