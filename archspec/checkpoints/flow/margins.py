"""Margins of zeros around an image, which a window over the image may have as its padding."""

from __future__ import annotations

from archspec.ir import Essence, essence
from archspec.layers.window import NO_PADDING, Edges

Padding = tuple[Edges, Edges]


def padded(window: Essence, by: Padding) -> Essence | None:
    """The same window over an image with zeros around it, as one step; None if that is not one step.

    The zeros of a convolution are its padding. Those of a mean are so if it counts them.
    """
    attributes = dict(window.attributes)
    own = attributes.get("padding")
    if not isinstance(own, tuple):
        return None
    if "count_include_pad" in attributes:
        if not attributes["count_include_pad"] and own != NO_PADDING:
            return None
        attributes["count_include_pad"] = True
    return essence(window.kind, {**attributes, "padding": added(own, by)})


def added(one: Padding, other: Padding) -> Padding:
    """The sum of two margins."""
    (top, bottom), (left, right) = one
    (above, below), (before, after) = other
    return (top + above, bottom + below), (left + before, right + after)
