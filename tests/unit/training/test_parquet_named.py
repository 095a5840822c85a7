"""A Parquet file in place of a recipe's data: its columns, its classes, and what it must have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archspec.errors import ArchspecError
from archspec.recipe.data import Data
from archspec.recipe.stored import Parquet
from archspec.training.calls import read_recipe
from archspec.training.sources import count_classes
from tests.unit.training.tables import data_set, parquet_source, table_of

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.mark.parametrize("named", [True, False])
def test_a_parquet_file_can_be_named_in_place_of_a_recipe(tmp_path: Path, named: bool) -> None:
    """As many classes as it has, and images of the network's channels and size."""
    file = tmp_path / "a.parquet"
    if named:
        data_set().select_columns(["image", "label"]).to_parquet(file)
    else:
        parquet.write_table(table_of(range(4)).select(["text", "label", "image"]), file)
    recipe = read_recipe("resnet18", data=str(file))
    assert recipe.network.params == {"classes": 3 if named else 4}
    assert isinstance(recipe.data.source, Parquet)
    assert recipe.data.source.files == (str(file),)
    assert (recipe.data.source.channels, recipe.data.training_size) == (3, (224, 224))
    gray = read_recipe("lenet", data=str(file)).data
    assert isinstance(gray.source, Parquet)
    assert (gray.source.channels, gray.training_size) == (1, (28, 28))


@pytest.mark.parametrize("labels", [["cat", "dog"], pa.array([], pa.int64()), pa.array([None], pa.int64())])
def test_labels_that_are_no_numbers_do_not_count_classes(tmp_path: Path, labels: Any) -> None:
    parquet.write_table(pa.table({"label": labels, "values": [[0.5]] * len(labels)}), tmp_path / "a.parquet")
    table = Data.model_validate({"source": parquet_source(tmp_path / "a.parquet", label="label")})
    assert count_classes(table) is None


def test_columns_of_lists_are_arrays(tmp_path: Path) -> None:
    table = pa.table({"image": [[[0.5] * 28] * 28] * 3, "label": [0, 1, 2]})
    parquet.write_table(table, tmp_path / "a.parquet")
    data = read_recipe("lenet", data=str(tmp_path / "a.parquet")).data
    assert isinstance(data.source, Parquet)
    assert not data.source.has_bytes
    assert data.transforms == read_recipe("lenet").data.transforms


@pytest.mark.parametrize("content", [None, b"no Parquet"])
def test_a_parquet_file_without_such_columns_is_told(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "a.parquet"
    if content is None:
        parquet.write_table(pa.table({"img": [1]}), file)
    else:
        file.write_bytes(content)
    with pytest.raises(ArchspecError, match=r"has the columns img, and none is called image|a\.parquet cannot be read"):
        read_recipe("lenet", data=str(file))
    with pytest.raises(OSError, match=r"none\.parquet"):
        read_recipe("lenet", data=str(tmp_path / "none.parquet"))
