"""Parquet and Hugging Face's datasets: each row once, against another reading of the same files, and every fault."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import grain
import numpy as np
import pytest
from PIL import Image

from archspec.errors import ArchspecError
from archspec.recipe.data import Data
from archspec.training.classes import class_names, other_class
from tests.unit.training.programs import Load, batches_of
from tests.unit.training.tables import data_set, parquet_source, png, table_of

datasets = pytest.importorskip("datasets")
pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


pytestmark = pytest.mark.usefixtures("own_cache")


def _decoded(content: bytes) -> np.ndarray[Any, Any]:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image).astype(np.float32) / np.float32(255)


def test_rows_are_those_that_pyarrow_reads(load: Load, tmp_path: Path) -> None:
    """Several files with several groups of rows, in the stated order; names with the signs of patterns."""
    folder = tmp_path / "a[1]*"
    folder.mkdir()
    for name, numbers in (("0", range(11, 15)), ("1", range(11)), ("2", range(15, 23))):
        parquet.write_table(table_of(numbers), folder / f"{name}.parquet", row_group_size=3)
    source = parquet_source(folder / "1.parquet", folder / "0.parquet", folder / "2.parquet")
    module = load({"source": source, "validation": source}, batch_size=5)
    batches = [*module.validation_batches()]
    expected = pa.concat_tables([parquet.read_table(folder / f"{name}.parquet") for name in "102"]).to_pylist()
    for name in ("image", "label", "values"):
        rows = [_decoded(row[name]["bytes"]) if name == "image" else row[name] for row in expected]
        np.testing.assert_array_equal(np.concatenate([batch[name] for batch in batches]), np.array(rows, np.float32))
    for epoch in (0, 1):
        seen = [value for place in range(5) for value in module.training_batch(5 * epoch + place)["values"]]
        assert sorted(-value[1] for value in seen) == list(range(23))


def test_threads_read_the_same_rows(load: Load, tmp_path: Path) -> None:
    parquet.write_table(table_of(range(60)), tmp_path / "a.parquet", row_group_size=7)
    batches = batches_of(load({"source": parquet_source(tmp_path / "a.parquet")}, batch_size=4))
    threads = batches.to_iter_dataset(grain.ReadOptions(num_threads=4, prefetch_buffer_size=8))
    for one, other in zip(threads, batches, strict=True):
        for name in ("image", "label", "values"):
            np.testing.assert_array_equal(one[name], other[name])


def test_images_are_bytes_or_arrays(load: Load, tmp_path: Path) -> None:
    parquet.write_table(table_of(range(3)), tmp_path / "a.parquet")
    array = {"column": "pixels", "kind": "image", "encoded": False}
    source = parquet_source(tmp_path / "a.parquet", image="bytes", other=array)
    batch = load({"source": source, "validation": source}, ()).validation_batches()[0]
    np.testing.assert_array_equal(batch["image"], np.stack([_decoded(png(number)) for number in range(3)]))
    expected = np.array([[[number, 255], [0, 1]] for number in range(3)], np.float32) / np.float32(255)
    np.testing.assert_array_equal(batch["other"][..., 0], expected)
    gray = {**parquet_source(tmp_path / "a.parquet", image="bytes"), "channels": 1}
    assert load({"source": gray}, ()).training_batch(0)["image"].shape == (3, 4, 6, 1)


def _gray(bits: int, row: bytes, width: int) -> bytes:
    """A PNG of one row of gray pixels of so many bits."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, bits, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("file", "values"),
    [
        (_gray(1, bytes([0b01100000]), 3), [0, 1, 1]),
        (_gray(2, bytes([0b00011011]), 4), [0, 1, 2, 3]),
        (_gray(4, bytes([0x0F, 0x12]), 4), [0, 15, 1, 2]),
        (_gray(8, bytes([0, 17, 85]), 3), [0, 17, 85]),
        (_gray(16, bytes([1, 44, 0, 2]), 2), [300, 2]),
    ],
)
def test_a_mask_is_the_values_of_its_files_pixels(load: Load, tmp_path: Path, file: bytes, values: list[int]) -> None:
    parquet.write_table(pa.table({"mask": [file]}), tmp_path / "a.parquet")
    module = load({"source": parquet_source(tmp_path / "a.parquet", mask="mask")}, ())
    assert module.training_batch(0)["mask"].tolist() == [[values]]


