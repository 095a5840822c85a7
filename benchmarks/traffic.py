"""How many bytes do two processes of a training send to each other in a step?

`python -m benchmarks traffic`, on Linux. It anchors docs/scaling.md, whose bytes are counted from the weights: two
processes of this machine train, and the system's counter of the loopback tells what they sent. The counter counts
everything, so other programs should send little meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml

import archspec
from benchmarks.measure import Row

_NETWORK = {"spec": "efficientnet_b0", "params": {"classes": 10}, "inputs": {"image": [32, 32, 3]}}

_STEPS = (2, 10)
"""The steps of a short and of a long training. Their difference is free of the bytes of the start and of the end."""

_EXAMPLES = 96
"""So many that both trainings end within an epoch: FSDP gathers the weights for each checkpoint."""

_PROCESSES = 2


def rows() -> Iterator[Row]:
    """Bytes that were sent over those that a ring sends, for each way to train."""
    weights = 4 * archspec.load("efficientnet_b0", params={"classes": 10}).parameters().trainable
    for backend, strategy, turns in (("torch", "ddp", 2), ("torch", "fsdp", 3), ("tensorflow", "ddp", 2)):
        with tempfile.TemporaryDirectory() as place:
            few, many = (_sent(Path(place) / str(steps), backend, strategy, steps) for steps in _STEPS)
        sent = (many - few) / (_STEPS[1] - _STEPS[0])
        counted = turns * (_PROCESSES - 1) * weights
        note = f"{sent / 1e6:.1f} MB of all processes in a step; counted {counted / 1e6:.1f} MB"
        yield Row(f"efficientnet_b0, {backend} {strategy}, {_PROCESSES} processes", sent / counted, "times", None, note)


def _sent(folder: Path, backend: str, strategy: str, steps: int) -> int:
    """The bytes on the loopback during a training of so many steps."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    images, labels = generator.random((_EXAMPLES, 32, 32, 3), np.float32), generator.integers(0, 10, _EXAMPLES)
    np.savez(folder / "examples.npz", image=images, label=labels)
    fields = {"image": "image", "label": "label"}
    recipe = {
        "recipe": 1,
        "network": _NETWORK,
        "data": {"source": {"type": "Arrays", "file": str(folder / "examples.npz"), "fields": fields}},
        "loss": "CrossEntropy",
        "batch_size": 8,
        "steps": steps,
        "strategy": strategy,
    }
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    command = [sys.executable, "-m", "archspec", "train", str(folder / "recipe.yaml"), "--backend", backend]
    before = _loopback()
    subprocess.run(
        [*command, "--device", "cpu", "--devices", str(_PROCESSES), "-o", str(folder / "run")],
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )
    return _loopback() - before


def _loopback() -> int:
    """The bytes that were sent on the loopback since the machine's start."""
    (line,) = [line for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("lo:")]
    return int(line.split()[9])
