"""Runs the questions, each in a process of its own, and prints a table."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import import_module

QUESTIONS = {
    "compiler": ("benchmarks.compiler", "rows"),
    "emission": ("benchmarks.emission", "rows"),
    "startup": ("benchmarks.startup", "rows"),
    "chain": ("benchmarks.chain", "rows"),
    "build-torch": ("benchmarks.build", "torch_rows"),
    "build-keras": ("benchmarks.build", "keras_rows"),
    "forward-torch": ("benchmarks.forward", "torch_rows"),
    "forward-keras": ("benchmarks.forward", "keras_rows"),
    "forward-keras-eager": ("benchmarks.forward", "keras_eager_rows"),
    "train-torch": ("benchmarks.train", "torch_rows"),
    "train-keras": ("benchmarks.train", "keras_rows"),
    "train-pipeline": ("benchmarks.train", "pipeline_rows"),
    "recompute": ("benchmarks.recompute", "rows"),
    "scaling": ("benchmarks.scaling", "rows"),
    "traffic": ("benchmarks.traffic", "rows"),
}
"""The words for the questions, and the generators of their rows."""


def main(chosen: list[str]) -> int:
    """Answer the questions with these names, all of them if none is given."""
    if unknown := [name for name in chosen if name not in QUESTIONS]:
        print(f"no such question: {', '.join(unknown)}; there are {', '.join(QUESTIONS)}", file=sys.stderr)
        return 2
    if len(chosen) == 1:
        _answer(chosen[0])
        return 0
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}", flush=True)
    # One framework's threads must not meet the other's, nor one question the memory of another.
    programs = ([sys.executable, "-m", "benchmarks", name] for name in chosen or QUESTIONS)
    return max(subprocess.run(program, check=False).returncode for program in programs)


def _answer(name: str) -> None:
    module, function = QUESTIONS[name]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\n{name} (load averages {load})", flush=True)
    for row in getattr(import_module(module), function)():
        print(row, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
