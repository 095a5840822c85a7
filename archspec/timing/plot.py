"""The times of a measurement as bars."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from archspec.errors import BackendMissingError
from archspec.files import AnyPath, check_file
from archspec.timing.report import BenchReport, Row

ENDINGS = (".pdf", ".png", ".svg")

_MILLISECONDS = 1e3
_BAR = 0.4
"""Inches for a bar."""


def check_plot(path: AnyPath) -> None:
    """Raises `OSError` for a file that cannot be written, and `BackendMissingError` without matplotlib."""
    if Path(path).suffix not in ENDINGS:
        raise OSError(f"{path}: a plot's name ends in {', '.join(ENDINGS)}")
    check_file(path)
    if find_spec("matplotlib") is None:
        raise BackendMissingError("a plot needs matplotlib: pip install archspec-nn[train], or matplotlib itself")


def draw(report: BenchReport, path: Path) -> None:
    """Draw the medians in a panel for each batch, with the quartiles as whiskers; the ending says the format."""
    from matplotlib.figure import Figure

    batches = list(dict.fromkeys(row.batch for row in report.rows))
    by_batch = {batch: [row for row in report.rows if row.batch == batch] for batch in batches}
    bars = max(map(len, by_batch.values()))
    figure = Figure(figsize=(4 + 4 * len(batches), 1.2 + _BAR * bars), layout="constrained")
    noisy = "" if report.quiet else "; the machine was noisy"
    figure.suptitle(f"{report.network}, medians of {report.rounds} rounds with quartiles{noisy}")
    for number, (batch, rows) in enumerate(by_batch.items(), start=1):
        axes = figure.add_subplot(1, len(batches), number)
        spreads = [row.seconds.times(_MILLISECONDS) for row in rows]
        whiskers = [[each.median - each.lower for each in spreads], [each.upper - each.median for each in spreads]]
        axes.barh([_label(row) for row in rows], [each.median for each in spreads], xerr=whiskers, capsize=3)
        axes.invert_yaxis()
        axes.set(title=f"batch of {batch}", xlabel="milliseconds")
        if number > 1:
            axes.tick_params(labelleft=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _label(row: Row) -> str:
    return f"{row.backend}: {row.network}"