def _named(file: Path, names: list[str]) -> Path:
    features = datasets.Features({"label": datasets.ClassLabel(names=names), "values": datasets.Value("float32")})
    datasets.Dataset.from_dict({"label": [0, 1], "values": [0.0, 1.0]}, features=features).to_parquet(file)
    return file


def test_all_parquet_files_have_the_same_classes(load: Load, tmp_path: Path) -> None:
    one, other = _named(tmp_path / "0.parquet", ["cat", "dog"]), _named(tmp_path / "1.parquet", ["dog", "cat"])
    fields = {"label": "label", "values": "values"}
    module = load({"source": parquet_source(one, other, **fields)})
    with pytest.raises(module.DataError, match=r"1\.parquet has other classes in 'label' than the files before it"):
        module.training_examples()
    parquet.write_table(parquet.read_table(other).replace_schema_metadata({}), other)
    same = _named(tmp_path / "2.parquet", ["cat", "dog"])
    assert len(load({"source": parquet_source(one, other, same, **fields)}).training_batch(0)["label"]) == 6


def test_validation_has_the_classes_of_training(tmp_path: Path) -> None:
    fields = {"label": "label", "values": "values"}
    one, other = (
        parquet_source(_named(tmp_path / f"{first}.parquet", [first, second]), **fields)
        for first, second in (("cat", "dog"), ("dog", "cat"))
    )
    message = "class 0 is cat for training, and dog for validation"
    assert other_class(Data.model_validate({"source": one, "validation": other})) == message
    assert other_class(Data.model_validate({"source": one, "validation": one})) is None
    stated = {**one, "classes": ["cat", "dog"]}
    missing = parquet_source(tmp_path / "none.parquet", **fields)
    assert other_class(Data.model_validate({"source": stated, "validation": missing})) is None


@pytest.mark.parametrize("whole", [0, 1])
def test_each_parquet_file_has_rows(load: Load, tmp_path: Path, whole: int) -> None:
    parquet.write_table(table_of(range(3)), tmp_path / "0.parquet")
    parquet.write_table(table_of(range(3)).slice(0, 0), tmp_path / "1.parquet")
    module = load({"source": parquet_source(*(tmp_path / f"{each}.parquet" for each in range(1 - whole, 2)))})
    with pytest.raises(module.DataError, match=r"1\.parquet has no examples"):
        module.training_examples()


def test_no_file_is_read_twice(load: Load, tmp_path: Path) -> None:
    parquet.write_table(table_of(range(3)), tmp_path / "0.parquet")
    source = parquet_source(tmp_path / "{0..1}.parquet", tmp_path / "0.parquet")
    module = load({"source": source})
    with pytest.raises(module.DataError, match=r"0\.parquet is listed twice"):
        module.training_examples()
    with pytest.raises(ArchspecError, match=r"0\.parquet is listed twice"):
        class_names(Data.model_validate({"source": source}))


def test_a_parquet_file_that_changes_is_converted_anew(load: Load, tmp_path: Path) -> None:
    for count in (2, 3):
        parquet.write_table(table_of(range(count)), tmp_path / "a.parquet")
        module = load({"source": parquet_source(tmp_path / "a.parquet")})
        assert len(module.training_batch(0)["label"]) == count


FIELDS = {"image": "image", "label": "label", "mask": {"column": "mask", "encoded": False}, "labels": "labels"}


def _folder(path: Path, **keys: Any) -> dict[str, Any]:
    return {"type": "HuggingFaceFolder", "path": str(path), "fields": FIELDS, **keys}


