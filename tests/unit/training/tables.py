"""Tables of images, as files of Parquet and as data sets of Hugging Face."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

datasets = pytest.importorskip("datasets")
pa = pytest.importorskip("pyarrow")


def png(number: int) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def table_of(numbers: range) -> Any:
    return pa.table(
        {
            "image": [{"bytes": png(number), "path": None} for number in numbers],
            "label": pa.array([number % 10 for number in numbers], pa.int16()),
            "values": pa.array([[number / 7, -number] for number in numbers], pa.list_(pa.float32())),
            "bytes": [png(number) for number in numbers],
            "pixels": pa.array([[[number, 255], [0, 1]] for number in numbers], pa.list_(pa.list_(pa.uint8()))),
            "text": ["cat"] * len(numbers),
        }
    )


def parquet_source(*files: Path, **fields: Any) -> dict[str, Any]:
    return {
        "type": "Parquet",
        "files": [*map(str, files)],
        "fields": fields or {"image": "image", "label": "label", "values": "values"},
    }


def data_set(count: int = 6) -> Any:
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=["x", "y", "z"]),
            "mask": datasets.Array2D((2, 3), "uint8"),
            "labels": datasets.List(datasets.Value("float32")),
        }
    )
    rows = {
        "image": [{"bytes": png(number), "path": None} for number in range(count)],
        "label": [number % 3 for number in range(count)],
        "mask": [np.full((2, 3), number, np.uint8) for number in range(count)],
        "labels": [[number / 7, 1] for number in range(count)],
    }
    return datasets.Dataset.from_dict(rows, features=features)
