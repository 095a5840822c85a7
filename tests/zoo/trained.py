"""What docs/parity.md says of how the networks of the zoo train: kept in trained.json."""

from __future__ import annotations

from typing import Any

from archspec import Network, zoo
from archspec.comparison import TrainingReport
from tests.zoo.kept import Kept, rounded

TRAINED = Kept("trained.json")


def record(network: Network, report: TrainingReport) -> dict[str, Any]:
    """What docs/parity.md says of a comparison: the input, and the largest difference of each kind."""

    def worst(tensors: Any) -> float:
        return rounded(max((each.difference for each in tensors if not each.rounding), default=0.0))

    return {
        "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
        "samples": report.batch,
        "weights": sum(not tensor.name.startswith("@") for tensor in report.gradients),
        "outputs": worst(report.outputs),
        "gradients": worst(report.gradients),
        "rounding": sum(tensor.rounding for tensor in report.gradients),
        "statistics": worst(report.statistics),
        "slower": report.slower,
        "steps": {each.optimiser.name: rounded(each.largest) for each in report.optimisers},
        "passed": report.passed,
    }


def by_the_rule(name: str) -> bool:
    """Whether it was measured with rates that go by the network: before there was this rule, all had the usual ones."""
    return "slower" in TRAINED.read().get(name, {})


def unmeasured() -> list[str]:
    """The networks that were not measured by the rule."""
    return [name for name in zoo.list_networks() if not by_the_rule(name)]
