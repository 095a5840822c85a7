"""The number of classes of an `.npz` file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archspec.errors import ArchspecError
from archspec.recipe.data import Data
from archspec.training.sources import count_classes, source_of


def _count(file: Path, label: Any) -> int | None:
    np.savez(file, label=label)
    return count_classes(Data.model_validate({"source": source_of(str(file))}))


@pytest.mark.parametrize(
    ("label", "classes"),
    [
        (np.array([0, 4, 2], np.uint8), 5),
        (np.array([[3], [1]]), 4),
        (np.array([0.0, 2.0]), 3),
        (np.array([False, True]), 2),
        (np.array(["cat", "dog"]), None),
        (np.array([1j]), None),
        (np.array([np.nan, 1.0]), None),
        (np.array([-2, -1]), None),
        (np.zeros(0), None),
        (np.eye(3), None),
        (np.int64(3), None),
    ],
)
def test_indices_alone_count_classes(tmp_path: Path, label: Any, classes: int | None) -> None:
    assert _count(tmp_path / "a.npz", label) == classes


def test_labels_that_are_objects_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(ArchspecError, match=r"a\.npz cannot be read: Object arrays"):
        _count(tmp_path / "a.npz", np.array(["cat", None], object))
