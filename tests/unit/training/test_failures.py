"""What ends a training early is told, and the checkpoints before are whole."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archspec.recipe.data import Function
from archspec.training.reading import read_recipe
from archspec.training.running import task_of, write_run
from tests.marks import rows_but
from tests.unit.training.programs import write_images

NETWORK = """\
archspec: 1
name: small
inputs: {image: [8, 8, 3]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 16, kernel_size: 3}
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: 2}
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, Any]:
    """A recipe whose images are files."""
    pytest.importorskip("torch")
    (tmp_path / "small.yaml").write_text(NETWORK)
    return {
        "recipe": 1,
        "network": str(tmp_path / "small.yaml"),
        "data": {"source": write_images(tmp_path / "images", {"a": 10, "b": 10}, (8, 8)), "validation": 0.2},
        "loss": "CrossEntropy",
        "optimizer": {"type": "SGD", "learning_rate": 0.1, "momentum": 0.9},
        "epochs": 2,
        "batch_size": 2,
        "checkpoints": {"steps": 1, "keep": 2},
    }


def _written(
    recipe: dict[str, Any], run: Path, *, backend: str = "torch", resume: bool = False, **changes: Any
) -> list[str]:
    """The command that runs the program of a recipe."""
    write_run(task_of(read_recipe(recipe, changes), backend, run), resume=resume, force=False)
    return [sys.executable, str(run / "train.py"), "--device", "cpu", *(["--resume"] if resume else [])]


def _ended(command: list[str], before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    # A process that may write little would leave broken bytecode to all that come after it.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=before, env=environment)


def _checkpoints(run: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (run / "checkpoints").iterdir()}


def test_a_loss_that_is_not_finite_is_told_and_not_kept(recipe: dict[str, Any], tmp_path: Path) -> None:
    import torch

    recipe["optimizer"] = {"type": "SGD", "learning_rate": 1e18}
    done = _ended(_written(recipe, tmp_path / "run"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "the loss or a weight is not finite" in done.stderr
    assert " at step " in done.stderr
    kept = _checkpoints(tmp_path / "run")
    assert kept
    for name in kept:
        state = torch.load(tmp_path / "run" / "checkpoints" / name)
        assert all(each.isfinite().all() for each in state["model"].values())


def test_an_image_that_cannot_be_read_is_named(recipe: dict[str, Any], tmp_path: Path) -> None:
    broken = tmp_path / "images" / "b" / "7.png"
    broken.write_bytes(broken.read_bytes()[:60])
    done = _ended(_written(recipe, tmp_path / "run"))
    assert done.returncode == 1
    assert f"{broken} cannot be read as an image" in done.stderr
    assert "Traceback" not in done.stderr


UNFIT = {
    r"`label` of example \d has 9, and classes are whole numbers from 0 to 1": {"image": "image", "label": "many"},
    r"`image` of an example has the shape \(9, 8, 3\), and the network takes": {"image": "wide", "label": "label"},
    r".*arrays\.npz cannot be read: .*other": {"image": "image", "label": "other"},
}
"""Messages, and the fields that are read."""

UNFIT_ROWS = [*product(["torch"], UNFIT), *product(["tensorflow"], UNFIT)]
"""Both programs read data by the same lines."""


@pytest.mark.parametrize("row", rows_but((), UNFIT_ROWS[:4], UNFIT_ROWS), ids="-".join)
def test_data_that_do_not_fit_are_told_in_a_line(recipe: dict[str, Any], tmp_path: Path, row: tuple[str, str]) -> None:
    backend, message = row
    pytest.importorskip({"torch": "torch", "tensorflow": "keras"}[backend])
    images, wide, labels = np.zeros((8, 8, 8, 3)), np.zeros((8, 9, 8, 3)), np.arange(8) % 2
    np.savez(tmp_path / "arrays.npz", image=images, wide=wide, label=labels, many=np.full(8, 9))
    recipe["data"]["source"] = {"type": "Arrays", "file": str(tmp_path / "arrays.npz"), "fields": UNFIT[message]}
    done = _ended(_written(recipe, tmp_path / "run", backend=backend))
    assert done.returncode == 1
    assert re.search(rf"^{message}", done.stderr, re.MULTILINE), done.stderr
    assert "Traceback" not in done.stderr
    assert "jax" not in done.stderr


def test_a_fault_of_a_program_has_its_traceback(recipe: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "faulty_images.py").write_text("def examples():\n    return [{'image': 1 / 0}]\n")
    recipe["data"]["source"] = "mnist1d"
    function = Function(module="faulty_images", name="examples", fields={"image": "image", "label": "label"})
    command = _written(recipe, tmp_path / "run", **{"data.source": function})
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_a_program_by_itself_has_fixed_workspaces_for_equal_bits(recipe: dict[str, Any], tmp_path: Path) -> None:
    """cuBLAS reads the variable when its first handle is made."""
    program = Path(_written(recipe, tmp_path / "run", deterministic=True)[1])
    told = "import os, train\ntrain.run = lambda *_: print(os.environ['CUBLAS_WORKSPACE_CONFIG'])\ntrain.main()\n"
    usual = {name: value for name, value in os.environ.items() if name != "CUBLAS_WORKSPACE_CONFIG"}
    for own, environment in ((":4096:8", usual), (":16:8", {**usual, "CUBLAS_WORKSPACE_CONFIG": ":16:8"})):
        command = [sys.executable, "-c", told]
        done = subprocess.run(command, capture_output=True, text=True, cwd=program.parent, env=environment, check=False)
        assert done.stdout == f"{own}\n", done.stderr


def test_a_full_disk_leaves_the_checkpoints(recipe: dict[str, Any], tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert _ended(_written(recipe, run)).returncode == 0
    before = _checkpoints(run)
    command = _written(recipe, run, resume=True, epochs=3)

    def fill_the_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    done = _ended(command, fill_the_disk)
    assert done.returncode == 1
    assert "step_000000017.pt cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert _checkpoints(run) == before
    assert _ended(command).returncode == 0


@pytest.mark.parametrize("number", rows_but((), [signal.SIGTERM], [signal.SIGINT, signal.SIGTERM]))
def test_the_command_waits_for_the_checkpoint(recipe: dict[str, Any], tmp_path: Path, number: int) -> None:
    (tmp_path / "recipe.yaml").write_text(json.dumps({**recipe, "epochs": 100_000}))
    run = tmp_path / "run"
    options = ["recipe.yaml", "--backend", "torch", "-o", str(run), "--device", "cpu"]
    command = [sys.executable, "-m", "archspec", "train", *options]
    streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, **streams, text=True, cwd=tmp_path, env=environment)  # type: ignore[call-overload]
    while not any(run.glob("checkpoints/step_*")):
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert f"{max(run.glob('checkpoints/step_*'))} is whole, and a resumed training goes on" in said


def test_an_interruption_keeps_a_checkpoint(recipe: dict[str, Any], tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = _written(recipe, run, epochs=100_000)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (run / "checkpoints").is_dir():
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted after step " in said
    assert 1 <= len(_checkpoints(run)) <= 2
    again = _ended(_written(recipe, run, resume=True, epochs=1))
    assert again.returncode == 0
    refused = _ended([each for each in command if each != "--resume"])
    assert refused.returncode == 1
    assert "--resume goes on" in refused.stderr
