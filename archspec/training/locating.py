"""The paths of a recipe's data, which begin at the recipe's folder."""

from __future__ import annotations

from pathlib import Path

from archspec.recipe.data import AnySource, Arrays, Data, Folder
from archspec.recipe.source import Source
from archspec.recipe.stored import HuggingFaceFolder, Parquet, WebDataset


def located(data: Data, folder: Path) -> Data:
    """The data with absolute paths; relative ones begin at the folder."""
    own = data.validation
    return data.model_copy(
        update={
            "source": _located(data.source, folder),
            "validation": _located(own, folder) if isinstance(own, Source) else own,
        }
    )


def _located(source: AnySource, folder: Path) -> AnySource:
    if isinstance(source, Folder):
        return source.model_copy(update={"path": str(folder / source.path)})
    if isinstance(source, HuggingFaceFolder):
        return source.model_copy(update={"path": str(folder / source.path)})
    if isinstance(source, WebDataset):
        return source.model_copy(update={"shards": tuple(str(folder / shard) for shard in source.shards)})
    if isinstance(source, Parquet):
        return source.model_copy(update={"files": tuple(str(folder / file) for file in source.files)})
    if isinstance(source, Arrays) and source.file is not None:
        return source.model_copy(update={"file": str(folder / source.file)})
    if isinstance(source, Arrays):
        fields = {
            name: field.model_copy(update={"array": str(folder / field.array)}) for name, field in source.fields.items()
        }
        return source.model_copy(update={"fields": fields})
    return source
