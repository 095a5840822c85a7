import numpy as np

from archspec.training.helpers.faults import DataError


def shard(places: np.ndarray, rank: int, size: int, parts: int = 1) -> np.ndarray:
    """The places of a batch that the process `rank` of `size` has: its share of each of the parts.

    Parts and shares are as equal as their number allows. No process is without a share.
    """
    if size > 1 and len(places) < parts * size:
        each = f" and {parts} parts" if parts > 1 else ""
        raise DataError(
            f"a batch of {len(places)} examples is too small for {size} processes{each}: "
            "change `batch_size`, or take fewer processes"
        )
    cut = np.array_split(places, parts)
    return np.concatenate([np.array_split(part, size)[rank] for part in cut])
