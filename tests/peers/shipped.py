"""What other packages ship: trained weights, and labelled photographs."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

Array = npt.NDArray[Any]

LABEL = re.compile(r"_(\d+)\.jpg$")


def folder(package: str) -> Path:
    """Where a package is; it is not imported, so that what it would need itself need not be there."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    return Path(found.submodule_search_locations[0])


def photographs(size: int) -> tuple[Array, list[int]]:
    """foolbox's samples of ImageNet as (number, size, size, 3) from 0 to 255, and the numbers of their classes."""
    image = pytest.importorskip("PIL.Image")
    files = sorted(folder("foolbox").glob("data/imagenet_*.jpg"))
    pixels = [np.asarray(image.open(file).convert("RGB").resize((size, size))) for file in files]
    labels = [int(found[1]) for file in files if (found := LABEL.search(file.name))]
    assert len(pixels) == len(labels) == 20
    return np.stack(pixels).astype(np.float32), labels
