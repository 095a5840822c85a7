"""Several processes train with Keras as one does."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from archspec.training.devices import free_ports
from tests.distributed import harness
from tests.marks import rows_but

pytest.importorskip("tensorflow")

PLAIN = """\
archspec: 1
name: plain
inputs: {image: [8, 8, 1]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, activation: relu}
  - {layer_type: MaxPooling2D}
  - {layer_type: Flatten}
  - {name: fc, layer_type: Dense, units: 5, activation: softmax}
"""

NORMALISED = PLAIN.replace("activation: relu}", "use_bias: false}\n  - {name: bn, layer_type: BatchNormalization}", 1)

TWO_HEADS = """\
archspec: 1
name: two_heads
inputs: {image: [8, 8, 1], values: [3]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, activation: relu, inputs: image}
  - {name: flat, layer_type: Flatten}
  - {name: hidden, layer_type: Dense, units: 6, inputs: values}
  - {name: both, layer_type: Concatenate, inputs: [flat, hidden]}
  - {name: classes, layer_type: Dense, units: 5, activation: softmax}
  - {name: numbers, layer_type: Dense, units: 3, inputs: both}
outputs: {classes: classes, numbers: numbers}
"""

RICH = {
    "optimizer": {
        "type": "AdamW",
        "learning_rate": 0.003,
        "epsilon": 1e-4,
        "weight_decay": {"rate": 0.01, "except": ["bias", "norm"]},
    },
    "schedule": {"type": "Cosine", "warmup": {"epochs": 1}},
    "accumulate": 2,
    "clip": {"type": "GlobalNorm", "at": 0.5},
    "regularizers": [{"type": "L2", "rate": 0.01}, {"type": "L1", "rate": 0.001, "layers": ["Dense"]}],
    "average": {"decay": 0.9},
    "freeze": ["conv"],
    "deterministic": True,
}

LOSSES = {
    "losses": {
        "classes": {"type": "CrossEntropy", "target": "label", "class_weights": [1, 2, 1, 0.5, 1]},
        "numbers": {"type": "MeanSquaredError", "target": "values", "weight": 0.3},
    },
    "loss": None,
    "clip": {"type": "Value", "at": 0.01},
}

CASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "plain": (PLAIN, {}),
    "rich": (PLAIN, RICH),
    "normalised": (NORMALISED, {"batch_norm": "synchronised"}),
    "normalised in parts": (NORMALISED, {"batch_norm": "synchronised", "accumulate": 2, "average": {"decay": 0.9}}),
    "two heads": (TWO_HEADS, LOSSES),
}


def environments(size: int) -> Sequence[Mapping[str, str]]:
    """As the launcher of a cluster makes them."""
    if size == 1:
        return [{}]
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(size)]}
    tasks = [{"type": "worker", "index": rank} for rank in range(size)]
    return [{"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})} for task in tasks]


def written(folder: Path, network: str, name: str = "run", **words: Any) -> Path:
    """The run of a recipe of this network."""
    said = {key: value for key, value in harness.recipe(folder, network, **words).items() if value is not None}
    return harness.write_program(said, "tensorflow", folder / name)


def state(run: Path) -> Mapping[str, np.ndarray[Any, Any]]:
    """All variables in the newest checkpoint: of the model, the optimizer, the averages and the losses."""
    return load_file(harness.checkpoints(run)[-1])


def assert_equal_training(folder: Path, sizes: Sequence[int], network: str, **words: Any) -> None:
    """Train with each number of processes; after all steps everything is the same."""
    runs = [written(folder, network, f"run_{size}", **words) for size in sizes]
    for run, size in zip(runs, sizes, strict=True):
        harness.train(run, environments(size))
    one, *others = runs
    for other in others:
        assert harness.distance(state(one), state(other)) < 1e-12
        np.testing.assert_allclose(harness.rows(one), harness.rows(other), rtol=1e-12)


@pytest.mark.parametrize("case", rows_but((), ("normalised in parts",), CASES))
def test_two_and_three_processes_train_as_one(case: str, tmp_path: Path) -> None:
    network, words = CASES[case]
    assert_equal_training(tmp_path, (1, 2, 3), network, **words)


@pytest.mark.slow
def test_moving_statistics_are_the_means_over_processes(tmp_path: Path) -> None:
    # The mean of a batch is that of its halves' means. Its variance is not.
    runs = [written(tmp_path, NORMALISED, f"run_{size}", batch_size=12, steps=1) for size in (1, 2)]
    for run, size in zip(runs, (1, 2), strict=True):
        harness.train(run, environments(size))
    means, variances = ([state(run)[f"model/{number}"] for run in runs] for number in (3, 4))
    np.testing.assert_allclose(*means, rtol=1e-12)
    assert np.abs(means[0]).max() > 1e-4
    assert np.abs(variances[0] - variances[1]).max() > 1e-9


@pytest.mark.parametrize("lost", rows_but((), (0,), (0, 2)))
def test_a_killed_process_is_named_and_fewer_go_on(lost: int, tmp_path: Path) -> None:
    run = written(tmp_path, PLAIN, steps=1_000_000, checkpoints={"steps": 5})
    with harness.started(run, environments(3)) as workers:
        harness.wait_for(lambda: harness.checkpoints(run), workers)
        workers[lost].process.kill()
        left = [worker for rank, worker in enumerate(workers) if rank != lost]
        for worker in left:
            assert worker.code(60) == 1
            assert f"process {lost}, 127.0.0.1:" in worker.said
            assert "is lost; `--resume` goes on" in worker.said
    kept = harness.checkpoints(run)[-1]
    assert all(np.isfinite(each).all() for each in state(run).values())
    with harness.started(run, environments(2), "--resume") as workers:
        harness.wait_for(lambda: harness.checkpoints(run)[-1] > kept, workers)
        workers[1].process.send_signal(signal.SIGTERM)
        assert [worker.code() for worker in workers] == [128 + signal.SIGTERM] * 2
        assert "interrupted after step" in workers[0].said


@pytest.mark.slow
@pytest.mark.table  # the program compares itself as PyTorch's does
def test_another_program_is_refused(tmp_path: Path) -> None:
    own, other = (written(tmp_path, PLAIN, name) for name in ("own", "other"))
    with (other / "loop.py").open("a", encoding="utf-8") as file:
        file.write("# another version\n")
    one, two = environments(2)
    with harness.started(own, [one]) as first, harness.started(other, [two]) as second:
        for worker in (*first, *second):
            assert worker.code() == 1
            assert "process 1 has another program" in worker.said
    assert not (own / "checkpoints").exists()


@pytest.mark.slow
def test_a_process_with_broken_data_ends_all(tmp_path: Path) -> None:
    run = written(tmp_path, PLAIN)
    with np.load(tmp_path / "source.npz") as arrays:
        others = dict(arrays)
    others["label"][40] = 99
    np.savez(tmp_path / "source.npz", **others)
    with harness.started(run, environments(2)) as workers:
        assert [worker.code() for worker in workers] == [1, 1]
        (broken,) = [rank for rank, worker in enumerate(workers) if "`label` of example 40 has 99" in worker.said]
        assert f"process {broken}, 127.0.0.1:" in workers[1 - broken].said
