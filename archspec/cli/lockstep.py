"""`archspec parity` of a recipe: both frameworks train in lockstep."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.cli.parity_text import Section

if TYPE_CHECKING:
    from archspec.training.lockstep import LockstepReport

STEPS = 200
"""The usual number of steps."""

_SHOWN = 8
"""The number of weights with the largest differences that are shown."""

_RECIPE = re.compile(r"""^\s*\{?\s*["']?recipe["']?\s*:""", re.MULTILINE)


def recipe_at(word: str) -> Path | None:
    """The recipe with this path, or the recipe of the run in this folder; None for a spec."""
    path = Path(word)
    if path.is_dir():
        from archspec.training.runs import RECIPE

        return path / RECIPE if (path / RECIPE).is_file() else None
    if path.suffix.lower() not in (".yaml", ".yml", ".json") or not path.is_file():
        return None
    return path if _RECIPE.search(path.read_text(encoding="utf-8", errors="replace")) else None


def in_lockstep(recipe: Path, backends: Sequence[str], steps: int | None, changes: Mapping[str, Any]) -> LockstepReport:
    """Train in lockstep, with the time that it takes on the screen."""
    from archspec.cli.progress import running
    from archspec.training.lockstep import recipe_parity

    with running(f"training {recipe} in {' and '.join(backends)}"):
        return recipe_parity(recipe, backends=backends, steps=STEPS if steps is None else steps, changes=changes)


def section(report: LockstepReport) -> Section:
    """The weights with the largest differences, and the verdict."""
    worst = sorted(report.largest.values(), key=lambda each: -each.difference)[:_SHOWN]
    rows = [[each.name, f"{each.difference:.1e}", str(each.step)] for each in worst]
    notes = []
    if report.switched_off:
        notes.append(f"Switched off, because they are random: {', '.join(report.switched_off)}.")
    if report.unread:
        notes.append(f"No output depends on these weights, so they are not judged: {', '.join(report.unread)}.")
    header = ["weight", "largest difference", "after step"]
    return Section(f"Lockstep of {report.recipe}", header, rows, _verdict(report), notes, frozenset({1, 2}))


def _verdict(report: LockstepReport) -> str:
    both = " and ".join(report.backends)
    first = report.first
    if first is None:
        return (
            f"{report.network} trains equally in {both}: after {report.steps} steps every weight has the same value, "
            f"up to {report.tolerance:.0e} of its largest element."
        )
    differs = (
        f"{first.name} is the first to differ, after step {first.step}, by {first.difference:.1e} of its largest "
        "element."
    )
    if report.unstable:
        return (
            f"{report.network} trains equally in {both} up to step {first.step - 1}. Then {differs} This may be "
            f"rounding alone: until then {report.backends[0]} differs from itself by {report.rounding:.1e}, if the "
            "last bits of the initial weights change. A smaller learning rate or a larger batch makes a training more "
            "stable."
        )
    return f"{report.network} does not train equally in {both}: {differs}"
