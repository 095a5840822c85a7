"""What the comparisons with third parties measure, kept in specs/checks.json for docs/zoo.md and `archspec list`."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

from archspec import Network, load

CHECKS = Path(__file__).parents[2] / "specs" / "checks.json"

keep = False
"""Whether what is measured is written down: with --regenerate."""


def record(network: Network, against: str, difference: float) -> None:
    """Write down the largest relative difference from a third party, if this is the zoo's network as it stands there.

    A smaller input is fine, another depth is not.
    """
    if keep and network.parameters() == load(network.name).parameters():
        write(network.name, against, difference)


def write(name: str, against: str, difference: float) -> None:
    """Write down what was measured for the zoo's network of this name."""
    if not keep:
        return
    with CHECKS.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # several processes run tests
        checks = json.load(file)
        checks.setdefault(name, {})[against] = float(f"{difference:.1e}")
        file.seek(0)
        file.truncate()
        json.dump(checks, file, indent=1, sort_keys=True)
        file.write("\n")
