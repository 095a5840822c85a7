"""The journal of a training: metrics.csv, events for TensorBoard, and the progress."""

from __future__ import annotations

import csv
import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tensorboardX import SummaryWriter
from tqdm import tqdm


class Journal:
    """Writes a row of metrics for each epoch, and shows a bar on a terminal or a line for each epoch in a log."""

    def __init__(self, folder: Path, step: int, steps: int, epochs: int) -> None:
        """Go on after this step: the rows of later steps are forgotten."""
        self.file = folder / "metrics.csv"
        self.rows = read_rows(self.file, step)
        self.epochs = epochs
        self.began = time.monotonic()
        self.step = self.first = step
        self.steps = steps
        self.events = SummaryWriter(str(folder / "events"), purge_step=step + 1)
        self.bar = tqdm(total=steps, initial=step, unit="step", disable=None)

    def count(self) -> None:
        """Count a step."""
        self.step += 1
        self.bar.update()

    def write(self, row: Mapping[str, float]) -> None:
        """Write the metrics of an epoch, which has the keys `epoch`, `step` and names of metrics."""
        self.rows.append({name: repr(value) for name, value in row.items()})
        self._write_rows()
        for name, value in row.items():
            self.events.add_scalar(name, value, int(row["step"]))
        self.events.flush()
        metrics = "  ".join(
            f"{name} {value:.4g}"
            for name, value in row.items()
            if name not in ("epoch", "step")
        )
        self.say(f"epoch {row['epoch']}/{self.epochs}  {metrics}  {self._time_left()}")

    def say(self, text: str) -> None:
        """Print a line, above the bar if there is one."""
        self.bar.write(text)

    def close(self) -> None:
        """End the bar and the file of events."""
        self.bar.close()
        self.events.close()

    def _time_left(self) -> str:
        rate = (self.step - self.first) / max(time.monotonic() - self.began, 1e-9)
        seconds = math.ceil((self.steps - self.step) / rate) if rate else 0
        return f"{rate:.1f} steps/s, {seconds // 60}:{seconds % 60:02d} left"

    def _write_rows(self) -> None:
        def write(partial: Path) -> None:
            with partial.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, self.rows[0])
                writer.writeheader()
                writer.writerows(self.rows)

        replace(self.file, write)


class Silence:
    """Stands for the journal in the processes that write nothing."""

    def count(self) -> None: ...
    def write(self, row: Mapping[str, float]) -> None: ...
    def say(self, text: str) -> None: ...
    def close(self) -> None: ...


def read_rows(file: Path, step: int) -> list[dict[str, str]]:
    """Read the rows of metrics.csv up to a step."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as opened:
        return [row for row in csv.DictReader(opened) if int(row["step"]) <= step]


def replace(file: Path, write: Callable[[Path], None]) -> None:
    """Write a file so that it is always whole: an interruption leaves the old one."""
    partial = file.with_name(f".partial_{file.name}")
    try:
        write(partial)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(partial, file)
    except Exception as error:
        partial.unlink(missing_ok=True)
        raise OSError(f"{file} cannot be written: {error}") from error
