"""The journal of a training: metrics.csv, events for TensorBoard, and the progress."""

from __future__ import annotations

import csv
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboardX import SummaryWriter
from tqdm import tqdm


class Journal:
    """Writes a row of metrics for each epoch, and shows a bar on a terminal or a line for each epoch in a log."""

    def __init__(self, folder: Path, step: int, steps: int, epochs: int) -> None:
        """Go on after this step: the rows of later steps are removed."""
        self.file = folder / "metrics.csv"
        self.epochs = epochs
        self.began = self.seen = time.monotonic()
        self.step = self.first = step
        self.steps = steps
        self._forget(step)
        self.events = SummaryWriter(str(folder / "events"), purge_step=step + 1)
        self.bar = tqdm(total=steps, initial=step, unit="step", disable=None)

    def count(self) -> None:
        """Count a step."""
        self.step += 1
        self.bar.update()

    def write(self, row: Mapping[str, float]) -> None:
        """Write the metrics of an epoch, which has the keys `epoch`, `step` and names of metrics."""
        is_new = not self.file.exists()
        with self.file.open("a", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, row)
            if is_new:
                rows.writeheader()
            rows.writerow(row)
        for name, value in row.items():
            self.events.add_scalar(name, value, int(row["step"]))
        self.events.flush()
        metrics = "  ".join(
            f"{name} {value:.4g}"
            for name, value in row.items()
            if name not in ("epoch", "step")
        )
        self.bar.write(
            f"epoch {row['epoch']}/{self.epochs}  {metrics}  {self._time_left()}"
        )

    def close(self) -> None:
        """End the bar and the file of events."""
        self.bar.close()
        self.events.close()

    def _time_left(self) -> str:
        rate = (self.step - self.first) / max(time.monotonic() - self.began, 1e-9)
        seconds = math.ceil((self.steps - self.step) / rate) if rate else 0
        return f"{rate:.1f} steps/s, {seconds // 60}:{seconds % 60:02d} left"

    def _forget(self, step: int) -> None:
        """Remove the rows after a step, all at once."""
        if not self.file.exists():
            return
        with self.file.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        partial = self.file.with_suffix(".partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0] if rows else ["epoch", "step"])
            writer.writeheader()
            writer.writerows(
                row for row in rows if row["step"] and int(row["step"]) <= step
            )
        os.replace(partial, self.file)
