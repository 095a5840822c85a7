"""The emitted `loop.py`: what it makes of an epoch's score."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from archspec.training.loop import digest, emit_loop, may_change
from archspec.training.planning import network_of, plan
from archspec.training.program import JOURNAL, imported
from archspec.training.reading import WrittenRecipe, read_recipe

DATA = """\
class DataError(Exception): ...
def shard(): ...
def training_batch(): ...
def training_examples(): return range(60)
def training_places(): ...
def training_steps(): ...
def validation_batches(): ...
def validation_examples(): return range(20)
"""


PLATEAU = {"type": "Plateau", "factor": 0.5, "patience": 1}


def _written(**values: Any) -> WrittenRecipe:
    """A recipe with these values."""
    document = {
        "recipe": 1,
        "network": "lenet",
        "data": {"source": "mnist", "validation": 0.2},
        "loss": "CrossEntropy",
        **values,
    }
    return read_recipe(document)


@contextmanager
def _loop(folder: Path, **values: Any) -> Iterator[ModuleType]:
    """The module of a recipe with these values."""
    written = _written(**values)
    texts = {"loop": emit_loop(plan(written, network_of(written))), "data": DATA, "journal": JOURNAL}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    with imported(folder, "loop") as loop:
        yield loop


@pytest.mark.parametrize(("length", "steps"), [({"steps": 10}, 10), ({"epochs": 3}, 12)])
def test_the_cosine_ends_with_the_training(tmp_path: Path, length: dict[str, int], steps: int) -> None:
    with _loop(tmp_path, schedule="Cosine", optimizer={"type": "SGD", "learning_rate": 0.5}, **length) as loop:
        for step in range(steps):
            rate = 0.25 * (1 + math.cos(math.pi * step / steps))
            assert loop.learning_rate(step, epoch_steps=4) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("length", "others", "longer"),
    [
        ({"epochs": 2}, {}, {"epochs": 3}),
        ({"epochs": 2}, {"schedule": PLATEAU}, {"epochs": 3}),
        ({"steps": 10}, {}, {"steps": 20}),
        ({"epochs": 2}, {}, {"steps": 20}),
    ],
)
def test_a_training_goes_on_for_longer(length: dict[str, Any], others: dict[str, Any], longer: dict[str, Any]) -> None:
    assert digest(_written(**length, **others).recipe) == digest(_written(**longer, **others).recipe)


@pytest.mark.parametrize(
    ("length", "others"),
    [
        ({"epochs": 2}, {"schedule": "Cosine"}),
        ({"steps": 10}, {"schedule": "Cosine"}),
        ({"steps": 10}, {"schedule": PLATEAU}),
        ({"epochs": 2}, {"schedule": PLATEAU}),
        ({"steps": 10}, {"early_stopping": {"patience": 2}}),
    ],
)
def test_a_training_that_depends_on_its_length_keeps_it(length: dict[str, Any], others: dict[str, Any]) -> None:
    longer = _written(steps=20, **others).recipe
    assert digest(_written(**length, **others).recipe) != digest(longer)
    assert not may_change("steps", longer)


def test_a_training_goes_on_by_another_strategy_but_with_the_same_batch_normalisation() -> None:
    own = digest(_written().recipe)
    assert digest(_written(strategy="fsdp").recipe) == own
    assert digest(_written(recompute=True).recipe) == own
    assert digest(_written(batch_norm="synchronised").recipe) != own
    assert may_change("strategy", _written().recipe)
    assert not may_change("batch_norm", _written().recipe)


@pytest.mark.parametrize(("others", "words"), [((61, 20), "examples than"), ((60, 19), "examples for validation")])
def test_a_process_with_other_data_is_refused(tmp_path: Path, others: tuple[int, int], words: str) -> None:
    """All processes end: another number of steps would leave some of them waiting."""
    told = iter(others)
    processes = SimpleNamespace(rank=0, size=2, gather=lambda value: [value, next(told)])
    with (
        _loop(tmp_path) as loop,
        pytest.raises(SystemExit, match=f"^process 1 finds another number of {words}"),
    ):
        loop._check_data(processes)


def _factors(folder: Path, schedule: dict[str, Any], scores: list[float]) -> list[float]:
    """The schedule's factor after each epoch, by its validation loss."""
    factors = []
    with _loop(folder, schedule={"type": "Plateau", **schedule}) as loop:
        progress = loop.Progress()
        for score in scores:
            loop.judge(progress, score)
            factors.append(progress.factor)
    return factors


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ({"patience": 1, "cooldown": 0}, [1, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625]),
        ({"patience": 1, "cooldown": 1}, [1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]),
        ({"patience": 1, "cooldown": 2}, [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]),
        ({"patience": 2, "cooldown": 1}, [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]),
    ],
)
def test_epochs_of_a_cooldown_do_not_count(tmp_path: Path, schedule: dict[str, Any], factors: list[float]) -> None:
    assert _factors(tmp_path, {"factor": 0.5, **schedule}, [1.0] * 7) == factors


def test_a_better_score_in_a_cooldown_is_the_one_to_improve_on(tmp_path: Path) -> None:
    scores = [1.0, 1.0, 0.5, 0.8, 0.8]
    assert _factors(tmp_path, {"factor": 0.5, "patience": 1, "cooldown": 1}, scores) == [1, 0.5, 0.5, 0.25, 0.25]
