"""The order of a training: steps, epochs, checkpoints, and going on after an interruption."""

from __future__ import annotations

import argparse
import hashlib
import logging
import math
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

# Grain warns on its import if there is no JAX, whose profiler nothing here needs.
logging.getLogger("absl").addFilter(
    lambda record: "jax profiler" not in str(record.msg)
)

import grain

from data import (
    DataError,
    shard,
    training_batch,
    training_examples,
    training_places,
    training_steps,
    validation_batches,
    validation_examples,
)
from journal import Journal, Silence, replace

EPOCHS = 10
RECIPE = "digest"
MONITORED = "validation_accuracy"
FOLDER = Path(__file__).parent
CHECKED_STEPS = 100
"""The steps between two looks at the loss and the weights, each of which waits for the device."""

Batch = dict[str, np.ndarray]


class Processes(Protocol):
    """The processes that train together; this one is `rank`, counted from 0, of `size`."""

    rank: int
    size: int

    def gather(self, value: float) -> list[float]: ...


class Trainer(Protocol):
    """A network in training, in some framework."""

    suffix: str
    weights_suffix: str
    processes: Processes

    def step(self, batch: Batch, rate: float, number: int, count: int) -> None: ...
    def is_finite(self) -> bool: ...
    def mean_loss(self) -> float: ...
    def evaluate(self, batches: Iterator[Batch]) -> dict[str, float]: ...
    def state(self, progress: dict[str, Any]) -> Any: ...
    def save(self, file: Path, state: Any) -> None: ...
    def load(self, file: Path) -> dict[str, Any]: ...
    def weights(self) -> Any: ...
    def save_weights(self, file: Path, weights: Any) -> None: ...


@dataclass
class Progress:
    """The point that a training has reached; `best` is the best value of the monitored metric."""

    recipe: str = RECIPE
    step: int = 0
    best: float = -math.inf


def learning_rate(step: int, epoch_steps: int) -> float:
    """The learning rate of a step, counted from 0."""
    factor = 1.0
    return 0.001 * factor


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--resume", action="store_true", help="go on from the newest checkpoint"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser.parse_args()


def run(trainer: Trainer, resume: bool) -> None:
    """Train to the end, or to an interruption by Ctrl-C or SIGTERM, which ends with a checkpoint."""
    try:
        _agree(
            trainer.processes,
            _digest(),
            "has another program or other initial weights than process 0",
        )
        progress = _resumed(trainer) if resume else _new()
        _check_data(trainer.processes)
        steps, epochs = EPOCHS * training_steps(), EPOCHS
        journal: Journal | Silence = Silence()
        if trainer.processes.rank == 0:
            journal = Journal(FOLDER, progress.step, steps, epochs)
        with closing(journal):
            if progress.step >= steps:
                journal.say(
                    f"nothing is left to train after step {progress.step}; a larger number of epochs goes on from there"
                )
            _train(trainer, progress, steps, journal)
    except (DataError, OSError) as error:
        sys.exit(f"{error}\nthe checkpoints that were written are whole")


