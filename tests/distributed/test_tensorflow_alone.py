"""What a Keras program does for several processes, as far as one process can show it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from archspec.training.program import imported
from tests.distributed import harness
from tests.distributed.test_tensorflow import PLAIN

tf = pytest.importorskip("tensorflow")

DROPPED = PLAIN.replace("  - {layer_type: Flatten}", "  - {layer_type: Dropout, rate: 0.5}\n  - {layer_type: Flatten}")

REUSED = """\
archspec: 1
name: reused
inputs: {image: [8, 8, 1]}
blocks:
  Head:
    layers:
      - {name: conv, layer_type: Conv2D, filters: 3, kernel_size: 3, padding: same, use_bias: false}
      - {name: bn, layer_type: BatchNormalization}
layers:
  - {name: a, layer_type: Conv2D, filters: 2, kernel_size: 3, padding: same, inputs: image}
  - {name: b, layer_type: Conv2D, filters: 2, kernel_size: 3, padding: same, inputs: image}
  - {name: head, layer_type: Head, each: [a, b]}
  - {layer_type: Add, inputs: head}
  - {layer_type: Flatten}
  - {name: fc, layer_type: Dense, units: 5}
"""
"""The normalisation is in a model inside the model."""

JOBS = {"chief": ["10.0.0.1:2222"], "worker": ["10.0.0.2:2222", "10.0.0.3:2222"]}


@pytest.fixture
def program(tmp_path: Path) -> Iterator[ModuleType]:
    """The program of a network that drops values at random."""
    run = harness.write_program(harness.recipe(tmp_path, DROPPED), "tensorflow", tmp_path / "run")
    with imported(run, "train") as found:
        yield found


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A strategy of three tasks of which this process is the last; nothing connects."""
    task = {"type": "worker", "index": 1}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": JOBS, "task": task}))
    found = SimpleNamespace(num_replicas_in_sync=3)
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda: found)
    return found


def test_processes_draw_other_random_numbers_also_after_a_checkpoint(program: ModuleType, tmp_path: Path) -> None:
    def training(rank: int) -> tuple[Any, Any]:
        tf.keras.utils.set_random_seed(0)
        processes = program.Processes(tf.distribute.get_strategy(), rank, 2)
        found = program.Training(program.plain(), processes)
        (state,) = [each for each in found.model.variables if each.name == "seed_generator_state"]
        return found, state

    (first, one), (second, other) = training(0), training(1)
    began = one.numpy()
    assert (other.numpy() == np.add(began, [1, 0])).all()
    one.assign(np.add(began, [0, 7]))
    file = tmp_path / "step.safetensors"
    first.save(file, first.state({"step": 7}))
    for found in (first, second):
        assert found.load(file) == {"step": 7}
    assert one.numpy().tolist() == [began[0], began[1] + 7]
    assert other.numpy().tolist() == [began[0] + 1, began[1] + 7]


def test_a_lost_process_is_named_by_its_rank_and_address(
    program: ModuleType, cluster: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["processes"], "PATIENCE", 0)
    message = "aborted: reset by peer from remote target /job:worker/replica:0/task:0 while calling"
    with program.joined() as processes:
        assert (processes.rank, processes.size) == (2, 3)
        monkeypatch.setattr(processes, "gather", lambda value: None)
    with pytest.raises(SystemExit, match=r"process 1, 10\.0\.0\.2:2222, is lost"), program.joined():
        raise tf.errors.UnavailableError(None, None, message)
    with pytest.raises(tf.errors.UnavailableError, match="no device"), program.joined():
        raise tf.errors.UnavailableError(None, None, "no device")


def test_a_process_with_several_gpus_is_refused(program: ModuleType, cluster: SimpleNamespace) -> None:
    cluster.num_replicas_in_sync = 6
    with pytest.raises(SystemExit, match="CUDA_VISIBLE_DEVICES"), program.joined():
        pass


def test_without_other_processes_there_is_no_strategy(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for config in ({}, {"cluster": {"worker": ["10.0.0.1:1"]}, "task": {"type": "worker", "index": 0}}):
        monkeypatch.setenv("TF_CONFIG", json.dumps(config))
        with program.joined() as processes:
            assert processes is program.ALONE
            assert processes.gather(3) == [3.0]


@pytest.mark.parametrize(
    ("words", "synchronised", "trained"),
    [
        ({"batch_norm": "synchronised"}, True, True),
        ({"batch_norm": "synchronised", "freeze": ["head"]}, False, False),
        ({}, False, True),
    ],
)
def test_normalisations_of_inner_models_are_found(
    tmp_path: Path, words: dict[str, Any], synchronised: bool, trained: bool
) -> None:
    run = harness.write_program(harness.recipe(tmp_path, REUSED, **words), "tensorflow", tmp_path / "run")
    with imported(run, "train") as found:
        training = found.Training(found.reused(), found.Processes(tf.distribute.get_strategy(), 0, 2))
    norm = training.model.get_layer("head").get_layer("head.bn")
    assert (norm.synchronized, norm.trainable) == (synchronised, trained)
    if not words:
        assert [each.path for each in training.statistics] == [norm.moving_mean.path, norm.moving_variance.path]
