"""Measures, prints a table, and exits with 1 if a limit is not kept."""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.measure import Measurement

_PARTS = {"compiler": "benchmarks.compiler", "torch": "benchmarks.torch_models", "keras": "benchmarks.keras_models"}


def main(chosen: list[str]) -> int:
    """Run the parts with these names, all of them if none is given."""
    if unknown := set(chosen) - set(_PARTS):
        print(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(_PARTS)}", file=sys.stderr)
        return 2
    kept = True
    for part in chosen or _PARTS:
        for measurement in import_module(_PARTS[part]).measurements():
            print(_row(measurement), flush=True)
            kept = kept and measurement.within
    return 0 if kept else 1


def _row(measurement: Measurement) -> str:
    verdict = "ok" if measurement.within else "OVER"
    value = f"{measurement.value:.2f} {measurement.unit}"
    limit = f"at most {measurement.limit:g} {measurement.unit}"
    return f"{verdict:4}  {measurement.name:75}  {value:>12}  {limit:>17}  {measurement.detail}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