def _train(
    trainer: Trainer, progress: Progress, steps: int, journal: Journal | Silence
) -> None:
    """All steps from this point on."""
    signals = _Signals()
    epoch_steps = training_steps()
    own = partial(
        training_batch, rank=trainer.processes.rank, size=trainer.processes.size
    )
    for batch in loaded(grain.MapDataset.range(progress.step, steps).map(own)):
        rate = learning_rate(progress.step, epoch_steps)
        count = len(training_places(progress.step))
        trainer.step(batch, rate, progress.step, count)
        progress.step += 1
        journal.count()
        if progress.step % epoch_steps == 0:
            _end_epoch(trainer, progress, journal, rate, progress.step // epoch_steps)
            _save(trainer, progress)
        elif progress.step % CHECKED_STEPS == 0:
            _check_finite(trainer, progress)
        if number := int(max(trainer.processes.gather(signals.number))):
            _save(trainer, progress)
            journal.close()
            if trainer.processes.rank == 0:
                print(
                    f"interrupted after step {progress.step}; `--resume` goes on from there",
                    file=sys.stderr,
                )
            sys.exit(128 + number)


def _end_epoch(
    trainer: Trainer,
    progress: Progress,
    journal: Journal | Silence,
    rate: float,
    epoch: int,
) -> None:
    """Evaluate, write the metrics, and keep the weights if they are the best."""
    _check_finite(trainer, progress)
    loss = trainer.mean_loss()
    row = {"epoch": epoch, "step": progress.step, "learning_rate": rate, "loss": loss}
    scores = trainer.evaluate(
        loaded(validation_batches(trainer.processes.rank, trainer.processes.size))
    )
    row |= {f"validation_{name}": value for name, value in scores.items()}
    journal.write(row)
    if judge(progress, row[MONITORED]):
        weights = trainer.weights()
        if trainer.processes.rank == 0:
            file = FOLDER / f"best{trainer.weights_suffix}"
            replace(file, partial(trainer.save_weights, weights=weights))


def judge(progress: Progress, score: float) -> bool:
    """Take note of an epoch's monitored metric, and say whether it is the best."""
    if score > progress.best:
        progress.best = score
        return True
    return False


def _check_finite(trainer: Trainer, progress: Progress) -> None:
    """End the program if the loss or a weight is infinite or no number."""
    if not trainer.is_finite():
        sys.exit(
            f"the loss or a weight is not finite at step {progress.step}, or since one of the {CHECKED_STEPS} steps before it: "
            "a smaller learning rate, a warm-up or clipping may help"
        )


def _save(trainer: Trainer, progress: Progress) -> None:
    """Write a checkpoint, and remove all but the newest 1."""
    _check_finite(trainer, progress)
    state = trainer.state(asdict(progress))
    if trainer.processes.rank > 0:
        return
    folder = FOLDER / "checkpoints"
    folder.mkdir(exist_ok=True)
    file = folder / f"step_{progress.step:09d}{trainer.suffix}"
    replace(file, partial(trainer.save, state=state))
    for old in sorted(folder.glob(f"step_*{trainer.suffix}"))[:-1]:
        old.unlink()


def _agree(processes: Processes, value: int, problem: str) -> None:
    """End all processes if one has another value than process 0."""
    first, *others = processes.gather(value)
    for rank, other in enumerate(others, start=1):
        if other != first:
            sys.exit(f"process {rank} {problem}")


def _digest() -> int:
    """A number that only the same program with the same initial weights has."""
    digest = hashlib.sha256()
    for file in sorted([*FOLDER.glob("*.py"), *FOLDER.glob("model.*")]):
        digest.update(file.read_bytes())
    return int(digest.hexdigest()[:12], 16)  # a float64 holds 48 bits


def _check_data(processes: Processes) -> None:
    """End all processes if one finds other data. Raise `DataError` if a batch is too small for them."""
    _agree(
        processes,
        len(training_examples()),
        "finds another number of examples than process 0",
    )
    _agree(
        processes,
        len(validation_examples()),
        "finds another number of examples for validation than process 0",
    )
    last = training_steps() - 1
    shard(training_places(last), processes.rank, processes.size)
    validation_batches(processes.rank, processes.size)


def _new() -> Progress:
    """The beginning, in a folder without checkpoints."""
    if any((FOLDER / "checkpoints").glob("step_*")):
        sys.exit(
            "there are checkpoints: --resume goes on; without the folder `checkpoints` a training begins anew"
        )
    return Progress()


def _resumed(trainer: Trainer) -> Progress:
    """The progress of the newest checkpoint, whose state the trainer has now."""
    files = sorted((FOLDER / "checkpoints").glob(f"step_*{trainer.suffix}"))
    step = int(files[-1].stem.removeprefix("step_")) if files else 0
    _agree(
        trainer.processes,
        step,
        f"finds another checkpoint than process 0: all need the same {FOLDER}",
    )
    if not files:
        return Progress()
    progress = Progress(**trainer.load(files[-1]))
    if progress.recipe != RECIPE:
        sys.exit(
            f"{files[-1]} is from another recipe: train by this one in another folder"
        )
    return progress


def loaded(batches: grain.MapDataset) -> Iterator[Batch]:
    """The batches, some of which threads prepare in advance."""
    options = grain.ReadOptions(num_threads=2, prefetch_buffer_size=8)
    return iter(batches.to_iter_dataset(options))


class _Signals:
    """Remembers Ctrl-C and SIGTERM until the step is done; a second one ends the program at once."""

    def __init__(self) -> None:
        self.number = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._remember)

    def _remember(self, number: int, frame: object) -> None:
        self.number = number
        signal.signal(number, signal.SIG_DFL)
