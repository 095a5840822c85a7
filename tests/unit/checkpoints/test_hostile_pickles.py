"""Pickles that mean harm: an error that names the file, in a time and a memory that are as the file's size."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from archspec.checkpoints import open_checkpoint
from tests.unit.checkpoints.pickles import entries, in_a_row, number, tensor, text, zipped


@pytest.mark.parametrize(
    "keys", [b"](]e", b"](}e", b"](" + b")" + b"\x85" * 2_000_000 + b"e", b"N", b"](K\x00e"], ids=lambda keys: keys[:9]
)
def test_keys_of_storages_that_are_no_texts(tmp_path: Path, keys: bytes) -> None:
    path = in_a_row(tmp_path / "w.pth", keys)
    with pytest.raises(archspec.WeightsError, match=r"w\.pth .*lists storages of no tensor"):
        open_checkpoint(path)


def test_keys_of_storages(tmp_path: Path) -> None:
    (found,) = open_checkpoint(in_a_row(tmp_path / "w.pth", b"](" + text("0") + b"e")).tensors.values()
    assert found.read().tolist() == [0]


def test_numbers_of_thousands_of_digits_name_nothing(tmp_path: Path) -> None:
    program = entries({"a": tensor()}) + number(10**5000) + tensor() + b"s"
    assert list(open_checkpoint(zipped(tmp_path / "w.pth", program, bytes(4))).tensors) == ["a"]
