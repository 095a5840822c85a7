"""Turns values inside a network into outputs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from keyword import iskeyword

from archspec.ir import Graph, Value


def expose(graph: Graph, values: Iterable[Value]) -> Graph:
    """The network with more outputs: these values, after its own outputs, under names made from their paths.

    A value that is an output already keeps its name. Raises `KeyError` for a value that the network does not have.
    """
    outputs = dict(graph.outputs)
    known = set(outputs.values())
    for value in dict.fromkeys(values):
        if not graph.has(value):
            raise KeyError(str(value))
        if value not in known:
            outputs[_free_name(value, outputs)] = value
    return replace(graph, outputs=outputs, with_param=None)


def _free_name(value: Value, taken: Collection[str]) -> str:
    """A Python identifier like the path: layer1_0_conv1."""
    words = re.sub(r"\W+", "_", str(value).removeprefix("@"), flags=re.ASCII)
    base = name = f"value_{words}" if not words[:1].isalpha() or iskeyword(words) else words
    number = 2
    while name in taken:
        name = f"{base}_{number}"
        number += 1
    return name
