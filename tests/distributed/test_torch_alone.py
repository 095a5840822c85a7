"""What a PyTorch program does for several processes, as far as one process can show it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from archspec.training.devices import free_ports
from archspec.training.program import imported
from tests.distributed import harness
from tests.distributed.test_torch import PLAIN

torch = pytest.importorskip("torch")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[ModuleType]:
    """The program of a network whose images have one channel."""
    run = harness.write_program(harness.recipe(tmp_path, PLAIN), "torch", tmp_path / "run")
    with imported(run, "train") as found:
        yield found


def test_gradients_have_the_strides_of_their_weights(program: ModuleType) -> None:
    """DDP copies others, and warns."""
    training = program.Training(program.Plain())
    images = np.zeros((2, 8, 8, 1), "float32")
    training.step({"image": images, "label": np.array([0, 1])}, 0.1, 0, 2)
    for weight in training.model.parameters():
        assert weight.grad.stride() == weight.stride()


def test_processes_that_torchrun_starts_again_are_told_nothing_of_the_failure_before(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    kept = torch.distributed.TCPStore("127.0.0.1", port, is_master=True)
    processes = sys.modules["processes"]
    monkeypatch.setattr(processes, "SILENCE", 1)
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", str(kept.port))

    def reason() -> str | None:
        signs = processes.Signs(program.ALONE)
        try:
            return signs.reason()
        finally:
            signs.close()

    processes.Signs(program.ALONE).fail(OSError("the disk is full"))
    assert str(reason()).startswith("process 0 on ")
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert reason() is None
