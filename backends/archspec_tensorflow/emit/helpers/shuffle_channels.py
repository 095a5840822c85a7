"""Channels that are dealt out group by group, of an image of any size."""

from keras import KerasTensor, ops


def shuffle_channels(x: KerasTensor, groups: int) -> KerasTensor:
    """Deal out the groups of an image's channels one channel at a time."""
    channels = x.shape[-1]
    size = channels // groups
    order = [
        first + place for place in range(size) for first in range(0, channels, size)
    ]
    return ops.take(x, order, axis=-1)
