"""Trainings by several processes of this machine, which a test starts, watches and kills."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from archspec.training.reading import read_recipe
from archspec.training.running import task_of, write_run
from tests.forks import Fork

IN_FLOAT64 = Path(__file__).with_name("in_float64.py")

PATIENCE = 180
"""The seconds that a test waits for processes: a busy machine needs many more than an idle one."""

TRAINING, VALIDATION = 111, 32
"""Numbers of examples: with batches of 13 the last one has 7, which three processes share unevenly in two parts."""

Environments = Callable[[int], Sequence[Mapping[str, str]]]
"""What the environment of each of so many processes says."""


@dataclass(frozen=True)
class Worker:
    """A process, and the file of all that it says."""

    process: Fork | subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def code(self, seconds: float = PATIENCE) -> int:
        """Its exit code, or its negative signal. Raises `TimeoutExpired` with its last words."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            error.add_note(self.said[-3000:])
            raise


def write_examples(folder: Path, side: int = 8, classes: int = 5) -> dict[str, Any]:
    """Write images that tell their classes; the `data` of a recipe that reads them."""
    generator = np.random.default_rng(0)
    sources = {}
    for name, count in {"source": TRAINING, "validation": VALIDATION}.items():
        label = generator.integers(0, classes, count)
        image = generator.uniform(0, 0.8, (count, side, side, 1)) + label[:, None, None, None] / 20
        values = generator.normal(size=(count, 3))
        arrays = {"image": image.astype("float32"), "label": label, "values": values.astype("float32")}
        np.savez(folder / f"{name}.npz", **arrays)
        fields = {field: field for field in arrays}
        sources[name] = {"type": "Arrays", "file": str(folder / f"{name}.npz"), "fields": fields}
    return sources


def recipe(folder: Path, network: str, **others: Any) -> dict[str, Any]:
    """A recipe of 50 steps on these examples, for a network of the text of a spec."""
    path = folder / "network.yaml"
    path.write_text(network, encoding="utf-8")
    return {
        "recipe": 1,
        "name": "shared",
        "network": str(path),
        "data": write_examples(folder),
        "loss": "CrossEntropy",
        "optimizer": {"type": "SGD", "learning_rate": 0.05, "momentum": 0.9},
        "steps": 50,
        "batch_size": 13,
        "metrics": ["accuracy"],
        **others,
    }


def write_program(words: Mapping[str, Any], backend: str, run: Path) -> Path:
    """Write the run of a recipe; its folder."""
    write_run(task_of(read_recipe(dict(words)), backend, run), resume=False, force=False)
    return run


@contextmanager
def started(
    run: Path,
    environments: Sequence[Mapping[str, str]],
    *arguments: str,
    command: Sequence[str] | None = None,
    others: Mapping[int, Path] = MappingProxyType({}),
) -> Iterator[list[Worker]]:
    """The program of a run in a process for each environment, in float64; those that are left are killed at the end.

    The processes are forks, or new ones of Python if a `command` for it is given. `others` are the runs of the
    processes that have one of their own.
    """
    workers = []
    try:
        for rank, environment in enumerate(environments):
            log = run.parent / f"{run.name}_{rank}.log"
            words = [str(others.get(rank, run)), *arguments, "--device", "cpu"]
            own = {**os.environ, **environment}
            start = Fork if command is None else _new
            workers.append(Worker(start([*(command or [str(IN_FLOAT64)]), *words], own, log), log))
        yield workers
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.wait()


def _new(command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen([sys.executable, *command], stdout=file, stderr=subprocess.STDOUT, env=environment)


def train(run: Path, environments: Sequence[Mapping[str, str]], *arguments: str) -> list[str]:
    """Train to the end; what each process said."""
    with started(run, environments, *arguments) as workers:
        codes = [worker.code() for worker in workers]
        said = [worker.said for worker in workers]
    assert codes == [0] * len(codes), "\n".join(said)
    return said


def wait_for(condition: Callable[[], Any], workers: Sequence[Worker] = (), seconds: float = PATIENCE) -> None:
    """Wait until a condition holds, while all of these processes run."""
    end = time.monotonic() + seconds
    while not condition():
        ended = [worker.said for worker in workers if worker.process.poll() is not None]
        assert not ended, "\n".join(ended)
        assert time.monotonic() < end, "\n".join(worker.said for worker in workers)
        time.sleep(0.05)


def checkpoints(run: Path) -> list[Path]:
    """The checkpoints of a run, the newest last."""
    return sorted((run / "checkpoints").glob("step_*"))


def rows(run: Path) -> np.ndarray[Any, Any]:
    """The numbers in metrics.csv, a row for each epoch."""
    with (run / "metrics.csv").open(encoding="utf-8", newline="") as file:
        return np.array([[float(value) for value in row.values()] for row in csv.DictReader(file)])


def distance(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """The largest difference of two sets of arrays with the same names, each over its largest value."""
    assert set(one) == set(other)
    pairs = [(np.asarray(one[name], "float64"), np.asarray(other[name], "float64")) for name in one]
    return max(float(np.abs(a - b).max(initial=0) / max(np.abs(a).max(initial=0), 1e-30)) for a, b in pairs)
