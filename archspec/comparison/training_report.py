"""The report of a comparison of training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from archspec.backend import Optimiser
from archspec.comparison.json_values import as_json
from archspec.comparison.shape_mismatch import ShapeMismatch


@dataclass(frozen=True, slots=True)
class TensorParity:
    """One tensor: the largest difference between the backends, over the largest magnitude in it.

    `rounding` says that the rounding of a gradient's summands explains the difference. `zero` says that it explains the
    whole gradient: the summands cancel, and the difference says nothing.
    """

    name: str
    difference: float
    passed: bool
    zero: bool = False
    rounding: bool = False

    def record(self) -> dict[str, Any]:
        """The tensor for JSON."""
        return as_json(asdict(self))


@dataclass(frozen=True, slots=True)
class OptimiserParity:
    """Steps of one optimiser: the largest difference of the losses, and of each weight after any step.

    A weight's difference is relative to its largest magnitude, or to its largest movement if the movements differ.
    """

    optimiser: Optimiser
    loss: float
    loss_passed: bool
    weights: tuple[TensorParity, ...]

    @property
    def passed(self) -> bool:
        """Whether all losses and weights are the same."""
        return self.loss_passed and all(weight.passed for weight in self.weights)

    @property
    def largest(self) -> float:
        """The largest difference of a loss or a weight."""
        return max((self.loss, *(weight.difference for weight in self.weights)))


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """A comparison of training in float64: the setting and the differences.

    `outputs` and `statistics` belong to one pass in training mode, `gradients` to the loss, with respect to inputs
    (`@name`) and weights. `switched_off` are the paths of random layers whose rate was set to 0. `ordered` are the
    paths of layers with moving statistics that are used several times; both backends use them in the spec's order.
    `replaced` are, by the backend's name, the paths of layers that its framework rounds to float32 in float64 models
    too; exact functions were compared instead. With `shape_mismatches` there are no gradients. The optimisers' rates
    are 2^`slower` times smaller than usual.
    """

    network: str
    backends: tuple[str, ...]
    seed: int
    batch: int
    steps: int
    switched_off: tuple[str, ...]
    ordered: tuple[str, ...]
    shape_mismatches: tuple[ShapeMismatch, ...]
    outputs: tuple[TensorParity, ...]
    replaced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gradients: tuple[TensorParity, ...] = ()
    statistics: tuple[TensorParity, ...] = ()
    optimisers: tuple[OptimiserParity, ...] = ()
    slower: int = 0

    @property
    def passed(self) -> bool:
        """Whether every comparison passed."""
        return all(tensor.passed for tensor in self.tensors()) and all(each.passed for each in self.optimisers)

    def tensors(self) -> Iterator[TensorParity]:
        """All tensors of the one pass."""
        yield from self.outputs
        yield from self.gradients
        yield from self.statistics

    @property
    def largest(self) -> float:
        """The largest difference, without the differences that the rounding of summands explains."""
        found = [tensor.difference for tensor in self.tensors() if not tensor.rounding]
        return max((*found, *(each.largest for each in self.optimisers)))

    @property
    def zero_gradients(self) -> tuple[str, ...]:
        """The weights whose gradient is pure rounding."""
        return tuple(tensor.name for tensor in self.gradients if tensor.zero)

    @property
    def rounded_gradients(self) -> tuple[str, ...]:
        """The weights whose gradient is not zero, and differs by the rounding of its summands."""
        return tuple(tensor.name for tensor in self.gradients if tensor.rounding and not tensor.zero)

    @property
    def zero_statistics(self) -> tuple[str, ...]:
        """The moving statistics that are pure rounding, in the pass or after a step."""
        found = *self.statistics, *(weight for each in self.optimisers for weight in each.weights)
        return tuple(dict.fromkeys(tensor.name for tensor in found if tensor.zero))

    def record(self) -> dict[str, Any]:
        """The report for JSON."""
        return as_json(
            {
                "network": self.network,
                "backends": list(self.backends),
                "seed": self.seed,
                "batch": self.batch,
                "steps": self.steps,
                "passed": self.passed,
                "switched_off": list(self.switched_off),
                "ordered": list(self.ordered),
                "replaced": {backend: list(paths) for backend, paths in self.replaced.items()},
                "slower": self.slower,
                "other_shapes": {each.value: each.record() for each in self.shape_mismatches},
                "outputs": [tensor.record() for tensor in self.outputs],
                "gradients": [tensor.record() for tensor in self.gradients],
                "statistics": [tensor.record() for tensor in self.statistics],
                "optimisers": [
                    {
                        **asdict(each.optimiser),
                        "loss": each.loss,
                        "passed": each.passed,
                        "weights": [weight.record() for weight in each.weights],
                    }
                    for each in self.optimisers
                ],
            }
        )
