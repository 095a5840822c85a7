"""Layers that move or add channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.conformance.reference import Array, Conformance, case, pair


def channel_shuffle(x: Array, *, groups: int) -> Array:
    """Zhang et al. 2018, section 3.1: the channels as (g, n), transposed and flattened back."""
    size = x.shape[-1] // groups
    found = np.empty_like(x)
    for group in range(groups):
        for index in range(size):
            found[..., index * groups + group] = x[..., group * size + index]
    return found


def channel_padding(x: Array, *, padding: Any) -> Array:
    before, after = pair(padding)
    found = np.zeros((*x.shape[:-1], before + x.shape[-1] + after))
    found[..., before : before + x.shape[-1]] = x
    return found


def channel_clip(x: Array, *, weights: Mapping[str, Array], **initial: float) -> Array:
    low, high = weights["low"], weights["high"]
    raised = np.where(x < low, low, x)
    return np.where(raised > high, high, raised)


TABLE = {
    "ChannelClip": Conformance(
        channel_clip,
        [case({}, shape) for shape in [(4,), (3, 2), (3, 4, 2), (2, 3, 2, 2)]]
        + [case({"initial_low": -0.5, "initial_high": 0.5}, (4, 5, 3))],
    ),
    "ChannelShuffle": Conformance(
        channel_shuffle,
        [
            case({"groups": groups}, (*size, channels))
            for groups, channels in [(2, 4), (2, 6), (3, 6), (1, 3), (4, 4), (1, 1)]
            for size in [(2, 3), (1, 1)]
        ],
    ),
    "ChannelPadding": Conformance(
        channel_padding,
        [
            case({"padding": padding}, shape)
            for padding in [0, 2, [1, 3], [0, 2], [2, 0]]
            for shape in [(4,), (3, 2), (3, 4, 2), (1, 1, 1), (2, 3, 2, 2)]
        ],
    ),
}
