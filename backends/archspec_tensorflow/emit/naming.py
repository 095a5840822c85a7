"""Keras's automatic names for unnamed layers and operations, which no given name may equal.

Keras counts them over the whole session: `add`, `add_1`, `add_2` and so on. It refuses a model with two equal names.
"""

from __future__ import annotations

import re
from functools import cache

from archspec_tensorflow.emit.helpers import HELPERS

_NUMBER = re.compile(r"_\d+$")

_OPERATORS = {
    " + ": "add",
    " - ": "subtract",
    " * ": "multiply",
    " / ": "true_divide",
    " > ": "greater",
    " < ": "less",
    "[": "get_item",
}


@cache
def automatic_name(callee: str) -> str:
    """Keras's name for an unnamed layer of this class, without a number: `re_lu` for `layers.ReLU`."""
    spaced = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", callee.rpartition(".")[2])
    return re.sub("([a-z])([A-Z])", r"\1_\2", spaced).lower()


@cache
def operation_names(template: str) -> frozenset[str]:
    """Keras's names for the operations in a function's template, without numbers. Operations cannot be named.

    The operations of the helpers that the template calls are included.
    """
    called: list[str] = re.findall(r"\bops\.(\w+)\(", template)
    own = {*called, *(name for sign, name in _OPERATORS.items() if sign in template)}
    helpers = [HELPERS[word] for word in re.findall(r"(?<!def )\b(\w+)\(", template) if word in HELPERS]
    return frozenset(own).union(*map(operation_names, helpers))


def without_number(name: str) -> str:
    """The automatic name that a name could be, without its number."""
    return _NUMBER.sub("", name)
