"""How does the time to read, check and lower a spec grow with its length?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import archspec
from archspec.errors import Source
from benchmarks.measure import Row, Seconds, measure, medians, milliseconds

_LENGTHS = {1_000: 7, 10_000: 5, 100_000: 1}
"""Layers, and how often to measure."""

_TARGETS = {10_000: 3.0}


def rows() -> Iterator[Row]:
    """A list of dicts, and the same as YAML: convolutions and activations by turns."""
    archspec.load(_layers(100))
    archspec.load(_yaml(100))
    forms: dict[str, Callable[[int], list[dict[str, Any]] | Source]] = {"list of dicts": _layers, "YAML": _yaml}
    for form, make in forms.items():
        for length, rounds in _LENGTHS.items():
            time = _load(make(length), rounds)
            each = f"{time.wall / length * 1e6:.0f} us ({time.cpu / length * 1e6:.0f} us) a layer"
            yield Row(
                f"{length:,} layers, {form}", time.wall, "s", _TARGETS.get(length), f"{milliseconds(time)}; {each}"
            )


def _load(source: list[dict[str, Any]] | Source, rounds: int) -> Seconds:
    return medians([measure(lambda: archspec.load(source)) for _ in range(rounds)])


def _layers(length: int) -> list[dict[str, Any]]:
    conv = {"layer_type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": "same"}
    layers: list[dict[str, Any]] = [dict(conv) if index % 2 == 0 else {"layer_type": "ReLU"} for index in range(length)]
    layers[0]["input_shape"] = [32, 32, 3]
    return layers


def _yaml(length: int) -> Source:
    conv = "  - {layer_type: Conv2D, filters: 8, kernel_size: 3, padding: same}\n"
    relu = "  - {layer_type: ReLU}\n"
    lines = (conv if index % 2 == 0 else relu for index in range(length))
    return Source("chain.yaml", f"archspec: 1\nname: chain\ninputs: {{image: [32, 32, 3]}}\nlayers:\n{''.join(lines)}")
