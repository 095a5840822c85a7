"""The classes of folders of images, in training and in validation."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.recipe.data import Data
from archspec.training.classes import other_class


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (("cat", "dog"), None),
        (("cat", "dog", "eel"), "{} has the folders cat, dog, eel, and the classes are cat, dog"),
        (("cat",), "{} has the folders cat, and the classes are cat, dog"),
        ((), "{} has the folders of no class, and the classes are cat, dog"),
    ],
)
def test_validation_has_a_folder_for_each_class_of_training(
    tmp_path: Path, folders: tuple[str, ...], message: str | None
) -> None:
    for name in ("training/cat", "training/dog", "validation", *(f"validation/{each}" for each in folders)):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    paths = {"source": tmp_path / "training", "validation": tmp_path / "validation"}
    data = {key: {"type": "Folder", "path": str(path)} for key, path in paths.items()}
    told = None if message is None else message.format(paths["validation"])
    assert other_class(Data.model_validate(data)) == told
    data["source"]["classes"] = ["cat", "dog"]  # type: ignore[assignment]
    assert other_class(Data.model_validate(data)) is None
