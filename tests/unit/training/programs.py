"""Emitted `data.py` as modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import grain
import numpy as np
from PIL import Image

from archspec.recipe.data import Data
from archspec.training.data import emit_data

TEN = tuple("0123456789")

Load = Callable[..., ModuleType]


def text_of(data: Any, classes: Sequence[str] = TEN, **others: Any) -> str:
    """The program of these data: a `Data`, or what is validated as one."""
    given = data if isinstance(data, Data) else Data.model_validate(data)
    counts = dict.fromkeys(given.of_kind("label"), len(classes)) if classes else {}
    defaults = {"name": "tried", "batch_size": 8, "seed": 0, "classes": classes, "counts": counts}
    return emit_data(given, **{**defaults, **others})


def batches_of(module: ModuleType, epochs: int = 1) -> grain.MapDataset:
    """The batches of all steps of these epochs, in one process."""
    return grain.MapDataset.range(epochs * module.training_steps()).map(module.training_batch)


def write_images(folder: Path, counts: dict[str, int], size: tuple[int, int] = (24, 20)) -> dict[str, Any]:
    """Write images of noise for each class; a source that reads them. `size` is height and width."""
    generator = np.random.default_rng(0)
    for name, number in counts.items():
        (folder / name).mkdir(parents=True)
        for index in range(number):
            pixels = generator.integers(0, 256, (*size, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{index}.png")
    return {"type": "Folder", "path": str(folder)}


def write_arrays(path: Path, **arrays: Any) -> dict[str, Any]:
    """Write an `.npz`; a source whose fields are the arrays, by the name of their kind."""
    np.savez(path, **arrays)
    return {"type": "Arrays", "file": str(path), "fields": {name: name for name in arrays}}


def numbered(path: Path, number: int = 20, side: int = 6) -> dict[str, Any]:
    """A source of images with one shade each, which is the number of the example, and of labels from 0 to 9."""
    images = np.broadcast_to(np.arange(number, dtype=np.uint8)[:, None, None, None], (number, side, side, 1))
    return write_arrays(path, image=images, label=np.arange(number) % 10)
