"""What docs/parity.md says of the networks of the zoo in both precisions: kept in inferred.json."""

from __future__ import annotations

from typing import Any

from archspec import Network, zoo
from archspec.comparison import ParityReport
from tests.zoo.kept import Kept, rounded

INFERRED = Kept("inferred.json")


def record(network: Network, report: ParityReport) -> dict[str, Any]:
    """The input, the largest float64 difference, and the float32 errors of the output that is nearest to its limit."""
    nearest = max(report.outputs, key=lambda output: max(output.float32.values()) / output.float32_allowed)
    return {
        "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
        "samples": report.batch,
        "outputs": len(report.outputs),
        "float64": rounded(report.largest),
        "float32": {name: rounded(nearest.float32[name]) for name in report.backends},
        "allowed": rounded(nearest.float32_allowed),
        "passed": report.passed,
    }


def unmeasured() -> list[str]:
    """The networks of which nothing is kept."""
    known = INFERRED.read()
    return [name for name in zoo.list_networks() if name not in known]
