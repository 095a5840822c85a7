"""Which examples are in which batch: reproducible, each once an epoch, and none in training and validation both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import grain
import numpy as np
import pytest

from tests.unit.training.programs import Load, batches_of, numbered, text_of, write_images

RANDOM = {
    "training": [
        {"type": "RandomCrop", "size": 4, "padding": 1},
        "RandomFlip",
        {"type": "RandomErasing", "value": "noise"},
    ]
}


def _shades(batch: dict[str, Any]) -> list[int]:
    """The numbers of the examples in a batch whose images are not changed."""
    return [round(float(shade) * 255) for shade in batch["image"][:, 0, 0, 0]]


def _epochs(module: ModuleType, number: int) -> list[list[int]]:
    """The numbers of the examples in each epoch, in order."""
    steps = module.training_steps()
    return [
        [shade for step in range(begin, begin + steps) for shade in _shades(module.training_batch(step))]
        for begin in range(0, number * steps, steps)
    ]


def _assert_equal(some: dict[str, Any], others: dict[str, Any]) -> None:
    assert some.keys() == others.keys()
    for name, array in some.items():
        np.testing.assert_array_equal(array, others[name], strict=True)


def test_every_example_is_once_in_an_epoch(load: Load, tmp_path: Path) -> None:
    source = numbered(tmp_path / "a.npz", 21)
    for batch_size in (1, 4, 7, 21, 50):
        module = load({"source": source}, batch_size=batch_size)
        assert sum(len(batch["label"]) for batch in batches_of(module)) == 21
        assert all(sorted(epoch) == list(range(21)) for epoch in _epochs(module, 3))


def test_each_epoch_and_each_seed_has_its_own_order(load: Load, tmp_path: Path) -> None:
    source = numbered(tmp_path / "a.npz", 30)
    first, second, third = _epochs(load({"source": source}), 3)
    others = _epochs(load({"source": source}, seed=1), 3)
    assert len({tuple(order) for order in (first, second, third, *others, range(30))}) == 7


def test_a_step_has_the_same_batch_after_a_restart(load: Load, tmp_path: Path) -> None:
    data = {"source": numbered(tmp_path / "a.npz", 30), "transforms": RANDOM, "mix": "Mixup"}
    batches, again = (batches_of(load(data), 3) for _ in range(2))
    for step in reversed(range(len(batches))):
        _assert_equal(again[step], batches[step])
    _assert_equal(again[5:][0], batches[5])


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_give_the_same_batches(load: Load, tmp_path: Path, threads: int) -> None:
    data = {"source": numbered(tmp_path / "a.npz", 30), "transforms": RANDOM, "mix": "Cutmix"}
    batches = batches_of(load(data), 2)
    options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=2 * threads)
    read = list(batches_of(load(data), 2)[3:].to_iter_dataset(options))
    assert len(read) == len(batches) - 3
    for step, batch in enumerate(read, 3):
        _assert_equal(batch, batches[step])


def test_random_numbers_are_others_in_each_epoch_and_for_each_image(load: Load, tmp_path: Path) -> None:
    data = {
        "source": numbered(tmp_path / "a.npz", 8, side=64),
        "transforms": {"training": [{"type": "RandomShift", "height": 0.5}]},
    }
    shifts = []
    for batch in batches_of(load(data), 8):
        order = np.argsort([image.max() for image in batch["image"]])
        shifts.append([int((image[:, 0, 0] == 0).argmin()) for image in batch["image"][order][1:]])
    assert len({tuple(each) for each in shifts}) == 8
    assert len({shift for each in shifts for shift in each}) > 10


def test_a_fraction_for_validation_is_apart_and_stable(load: Load, tmp_path: Path) -> None:
    data = {"source": numbered(tmp_path / "a.npz", 33), "validation": 0.3}
    module = load(data)
    training, validation = (
        _epochs(module, 1)[0],
        [shade for batch in module.validation_batches() for shade in _shades(batch)],
    )
    assert len(validation) == 10
    assert validation == sorted(validation) != list(range(10))
    assert sorted(training + validation) == list(range(33))
    other = load(data, batch_size=3)
    assert [shade for batch in other.validation_batches() for shade in _shades(batch)] == validation
    seeded = load(data, seed=1)
    assert [shade for batch in seeded.validation_batches() for shade in _shades(batch)] != validation


def test_validation_is_in_order_and_has_no_random_numbers(load: Load, tmp_path: Path) -> None:
    source = numbered(tmp_path / "a.npz", 21)
    module = load({"source": source, "validation": source, "transforms": RANDOM, "mix": "Mixup"})
    batches = list(module.validation_batches())
    assert [shade for batch in batches for shade in _shades(batch)] == list(range(21))
    assert [label for batch in batches for label in batch["label"]] == [number % 10 for number in range(21)]


@pytest.mark.slow
def test_processes_give_the_same_batches(tmp_path: Path) -> None:
    data = {"source": write_images(tmp_path / "images", {"a": 9, "b": 8}), "transforms": {"training": ["RandomFlip"]}}
    (tmp_path / "data.py").write_text(text_of(data, ["a", "b"], batch_size=4), encoding="utf-8")
    (tmp_path / "compare.py").write_text(COMPARE, encoding="utf-8")
    done = subprocess.run([sys.executable, tmp_path / "compare.py"], capture_output=True, text=True, check=False)
    assert done.stdout == "10 equal\n", done.stderr


COMPARE = """
import grain
from data import training_batch, training_steps

if __name__ == "__main__":
    batches = grain.MapDataset.range(2 * training_steps()).map(training_batch)
    workers = grain.MultiprocessingOptions(num_workers=2)
    read = batches.to_iter_dataset(grain.ReadOptions(num_threads=1)).mp_prefetch(workers)
    equal = [(batch["image"] == batches[step]["image"]).all() for step, batch in enumerate(read)]
    print(len(equal), "equal" if all(equal) else "different")
"""