def test_saved_rows_are_those_that_datasets_decodes(load: Load, tmp_path: Path) -> None:
    saved = data_set()
    saved.save_to_disk(tmp_path / "one", num_shards=2)
    datasets.DatasetDict({"train": saved, "test": saved.select([5, 1])}).save_to_disk(tmp_path / "several")
    several = _folder(tmp_path / "several", split="test")
    for source, chosen in ((_folder(tmp_path / "one"), saved), (several, saved.select([5, 1]))):
        batch = load({"source": source, "validation": source}, "xyz").validation_batches()[0]
        rows = [*chosen]
        assert [*batch["label"]] == [row["label"] for row in rows]
        images = np.stack([np.asarray(row["image"]) for row in rows])
        np.testing.assert_array_equal(batch["image"], images.astype(np.float32) / np.float32(255))
        np.testing.assert_array_equal(batch["mask"], np.array([row["mask"] for row in rows]))
        np.testing.assert_array_equal(batch["labels"], np.array([row["labels"] for row in rows], np.float32))


def test_a_table_names_its_classes(tmp_path: Path) -> None:
    saved = data_set()
    saved.save_to_disk(tmp_path / "one")
    datasets.DatasetDict({"train": saved}).save_to_disk(tmp_path / "several")
    saved.to_parquet(tmp_path / "a.parquet")
    parquet.write_table(table_of(range(3)), tmp_path / "b.parquet")
    one, several = _folder(tmp_path / "one"), _folder(tmp_path / "several", split="train")
    for source in (one, several, parquet_source(tmp_path / "a.parquet")):
        assert class_names(Data.model_validate({"source": source})) == ("x", "y", "z")
        assert class_names(Data.model_validate({"source": {**source, "classes": ["a"]}})) == ("a",)
    assert class_names(Data.model_validate({"source": parquet_source(tmp_path / "b.parquet")})) is None
    info = tmp_path / "one" / "dataset_info.json"
    info.write_text(json.dumps({"features": {"label": {"names": ["x\n", "y"]}}}))
    for written in (info.read_text(), json.dumps({"features": {"label": {"names": 3}}}), "{"):
        info.write_text(written)
        with pytest.raises(ArchspecError, match=r"the column label are no names|cannot be read"):
            class_names(Data.model_validate({"source": one}))
    with pytest.raises(ArchspecError, match=r"the split .\.\./\.\./x. is not in"):
        class_names(Data.model_validate({"source": {**several, "split": "../../x"}}))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"label": "none"}, r"a\.parquet has no column 'none'; it has image, label, values, bytes, pixels, text"),
        ({"label": "text"}, "`label` of example 0 has <U3, and no numbers"),
        ({"image": "text"}, "`image` of example 0 has not the bytes of an image"),
        ({"image": "pixels"}, "`image` of example 0 has not the bytes of an image"),
        ({"image": {"column": "bytes", "encoded": False}}, r"`image` of example 0 has \|?[SO]\S*, and no numbers"),
        ({"values": "image"}, "`values` of example 0 has object, and no numbers"),
        ({"label": "values"}, r"`label` of example 0 has the shape \(2,\)"),
    ],
)
def test_a_column_of_another_kind_is_told(load: Load, tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    parquet.write_table(table_of(range(1)), tmp_path / "a.parquet")
    module = load({"source": parquet_source(tmp_path / "a.parquet", **fields)})
    with pytest.raises(module.DataError, match=message):
        module.training_batch(0)


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        ([1, None], "label", "example 1 has no value in the column 'column'"),
        ([1, 10], "label", "`label` of example 1 has 10, and classes are whole numbers from 0 to 9"),
        ([[1.0], [None]], "values", "`values` of example 1 has object, and no numbers"),
        ([[[1], [2]], [[1, 2], [3]]], "values", "`values` of example 1 is no array"),
        ([png(0), b"no image"], "image", "`image` of example 1 cannot be read as an image"),
        ([{"bytes": png(0), "path": "x"}, {"bytes": None, "path": "/etc/hostname"}], "image", "example 1 has not the"),
    ],
)
def test_a_faulty_row_is_told_by_its_number(
    load: Load, tmp_path: Path, column: list[Any], kind: str, message: str
) -> None:
    parquet.write_table(pa.table({"column": column}), tmp_path / "a.parquet")
    source = parquet_source(tmp_path / "a.parquet", **{kind: "column"})
    module = load({"source": source, "validation": source})
    with pytest.raises(module.DataError, match=message):
        module.validation_batches()[0]


