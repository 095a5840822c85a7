"""Strategies: documents that something was done to."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tests.property.specs import WORDS, documents

JUNK: list[Any] = [None, True, -1, 0, 1, 2**70, 0.5, -1e300, float("nan"), float("inf"), "", "x", "$", "$(", "$nope"]
JUNK += ["$(1/0)", "$(9 ** 9 ** 9)", "relu", "same", "image", "a.b.c", "import os", "\n", '"""', "é", "x" * 101, []]
JUNK += [[[]], {}, {"layer_type": "ReLU"}, {"layer_type": "Conv2D"}, [1, 2, 3], [[1, 0], [0, 1]], "Conv2D", "Reuse"]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A document to which something was done in up to three places."""
    document = copy.deepcopy(draw(documents()))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            break
        _damage(draw, *draw(st.sampled_from(places)))
    return document


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of the document with each of its keys or positions."""
    found: list[tuple[Any, Any]] = []
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found += [(value, key), *_places(value[key])]
    return found


def _damage(draw: st.DrawFn, container: Any, key: Any) -> None:
    deed = draw(st.sampled_from(["replace", "replace", "remove", "rename", "double", "swap"]))
    if deed == "replace":
        container[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    elif deed == "remove":
        del container[key]
    elif isinstance(container, list):
        other = draw(st.integers(0, len(container) - 1))
        if deed == "double":
            container.insert(other, copy.deepcopy(container[key]))
        else:
            container[key], container[other] = container[other], container[key]
    else:
        word = draw(st.sampled_from([*WORDS, "layer_type", "inputs", "repeat", "for", "when", "filters", "", 3]))
        container[word] = container.pop(key)
