"""What Keras calls the layers and operations of a model that nobody named, so that no given name is one of these.

Keras counts them over the whole session: `add`, `add_1`, `add_2` and so on. It refuses a model with two of one name.
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
    """What Keras calls an unnamed layer of this class, but for a number: `layers.ReLU` is `re_lu`."""
    spaced = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", callee.rpartition(".")[2])
    return re.sub("([a-z])([A-Z])", r"\1_\2", spaced).lower()


@cache
def operation_names(template: str) -> frozenset[str]:
    """What Keras may call the operations of a function's template, but for a number; it lets nobody name them.

    The operations of the helpers that it calls are among them.
    """
    called: list[str] = re.findall(r"\bops\.(\w+)\(", template)
    own = {*called, *(name for sign, name in _OPERATORS.items() if sign in template)}
    helpers = [HELPERS[word] for word in re.findall(r"(?<!def )\b(\w+)\(", template) if word in HELPERS]
    return frozenset(own).union(*map(operation_names, helpers))


def without_number(name: str) -> str:
    """The automatic name that a name could be, but for its number."""
    return _NUMBER.sub("", name)
