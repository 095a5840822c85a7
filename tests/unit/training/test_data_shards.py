"""What several processes read: of each step together the rows of one process's batch, each once."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archspec.training.helpers.faults import DataError
from archspec.training.helpers.sharing import shard
from tests.marks import rows_but
from tests.unit.training.programs import Load, batches_of, numbered, write_images

RANDOM = {
    "training": [
        {"type": "RandomCrop", "size": 4, "padding": 1},
        "RandomFlip",
        {"type": "RandomErasing", "value": "noise"},
    ]
}
NORMALIZE = {"type": "Normalize", "mean": 0.5, "std": 0.25}


def _cut(rows: Any, parts: int, size: int) -> list[list[int]]:
    """The rows of each process in order: its share of the first part, of the second, and so on."""
    shares = [np.array_split(part, size) for part in np.array_split(rows, parts)]
    return [[int(row) for each in shares for row in each[rank]] for rank in range(size)]


MIXES = {"no mix": None, "mixup": "Mixup", "cutmix": "Cutmix", "rare": {"type": "Cutmix", "probability": 0.5}}
TRANSFORMS = {
    "no transforms": {},
    "random": RANDOM,
    "normalised": {"training": [NORMALIZE], "evaluation": [NORMALIZE]},
}
FEW = {
    *(("no mix", "no transforms", 1), ("mixup", "no transforms", 2), ("mixup", "random", 1)),
    *(("cutmix", "normalised", 2), ("rare", "random", 2), ("no mix", "random", 2)),
}
"""With them each mix, each of the transforms and both numbers of parts meet another; `--tables` runs all."""


@pytest.mark.parametrize(
    "row", rows_but(FEW, (), product(MIXES, TRANSFORMS, (1, 2))), ids=lambda row: "-".join(map(str, row))
)
def test_shards_are_together_the_batch_of_one_process(load: Load, tmp_path: Path, row: tuple[str, str, int]) -> None:
    """29 examples: batches of 8, 8, 8 and 5, which 2 and 3 processes share unevenly; with 2 parts of 11, 11 and 7."""
    mix, transforms, parts = row
    data = {"source": numbered(tmp_path / "a.npz", 29), "transforms": TRANSFORMS[transforms], "mix": MIXES[mix]}
    module = load(data, batch_size=8 if parts == 1 else 11, accumulate=parts)
    for step in range(3 * module.training_steps()):
        whole = module.training_batch(step)
        for size in (1, 2, 3):
            shards = [module.training_batch(step, rank, size) for rank in range(size)]
            for name, rows in whole.items():
                for each, places in zip(shards, _cut(np.arange(len(rows)), parts, size), strict=True):
                    np.testing.assert_array_equal(each[name], rows[places], strict=True)


def test_each_example_is_read_by_one_process(load: Load, tmp_path: Path) -> None:
    module = load({"source": numbered(tmp_path / "a.npz", 29)}, batch_size=8)
    steps = module.training_steps()
    for epoch in range(2):
        read = [
            round(float(shade) * 255)
            for step in range(epoch * steps, (epoch + 1) * steps)
            for rank in range(3)
            for shade in module.training_batch(step, rank, 3)["image"][:, 0, 0, 0]
        ]
        assert sorted(read) == list(range(29))


@pytest.mark.parametrize("mix", [None, "Mixup"])
def test_a_process_reads_its_own_examples_and_their_partners_alone(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mix: Any
) -> None:
    source = write_images(tmp_path / "images", {"cat": 12})
    module = load({"source": source, "mix": mix}, ["cat"], batch_size=12)
    read: list[Path] = []
    reads = module.read_image
    monkeypatch.setattr(module, "read_image", lambda path, mode: read.append(path) or reads(path, mode))
    for rank in range(3):
        read.clear()
        assert len(module.training_batch(0, rank, 3)["image"]) == 4
        assert len(read) == len(set(read)) == (4 if mix is None else 5)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_validation_is_in_as_many_batches_in_each_process(load: Load, tmp_path: Path, size: int) -> None:
    """19 examples in batches of at most 8: 7, 6 and 6, each of which is shared out."""
    source = numbered(tmp_path / "a.npz", 19)
    module = load({"source": source, "validation": source, "mix": "Mixup"}, batch_size=8)
    shards = [module.validation_batches(rank, size) for rank in range(size)]
    assert [len(each) for each in shards] == [3] * size
    batches = [np.concatenate([each[number]["image"] for each in shards]) for number in range(3)]
    assert [len(batch) for batch in batches] == [7, 6, 6]
    assert [round(float(shade) * 255) for batch in batches for shade in batch[:, 0, 0, 0]] == list(range(19))


def test_a_batch_that_is_too_small_for_the_processes_is_refused(load: Load, tmp_path: Path) -> None:
    source = numbered(tmp_path / "a.npz", 10)
    module = load({"source": source, "validation": source}, batch_size=4)
    message = "a batch of 2 examples is too small for 3 processes: change `batch_size`, or take fewer processes"
    with pytest.raises(module.DataError, match=message):
        module.training_batch(2, 0, 3)
    assert len(module.training_batch(2, 1, 2)["label"]) == 1
    with pytest.raises(module.DataError, match="a batch of 3 examples is too small for 4 processes"):
        module.validation_batches(0, 4)


def test_a_part_that_is_too_small_for_the_processes_is_refused() -> None:
    with pytest.raises(DataError, match="a batch of 5 examples is too small for 3 processes and 2 parts"):
        shard(np.arange(5), 0, 3, parts=2)
    assert shard(np.arange(1), 0, 1, parts=2).tolist() == [0]


@pytest.mark.parametrize("count", range(6, 30))
def test_a_process_cuts_its_rows_where_the_batch_is_cut(count: int) -> None:
    """A training program cuts the rows of a process as it cuts a batch."""
    for rank in range(2):
        own = np.array_split(shard(np.arange(count), rank, 2, parts=3), 3)
        expected = [np.array_split(part, 2)[rank] for part in np.array_split(np.arange(count), 3)]
        assert [part.tolist() for part in own] == [part.tolist() for part in expected]


def test_an_order_does_not_depend_on_the_number_of_processes(load: Load, tmp_path: Path) -> None:
    source = numbered(tmp_path / "a.npz", 30)
    module, again = load({"source": source}), load({"source": source})
    module.training_batch(3, 1, 2)
    for one, other in zip(batches_of(module, 2), batches_of(again, 2), strict=True):
        np.testing.assert_array_equal(one["image"], other["image"])
