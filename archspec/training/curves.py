"""The curves of a training, from its metrics.csv."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

PREFIX = "validation_"
"""The beginning of a metric's name if it is of the validation set."""

_NOT_DRAWN = ("epoch", "step")


def read_metrics(file: Path) -> list[dict[str, float]]:
    """The rows of a metrics.csv, one an epoch."""
    with file.open(newline="", encoding="utf-8") as opened:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(opened)]


def draw_curves(metrics: Path, target: Path, title: str) -> None:
    """Draw a panel for each metric, of training and validation, over the epochs."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    rows = read_metrics(metrics)
    names = [name for name in rows[0] if name not in _NOT_DRAWN] if rows else []
    panels = _panels(names)
    figure = Figure(figsize=(4 * len(panels), 3.2), layout="constrained")
    FigureCanvasSVG(figure)
    figure.suptitle(title)
    for number, (panel, lines) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(1, len(panels), number)
        axes.set(title=panel, xlabel="epoch")
        for name in lines:
            label = "validation" if name.startswith(PREFIX) else "training"
            axes.plot([row["epoch"] for row in rows], [row[name] for row in rows], label=label)
        if len(lines) > 1:
            axes.legend()
    figure.savefig(target, format="svg", metadata={"Date": None})


def _panels(names: Sequence[str]) -> Mapping[str, list[str]]:
    """The metrics of each panel: those of training and validation together."""
    panels: dict[str, list[str]] = {}
    for name in names:
        panels.setdefault(name.removeprefix(PREFIX).replace("_", " "), []).append(name)
    return panels
