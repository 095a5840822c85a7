"""How far a quantised file is from the compiled model, on a user's data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from archspec.backend import Arrays
from archspec.comparison import as_json


@dataclass(frozen=True, slots=True)
class QuantizedOutput:
    """One output, over all measured examples."""

    name: str
    agreement: float | None
    """The share of examples whose largest value is at the same place in both: of their pixels, if there is a class for
    each. None for an output without classes."""
    error: float
    """The mean over the examples of the distance from the compiled model's output, over the norm of that."""


@dataclass(frozen=True, slots=True)
class QuantizeReport:
    """A quantised file beside the compiled model in float32. No rule judges it: the figures tell what it lost."""

    network: str
    target: str
    backend: str
    path: Path
    size: int
    """The number of bytes of the file, or of all files of the folder."""
    calibration: int
    """The number of examples that the quantiser saw."""
    examples: int
    """The number of examples of the figures."""
    same: bool
    """Whether the figures are on the examples of the calibration, because there were too few for both."""
    outputs: tuple[QuantizedOutput, ...]

    def record(self) -> dict[str, Any]:
        """The report for JSON."""
        outputs = [
            {"name": each.name, "top_1_agreement": each.agreement, "mean_error": each.error} for each in self.outputs
        ]
        return as_json(
            {
                "network": self.network,
                "target": self.target,
                "backend": self.backend,
                "path": str(self.path),
                "bytes": self.size,
                "quantized": "int8",
                "calibration_examples": self.calibration,
                "measured_examples": self.examples,
                "same_examples": self.same,
                "outputs": outputs,
            }
        )


def measured(expected: Sequence[Arrays], found: Sequence[Arrays]) -> Iterator[QuantizedOutput]:
    """The figures of each output, from the outputs of the compiled model and of the file for the same batches."""
    for name in expected[0]:
        pairs = [(wanted[name], made[name]) for wanted, made in zip(expected, found, strict=True)]
        errors = np.concatenate([_errors(*pair) for pair in pairs])
        yield QuantizedOutput(name, _agreement(pairs), float(errors.mean()))


def _errors(wanted: np.ndarray, made: np.ndarray) -> np.ndarray:
    """The relative distance of each example of a batch; an output of zeros is met, or infinitely far."""
    flat = wanted.reshape(len(wanted), -1).astype(np.float64)
    distance = np.linalg.norm(made.reshape(len(made), -1) - flat, axis=1)
    norm = np.linalg.norm(flat, axis=1)
    far = np.where(distance == 0, 0.0, np.inf)
    errors: np.ndarray = np.divide(distance, norm, out=far, where=norm > 0)
    return errors


def _agreement(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> float | None:
    if any(wanted.ndim == 1 or wanted.shape[-1] == 1 for wanted, _ in pairs):
        return None
    same = [(wanted.argmax(-1) == made.argmax(-1)).ravel() for wanted, made in pairs]
    return float(np.concatenate(same).mean())
