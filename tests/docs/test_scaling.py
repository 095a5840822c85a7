"""docs/scaling.md has what the simulation says, and the simulation says what can be computed by hand."""

from __future__ import annotations

import pytest

from benchmarks.scaling import BUCKET, Cluster, Unit, replicated_step, sharded_step, shares
from tests.docs.pages import ROOT, read, with_parts

PAGE = "docs/scaling.md"

FAST = Cluster("fast", 2, 1e30)
SLOW = Cluster("slow", 2, 1e9)


def _table() -> str:
    found = {(each.network, each.cluster.name, each.strategy): each for each in shares()}
    lines = [
        "| network | devices | DDP: sent | computing | FSDP: sent | computing |",
        "|---|---|---|---|---|---|",
    ]
    for network, cluster in dict.fromkeys(key[:2] for key in found):
        both = [found[network, cluster, strategy] for strategy in ("ddp", "fsdp")]
        cells = " | ".join(f"{each.sent:.0f} MB | {each.computing:.0%}" for each in both)
        lines.append(f"| `{network}` | {cluster} | {cells} |")
    return "\n".join(lines)


def test_the_table_is_what_the_simulation_says(request: pytest.FixtureRequest) -> None:
    made = with_parts(read(PAGE), {"SCALING": _table()})
    if request.config.getoption("--regenerate"):
        (ROOT / PAGE).write_text(made, encoding="utf-8")
    assert read(PAGE) == made, "run pytest tests/docs --regenerate"


def test_a_step_without_communication_is_three_forward_passes() -> None:
    units = [Unit(0.5, 100), Unit(0.25, 0)]
    assert replicated_step(units, FAST) == pytest.approx(2.25, abs=1e-3)
    assert sharded_step(units, FAST) == pytest.approx(2.25, abs=1e-3)


def test_one_bucket_is_summed_after_the_backward_pass() -> None:
    """A ring of two sends half of the volume twice: 8 MB take 8 ms."""
    assert replicated_step([Unit(1.0, 8_000_000)], SLOW) == pytest.approx(3 + 0.008, abs=1e-4)


def test_a_sum_overlaps_the_rest_of_the_backward_pass() -> None:
    """The last layer's gradients are ready a second before those of the first."""
    layers = [Unit(0.5, 1_000_000), Unit(0.5, BUCKET)]
    assert replicated_step(layers, SLOW) == pytest.approx(3 + 0.001, abs=1e-4)


def test_weights_are_gathered_ahead_and_gradients_are_scattered() -> None:
    """Before the first pass nothing overlaps, nor after the last: 4 MB are gathered once, and scattered at the end."""
    assert sharded_step([Unit(1.0, 8_000_000)] * 3, SLOW) == pytest.approx(9 + 2 * 0.004, abs=1e-4)
