"""The program that a recipe's data become, to the last byte.

`pytest tests/golden --regenerate` writes it anew.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from archspec.recipe.data import Data
from archspec.training.data import emit_data

FOLDER = Path(__file__).parent / "data_source"

NORMALIZE = {
    "type": "Normalize",
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
}
RESIZED = {"interpolation": "bilinear", "antialias": True}

PROGRAMS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "mnist": ({"source": "mnist", "validation": 0.2}, list("0123456789")),
    "folder": (
        {
            "source": {"type": "Folder", "path": "/images/train"},
            "validation": {"type": "Folder", "path": "/images/validation"},
            "transforms": {
                "training": [
                    {"type": "RandomResizedCrop", "size": 224, **RESIZED},
                    "RandomFlip",
                    NORMALIZE,
                    {"type": "RandomErasing", "probability": 0.25},
                ],
                "evaluation": [
                    {"type": "Resize", "shorter": 256, **RESIZED},
                    {"type": "CenterCrop", "size": 224},
                    NORMALIZE,
                ],
            },
            "mix": {"type": "Mixup", "alpha": 0.2},
        },
        ["cat", "dog"],
    ),
    "shards": (
        {
            "source": {
                "type": "WebDataset",
                "shards": "/shards/train-{000..146}.tar",
                "fields": {"image": "jpg", "label": "json:class", "mask": "seg.png"},
            },
        },
        [],
    ),
    "table": (
        {
            "source": {
                "type": "Parquet",
                "files": ["/tables/train.parquet"],
                "fields": {"image": "img", "label": "fine_label"},
            },
            "validation": {
                "type": "HuggingFaceFolder",
                "path": "/tables/saved",
                "split": "test",
                "fields": {"image": "img", "label": "fine_label"},
            },
        },
        ["cat", "dog"],
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_of_data_is_the_golden_file(
    name: str, pytestconfig: pytest.Config
) -> None:
    data, classes = PROGRAMS[name]
    source = emit_data(
        Data.model_validate(data),
        name=name,
        batch_size=128,
        seed=0,
        classes=classes,
        counts={"label": len(classes)},
        shapes={"image": (None, None, 3), "label": ()},
    )
    path = FOLDER / f"{name}.py"
    if pytestconfig.getoption("--regenerate"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8", newline="\n")
    assert path.read_bytes().decode() == source, (
        f"{path.name} is out of date: pytest tests/golden --regenerate"
    )
    ast.parse(source)


def test_no_golden_file_of_data_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(PROGRAMS)