def test_a_file_that_cannot_be_read_is_named(load: Load, tmp_path: Path) -> None:
    source = parquet_source(tmp_path / "a.parquet")
    with pytest.raises(FileNotFoundError, match=r"a\.parquet"):
        load({"source": source}).training_examples()
    for content in (b"", b"PAR1", b"no Parquet" * 100):
        (tmp_path / "a.parquet").write_bytes(content)
        module = load({"source": source})
        with pytest.raises(module.DataError, match=r"a\.parquet cannot be read"):
            module.training_examples()
    parquet.write_table(table_of(range(0)), tmp_path / "a.parquet")
    empty = load({"source": source})
    with pytest.raises(empty.DataError, match=r"has no examples|cannot be read"):
        empty.training_examples()
    parquet.write_table(table_of(range(40)), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[:50] + bytes(200) + whole[250:])
    damaged = load({"source": source})
    with pytest.raises(damaged.DataError, match=r"a\.parquet cannot be read|cannot be read as an image"):
        damaged.training_batch(0)


def test_a_folder_that_does_not_fit_is_named(load: Load, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        load({"source": _folder(tmp_path / "none")}).training_examples()
    saved = data_set()
    saved.save_to_disk(tmp_path / "one")
    datasets.DatasetDict({"train": saved, "test": saved}).save_to_disk(tmp_path / "several")
    for source, message in (
        (_folder(tmp_path / "several"), "has the splits train, test, and the recipe says None"),
        (_folder(tmp_path / "several", split="val"), "has the splits train, test, and the recipe says val"),
        (_folder(tmp_path / "one", split="train"), "has the splits none, and the recipe says train"),
    ):
        module = load({"source": source})
        with pytest.raises(module.DataError, match=message):
            module.training_examples()


def test_no_file_outside_of_a_folder_is_read(load: Load, tmp_path: Path) -> None:
    for name in ("one", "other"):
        data_set().save_to_disk(tmp_path / name)
    state = tmp_path / "one" / "state.json"
    written = json.loads(state.read_text())
    for outside in ("../other/data-00000-of-00001.arrow", str(tmp_path / "other" / "data-00000-of-00001.arrow")):
        state.write_text(json.dumps({**written, "_data_files": [{"filename": outside}]}))
        module = load({"source": _folder(tmp_path / "one")})
        with pytest.raises(module.DataError, match="outside of it"):
            module.training_examples()


HUB = {"type": "HuggingFaceHub", "name": "owner/name", "split": "train[:50%]", "fields": FIELDS}


def test_a_data_set_of_the_hub_is_loaded_by_its_name(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []

    def loaded(*names: Any, **keys: Any) -> Any:
        calls.append((names, keys))
        return data_set()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets, "load_dataset", loaded)
    source = {**HUB, "config": "large", "revision": "v1"}
    batch = load({"source": source, "validation": source}, "xyz").validation_batches()[0]
    assert calls == [(("owner/name", "large"), {"split": "train[:50%]", "revision": "v1"})] * len(calls)
    np.testing.assert_array_equal(batch["label"], [0, 1, 2, 0, 1, 2])


def test_a_name_of_the_hub_is_no_path(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "owner" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    module = load({"source": HUB})
    with pytest.raises(module.DataError, match="owner/name is a path here"):
        module.training_examples()


def test_the_hubs_refusal_is_told(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*names: Any, **keys: Any) -> Any:
        raise ValueError("BuilderConfig 'large' not found")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets, "load_dataset", refused)
    module = load({"source": HUB})
    with pytest.raises(module.DataError, match=re.escape("owner/name cannot be read: BuilderConfig 'large' not found")):
        module.training_examples()
