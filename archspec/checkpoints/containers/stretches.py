"""Reads ranges of bytes of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_stretch(path: Path, begin: int, size: int) -> NDArray[np.uint8]:
    """The bytes from `begin` on; fewer than `size` if the file ends before."""
    # `numpy.fromfile` would turn an interrupt into a SystemError if it comes while it asks the path for its name.
    data = np.empty(size, np.uint8)
    with path.open("rb") as file:
        file.seek(begin)
        return data[: file.readinto(data.data)]
