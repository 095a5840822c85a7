"""Channels that are dealt out group by group."""

from keras import KerasTensor, ops


def channel_shuffle(x: KerasTensor, groups: int) -> KerasTensor:
    """Deal out the groups of an image's channels one channel at a time."""
    height, width, channels = x.shape[1:]
    x = ops.reshape(x, (-1, height, width, groups, channels // groups))
    x = ops.transpose(x, (0, 1, 2, 4, 3))
    return ops.reshape(x, (-1, height, width, channels))
