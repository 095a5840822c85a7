"""Several processes train with PyTorch as one does, and end together if one of them fails."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archspec.training.devices import free_ports
from tests.distributed import harness
from tests.distributed.harness import Worker
from tests.marks import rows_but

torch = pytest.importorskip("torch")

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

TWO_INPUTS = """\
archspec: 1
name: two_inputs
inputs: {image: [8, 8, 1], values: [3]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, activation: relu, inputs: image}
  - {name: flat, layer_type: Flatten}
  - {name: hidden, layer_type: Dense, units: 4, activation: relu, inputs: values}
  - {name: joined, layer_type: Concatenate, inputs: [flat, hidden]}
  - {name: main, layer_type: Dense, units: 5, activation: softmax}
  - {name: value, layer_type: Dense, units: 3, inputs: joined}
  - {name: untrained, layer_type: Dense, units: 2, inputs: joined}
outputs: [main, value, untrained]
"""

NORMALISED = """\
archspec: 1
name: normalised
inputs: {image: [8, 8, 1]}
layers:
  - {name: fixed, layer_type: BatchNormalization}
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, use_bias: false}
  - {name: bn, layer_type: BatchNormalization}
  - {layer_type: ReLU}
  - {name: rows, layer_type: Reshape, target_shape: [6, 24]}
  - {name: bn_of_rows, layer_type: BatchNormalization, center: false, epsilon: 1.0e-5}
  - {layer_type: Flatten}
  - {name: hidden, layer_type: Dense, units: 8, use_bias: false}
  - {name: bn_of_vectors, layer_type: BatchNormalization, scale: false, momentum: 0.9}
  - {layer_type: ReLU}
  - {name: fc, layer_type: Dense, units: 5, activation: softmax}
"""

DECAY = {"rate": 0.01, "decoupled": True, "except": ["bias"]}
PENALTIES = [{"type": "L2", "rate": 0.01}, {"type": "L1", "rate": 0.001, "layers": ["Dense"]}]

CASES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "plain": (PLAIN, {}),
    "rich": (
        PLAIN,
        {
            "optimizer": {"type": "SGD", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": DECAY},
            "accumulate": 2,
            "clip": {"type": "GlobalNorm", "at": 0.5},
            "regularizers": PENALTIES,
            "average": {"decay": 0.9},
            "schedule": {"type": "Plateau", "patience": 1, "factor": 0.5},
        },
    ),
    "several": (
        TWO_INPUTS,
        {
            "loss": None,
            "losses": {"main": "CrossEntropy", "value": {"type": "MeanSquaredError", "target": "values"}},
            "optimizer": {"type": "Adam", "learning_rate": 0.01, "epsilon": 1e-3, "weight_decay": 0.01},
            "freeze": ["hidden"],
            "clip": {"type": "Value", "at": 0.05},
            "deterministic": True,
        },
    ),
    "rmsprop": (PLAIN, {"optimizer": {"type": "RMSprop", "learning_rate": 0.001, "epsilon": 1e-3}}),
    "normalised": (
        NORMALISED,
        {
            "batch_norm": "synchronised",
            "freeze": {"paths": ["fixed"], "statistics": "fixed"},
            "accumulate": 2,
            "average": {"decay": 0.9},
        },
    ),
}
"""What a recipe can ask for. An output of `several` has no loss, and a part of it is frozen."""


def environments(size: int) -> Sequence[Mapping[str, str]]:
    """As torchrun makes them."""
    (port,) = free_ports(1)
    shared = {"WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [{**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(size)]


def written(folder: Path, case: str, name: str = "run", **others: Any) -> Path:
    """The run of a case."""
    network, words = CASES[case]
    return harness.write_program(harness.recipe(folder, network, **{**words, **others}), "torch", folder / name)


def trained(folder: Path, case: str, size: int, **others: Any) -> Path:
    """The run of a case that so many processes have trained."""
    run = written(folder, case, f"by{size}", **others)
    harness.train(run, environments(size))
    return run


def state(run: Path) -> dict[str, Any]:
    """The weights of the newest checkpoint."""
    found = torch.load(harness.checkpoints(run)[-1], weights_only=True)
    return {name: tensor.numpy() for name, tensor in found["model"].items()}


def assert_equal(one: Path, other: Path) -> None:
    """The weights and the metrics of two runs are equal to rounding."""
    assert harness.distance(state(one), state(other)) <= 1e-12
    assert np.abs(harness.rows(one) - harness.rows(other)).max() <= 1e-12


_PROGRAM = ("loop.py", b"\n# changed")

FEW = (("several", "ddp"), ("rich", "fsdp"), ("normalised", "ddp"))
"""Together they have each way to sum and each way to be uneven; `--tables` runs all."""


@pytest.mark.parametrize("row", rows_but((), FEW, product(CASES, ("ddp", "fsdp"))), ids="-".join)
def test_two_and_three_processes_train_as_one(tmp_path: Path, row: tuple[str, str]) -> None:
    case, strategy = row
    one, two, three = (trained(tmp_path, case, size, strategy=strategy) for size in (1, 2, 3))
    assert len(harness.rows(one)) == 6
    assert_equal(one, two)
    assert_equal(one, three)


@pytest.mark.slow
def test_local_batch_norm_keeps_the_means_of_all_processes(tmp_path: Path) -> None:
    """Weights that hardly change: the mean of a batch is that of its processes' equal shares, its variance is not."""
    words = {"batch_norm": "local", "accumulate": 1, "batch_size": 12, "steps": 8}
    sgd = {"type": "SGD", "learning_rate": 1e-200}
    one, two = (state(trained(tmp_path, "normalised", size, optimizer=sgd, **words)) for size in (1, 2))
    same = ["fixed.running_mean", "fixed.running_var", "conv.weight", "bn.running_mean"]
    assert harness.distance(*({name: each[name] for name in same} for each in (one, two))) <= 1e-12
    assert 1e-6 < np.abs(one["bn.running_var"] / two["bn.running_var"] - 1).max() < 0.5


