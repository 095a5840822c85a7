"""A training that is killed and goes on ends in the same bits as one that was not."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archspec.training.reading import read_recipe
from archspec.training.running import task_of, write_run

KILLED = Path(__file__).with_name("killed.py")

NETWORK = """\
archspec: 1
name: small
inputs: {image: [6, 6, 1]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, use_bias: false}
  - {name: bn, layer_type: BatchNormalization}
  - {layer_type: ReLU}
  - {layer_type: GlobalAveragePooling2D}
  - {layer_type: Dropout, rate: 0.3}
  - {name: fc, layer_type: Dense, units: 3, activation: softmax}
"""


def _recipe(folder: Path, epochs: int) -> dict[str, Any]:
    """A recipe with everything that has a state: momentum, an average, a plateau, dropout, random images."""
    labels = np.arange(60) % 3
    images = np.random.default_rng(0).uniform(0, 0.5, (60, 6, 6, 1)) + labels[:, None, None, None] / 6
    np.savez(folder / "shades.npz", image=images.astype(np.float32), label=labels)
    (folder / "small.yaml").write_text(NETWORK)
    return {
        "recipe": 1,
        "network": str(folder / "small.yaml"),
        "data": {
            "source": {
                "type": "Arrays",
                "file": str(folder / "shades.npz"),
                "fields": {"image": "image", "label": "label"},
            },
            "validation": 0.2,
            "transforms": {"training": [{"type": "RandomCrop", "size": 6, "padding": 1}, "RandomFlip"]},
        },
        "loss": {"type": "CrossEntropy", "label_smoothing": 0.1},
        "optimizer": {"type": "SGD", "learning_rate": 0.3, "momentum": 0.9, "weight_decay": 1e-4},
        "schedule": {"type": "Plateau", "patience": 1, "factor": 0.5},
        "average": {"decay": 0.9},
        "epochs": epochs,
        "batch_size": 9,
        "metrics": ["accuracy"],
        "checkpoints": {"steps": 2, "keep": 2},
        "deterministic": True,
    }


def _left(run: Path) -> dict[str, str]:
    """The digests of what a run left."""
    files = [run / "metrics.csv", *run.glob("best.*"), *(run / "checkpoints").iterdir()]
    return {str(each.relative_to(run)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_killed_training_ends_in_the_same_bits(tmp_path: Path, backend: str) -> None:
    pytest.importorskip({"torch": "torch", "tensorflow": "keras"}[backend])
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    for run in (whole, resumed):
        write_run(task_of(read_recipe(_recipe(tmp_path, epochs=6)), backend, run), resume=False, force=False)
    command = [sys.executable, str(KILLED), backend, str(whole), "0", str(resumed), "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"resumed was killed [1-3] times", done.stdout)
    assert _left(resumed) == _left(whole)
