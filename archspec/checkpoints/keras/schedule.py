"""An order in which the calls of a model can run, and in which a reader can follow them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from archspec.checkpoints.keras.fields import refuse

Key = tuple[str, int]
"""A layer's name, and the number of its call."""

Reads = Mapping[Key, Sequence[tuple[Key | int, int]]]
"""What each call reads: the call that made the value, or the number of an input; and which of the results it is."""


def scheduled(reads: Reads, place: str) -> tuple[list[Key], dict[Key, int]]:
    """The calls in order, and the place of each.

    A branch is followed to its end before the next one begins; of several branches the one comes first that the file
    has first. Raises `WeightsError` for calls that wait for each other.
    """
    rank = {key: index for index, key in enumerate(reads)}
    waits = {key: {made for made, _ in values if not isinstance(made, int)} for key, values in reads.items()}
    readers: dict[Key, list[Key]] = {}
    for key, before in waits.items():
        for made in before:
            readers.setdefault(made, []).append(key)
    left = {key: len(before) for key, before in waits.items()}
    # The last call's readers are tried first.
    ready: list[tuple[int, int, Key]] = []
    for key, count in left.items():
        if not count:
            heappush(ready, (0, rank[key], key))
    order: list[Key] = []
    while ready:
        _, _, key = heappop(ready)
        order.append(key)
        for reader in readers.get(key, ()):
            left[reader] -= 1
            if not left[reader]:
                heappush(ready, (-len(order), rank[reader], reader))
    if len(order) < len(reads):
        name = next(key for key in reads if left[key])[0]
        refuse(place, f"has layers that wait for each other: {name}")
    return order, {key: index for index, key in enumerate(order)}
