"""Keras's layers that are several layers here: which of their tensors is whose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple


class Part(NamedTuple):
    """One of the layers that a Keras layer is here: its name in a composite, and its words by those of Keras."""

    name: str
    words: Mapping[str, str]


UNITS: Mapping[str, tuple[Part, ...]] = MappingProxyType(
    {
        "SeparableConv2D": (
            Part("depthwise", {"depthwise_kernel": "kernel"}),
            Part("pointwise", {"pointwise_kernel": "kernel", "bias": "bias"}),
        ),
    }
)
"""The layers with tensors of several of our layers, by their classes in Keras; the tensors are in Keras's order."""


def split(layer: str, words: Sequence[str], kind: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """The part and its word for each of these words of a Keras layer, if it has several parts.

    `kind` is the layer's class, as Keras writes it in Python or as a group's name; it may be empty. Without the class
    the words tell it. Words that are numbers count the tensors in Keras's order.
    """
    parts = _parts(words, kind)
    places = {word: (part.name, own) for part in parts for word, own in part.words.items()}
    ordered = list(places)
    if not parts or len(words) > len(places):
        return
    for place, word in enumerate(words):
        known = ordered[place] if word == str(place) else word
        if known in places:
            name, own = places[known]
            yield word, (f"{layer}.{name}", own)


def _parts(words: Sequence[str], kind: str) -> tuple[Part, ...]:
    """The parts of a layer; none if it is one layer here too."""
    for known, parts in UNITS.items():
        first = {next(iter(part.words)) for part in parts}
        if _plain(kind) == _plain(known) or (not kind and first <= set(words)):
            return parts
    return ()


def _plain(kind: str) -> str:
    """A class's name without the signs that Keras's names of groups differ in."""
    return kind.replace("_", "").lower()