@pytest.mark.parametrize("strategy", rows_but((), ("fsdp",), ("ddp", "fsdp")))
def test_several_processes_train_in_bfloat16(tmp_path: Path, strategy: str) -> None:
    one, two = (trained(tmp_path, "rich", size, strategy=strategy, precision="bfloat16") for size in (1, 2))
    assert np.abs(harness.rows(one)[:, 3] / harness.rows(two)[:, 3] - 1).max() < 0.01


def assert_named(workers: Sequence[Worker], lost: int) -> None:
    """All others end with a message that names this process."""
    for rank, worker in enumerate(workers):
        if rank != lost:
            assert worker.code(60) == 1
            assert re.search(rf"^process {lost} .*; `--resume` goes on from the newest checkpoint$", worker.said, re.M)


ENDLESS = 1_000_000


@pytest.mark.parametrize("row", rows_but((), ((0, "ddp"),), ((0, "ddp"), (1, "ddp"), (1, "fsdp"))))
def test_a_killed_process_is_named_and_fewer_go_on(tmp_path: Path, row: tuple[int, str]) -> None:
    lost, strategy = row
    words = {"schedule": "Constant", "strategy": strategy}
    run = written(tmp_path, "rich", steps=ENDLESS, **words)
    with harness.started(run, environments(3)) as workers:
        harness.wait_for(lambda: harness.checkpoints(run), workers)
        workers[lost].process.send_signal(signal.SIGKILL)
        assert_named(workers, lost)
    (reached,) = harness.checkpoints(run)
    step = int(reached.stem.removeprefix("step_"))
    whole = trained(tmp_path, "rich", 1, steps=step + 20, **words)
    shutil.copy(whole / "loop.py", run / "loop.py")
    harness.train(run, environments(2), "--resume")
    assert_equal(whole, run)


@pytest.mark.slow
def test_an_interruption_ends_all_with_a_checkpoint(tmp_path: Path) -> None:
    run = written(tmp_path, "plain", steps=ENDLESS)
    with harness.started(run, environments(2)) as workers:
        harness.wait_for(lambda: harness.checkpoints(run), workers)
        workers[1].process.send_signal(signal.SIGTERM)
        assert [worker.code() for worker in workers] == [128 + signal.SIGTERM] * 2
        said = re.search(r"interrupted after step (\d+)", workers[0].said)
    assert said is not None
    assert harness.checkpoints(run)[-1].stem == f"step_{int(said[1]):09d}"


@pytest.mark.slow
def test_a_process_that_fails_tells_its_error_and_ends_all(tmp_path: Path) -> None:
    """By torchrun, which ends the others too."""
    run = written(tmp_path, "plain", steps=ENDLESS)
    arrays = dict(np.load(tmp_path / "source.npz"))
    arrays["label"][17] = 99
    np.savez(tmp_path / "source.npz", **arrays)
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(harness.IN_FLOAT64))
    with harness.started(run, [{}], command=torchrun) as (worker,):
        assert worker.code() == 1
    assert re.search(r"^`label` of example 17 has 99", worker.said, re.M)
    assert re.search(r"^process [01] .* has failed: `label` of example 17 has 99", worker.said, re.M)


@pytest.mark.parametrize("row", rows_but((), (_PROGRAM,), (_PROGRAM, ("model.safetensors", b"\x00"))))
def test_a_process_with_another_program_is_refused(tmp_path: Path, row: tuple[str, bytes]) -> None:
    file, last = row
    run = written(tmp_path, "plain")
    own = shutil.copytree(run, tmp_path / "own")
    content = (own / file).read_bytes()
    (own / file).write_bytes(content[:-1] + last)
    with harness.started(run, environments(2), others={1: own}) as workers:
        assert [worker.code() for worker in workers] == [1, 1]
    for worker in workers:
        assert "process 1 has another program or other initial weights than process 0" in worker.said
    assert not harness.checkpoints(run)


@pytest.mark.parametrize("strategy", rows_but((), ("fsdp",), ("ddp", "fsdp")))
def test_a_process_without_the_checkpoint_is_refused(tmp_path: Path, strategy: str) -> None:
    """As on a machine that does not share the folder. With FSDP a checkpoint is loaded by all together."""
    run = written(tmp_path, "plain", steps=20, strategy=strategy)
    own = shutil.copytree(run, tmp_path / "own")
    harness.train(run, environments(1))
    with harness.started(run, environments(2), "--resume", others={1: own}) as workers:
        assert [worker.code() for worker in workers] == [1, 1]
    for worker in workers:
        assert "process 1 finds another checkpoint than process 0" in worker.said
