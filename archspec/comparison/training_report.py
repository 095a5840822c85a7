"""What a comparison of training says."""

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

    `rounding` says that the difference is what rounding makes of the terms that a gradient is a sum of, `zero` that all
    of the gradient is no more than that: its terms cancel, so that the difference says nothing.
    """

    name: str
    difference: float
    passed: bool
    zero: bool = False
    rounding: bool = False

    def record(self) -> dict[str, Any]:
        """The tensor as JSON has it."""
        return as_json(asdict(self))


@dataclass(frozen=True, slots=True)
class OptimiserParity:
    """Steps of one optimiser: the largest difference of the losses, and of each weight after any step.

    A weight's is over its largest magnitude, or over its largest movement where that is what differs.
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
    """What was compared, and how large the differences are. All in float64.

    `outputs` and `statistics` are those of one pass in training mode, `gradients` those of its loss: with respect to
    inputs (`@name`) and weights. `switched_off` are the paths of random layers whose rate was set to 0, `ordered`
    those of layers with moving statistics that are used several times, in the spec's order whatever the framework's is,
    `replaced` by the backend's name those of layers that its framework rounds to float32 in float64 too: exact
    functions were compared in their place.
    With `shape_mismatches` there are no gradients. The rates of the optimisers are 2^`slower` times smaller than usual.
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
        """Whether everything is the same."""
        return all(tensor.passed for tensor in self.tensors()) and all(each.passed for each in self.optimisers)

    def tensors(self) -> Iterator[TensorParity]:
        """All that one pass gives."""
        yield from self.outputs
        yield from self.gradients
        yield from self.statistics

    @property
    def largest(self) -> float:
        """The largest difference, those left out that are the rounding of a gradient's terms."""
        found = [tensor.difference for tensor in self.tensors() if not tensor.rounding]
        return max((*found, *(each.largest for each in self.optimisers)))

    @property
    def zero_gradients(self) -> tuple[str, ...]:
        """The weights whose gradient is zero but for rounding."""
        return tuple(tensor.name for tensor in self.gradients if tensor.zero)

    @property
    def rounded_gradients(self) -> tuple[str, ...]:
        """The weights whose gradient is not zero, and differs by the rounding of its terms."""
        return tuple(tensor.name for tensor in self.gradients if tensor.rounding and not tensor.zero)

    def record(self) -> dict[str, Any]:
        """The report as JSON has it."""
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
