"""What sources in files of other tools can be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from archspec.recipe.data import Data
from archspec.recipe.stored import HuggingFaceFolder, Parquet, WebDataset

SHARDS = {"type": "WebDataset", "shards": "a-{000..146}.tar", "fields": {"image": "jpg", "label": "cls"}}
TABLE = {"type": "Parquet", "files": "a.parquet", "fields": {"image": "img", "label": "fine_label"}}
HUB = {"type": "HuggingFaceHub", "name": "owner/name", "split": "train", "fields": {"image": "img"}}
FOLDER = {"type": "HuggingFaceFolder", "path": "saved", "fields": {"image": "img"}}


@pytest.mark.parametrize(
    ("source", "keys", "message"),
    [
        (SHARDS, {"shards": []}, "at least 1 item"),
        (SHARDS, {"shards": "a-{0..9}-{0..9}.tar"}, "one range at most"),
        (SHARDS, {"shards": "a-{9..0}.tar"}, r"`\{9..0\}` is no range"),
        (SHARDS, {"shards": "a-{00..100}.tar"}, r"`\{00..100\}` is no range"),
        (SHARDS, {"shards": "a-{0..999999999}.tar"}, "more than 100,000 files"),
        (SHARDS, {"shards": "a-{0..99999999999}.tar"}, "more than 100,000 files"),
        (SHARDS, {"fields": {}}, "at least 1 item"),
        (SHARDS, {"fields": {"image": "cls"}}, "the kind image is no number"),
        (SHARDS, {"fields": {"mask": "json:mask"}}, "the kind mask is no number"),
        (SHARDS, {"fields": {"label": "txt"}}, "read from a file of cls, json, npy, not txt"),
        (SHARDS, {"fields": {"label": "cls:key"}}, "only the ending json can have one"),
        (SHARDS, {"fields": {"image": ".jpg"}}, r"`\.jpg` is no ending"),
        (SHARDS, {"fields": {"image": "JPG"}}, "`JPG` is no ending"),
        (SHARDS, {"fields": {"image": "a/jpg"}}, "`a/jpg` is no ending"),
        (SHARDS, {"fields": {"label": "json:a\nb"}}, "is no ending"),
        (SHARDS, {"fields": {"x": "jpg"}}, "valid dictionary or instance of MemberField"),
        (SHARDS, {"channels": 2}, "1 or 3"),
        (TABLE, {"files": ["a.parquet", " "]}, "blank"),
        (TABLE, {"fields": {"image": {"column": "x", "encoded": "no"}}}, "valid boolean"),
        (TABLE, {"fields": {"label": "a\x1b[31m"}}, "cannot be printed"),
        (HUB, {"name": "parquet"}, "`parquet` is no name of a data set"),
        (HUB, {"name": "../name"}, "is no name of a data set"),
        (HUB, {"name": "https://x/y"}, "is no name of a data set"),
        (HUB, {"name": "a/b/c"}, "is no name of a data set"),
        (HUB, {"name": "pandas/"}, "is no name of a data set"),
        (HUB, {"split": ""}, "at least 1 character"),
        (HUB, {"trust_remote_code": True}, "Extra inputs"),
    ],
)
def test_wrong_sources_are_refused(source: dict[str, Any], keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Data.model_validate({"source": {**source, **keys}})


@pytest.mark.parametrize("source", [SHARDS, TABLE, HUB, FOLDER])
def test_a_source_says_what_its_fields_are(source: dict[str, Any]) -> None:
    found = Data.model_validate({"source": source}).source
    assert dict(found.kinds) == {name: name for name in source["fields"]}
    assert (found.has_bytes, found.image_channels, found.class_names) == (True, 3, None)
    gray = Data.model_validate({"source": {**source, "channels": 1, "classes": ["a", "b"]}}).source
    assert (gray.image_channels, gray.class_names) == (1, ("a", "b"))


def test_one_file_is_a_list_of_one() -> None:
    assert isinstance(source := Data.model_validate({"source": SHARDS}).source, WebDataset)
    assert source.shards == ("a-{000..146}.tar",)
    assert isinstance(table := Data.model_validate({"source": {**TABLE, "files": ["a", "b"]}}).source, Parquet)
    assert table.files == ("a", "b")


def test_the_channels_of_arrays_are_their_own() -> None:
    arrays = {"image": {"column": "x", "encoded": False}, "other": {"column": "y", "kind": "image"}}
    table = Data.model_validate({"source": {**FOLDER, "fields": arrays}}).source
    shards = Data.model_validate({"source": {**SHARDS, "fields": {"image": "npy", "label": "cls"}}}).source
    for source in (table, shards):
        assert (source.has_bytes, source.image_channels) == (False, None)
    assert isinstance(table, HuggingFaceFolder)
    assert table.encoded == {"image": False, "other": True}
