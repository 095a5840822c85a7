"""The compiler itself: reading, checking, lowering and emitting, without a framework."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import archspec
from benchmarks.measure import Measurement, median_seconds, ratio, seconds

_VALIDATE = [sys.executable, "-c", "from archspec.cli import main; main()", "validate", "resnet50"]
_IMPORTS = [sys.executable, "-c", "import pydantic, yaml, numpy"]


def measurements() -> Iterator[Measurement]:
    """All of them, in the order of the report."""
    yield Measurement(
        "ResNet-50: read, check, lower, emit both", median_seconds(_read_and_emit, rounds=15) * 1e3, 50, "ms"
    )
    yield ratio(
        "archspec validate resnet50, against importing pydantic, yaml and numpy",
        lambda: subprocess.run(_VALIDATE, check=True, capture_output=True),
        lambda: subprocess.run(_IMPORTS, check=True),
        limit=3,
        rounds=7,
    )
    archspec.load(_chain(100))
    ten, hundred = (min(_chain_seconds(length) for _ in range(2)) for length in (10_000, 100_000))
    yield Measurement("a chain of 10,000 layers: check and lower", ten, 2, "s")
    yield Measurement("ten times the layers", hundred / ten, 13, "times", f"{hundred:.2f} s for 100,000 layers")


def _read_and_emit() -> None:
    network = archspec.load("resnet50")
    network.emit("torch")
    network.emit("tensorflow")


def _chain_seconds(length: int) -> float:
    layers = _chain(length)
    return seconds(lambda: archspec.load(layers))


def _chain(length: int) -> list[dict[str, Any]]:
    """A network as a list of layer dicts: convolutions and activations by turns."""
    conv: dict[str, Any] = {"layer_type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": "same"}
    layers: list[dict[str, Any]] = [dict(conv) if index % 2 == 0 else {"layer_type": "ReLU"} for index in range(length)]
    layers[0]["input_shape"] = [32, 32, 3]
    return layers
