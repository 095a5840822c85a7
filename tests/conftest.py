"""What all tests share: the `--full` flag, and one thread a process."""

from __future__ import annotations

import gc
import importlib
import os
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings

from tests.peers import measured

# Read by the frameworks when they are first imported; several processes share the machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

# Tests import TensorFlow before PyTorch's optimisers, which cannot load Triton after it: archspec_tensorflow.runtime
# says why.
with suppress(ImportError):
    importlib.import_module("triton")

# A slow machine is no fault: no example has a deadline.
settings.register_profile("archspec", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("archspec")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--full`, `--networks`, `--grids`, `--tables`, `--infer`, `--train`, `--export` and `--regenerate`."""
    parser.addoption("--full", action="store_true", help="run the slow tests too: every network of the zoo")
    parser.addoption(
        "--networks",
        type=int,
        metavar="NUMBER",
        help="how many random networks to try, others each time; without it, the same 20, 40 or 120 each time",
    )
    parser.addoption(
        "--grids",
        action="store_true",
        help="try all that attributes can be together in tests/conformance/test_grids.py, and not a sample",
    )
    parser.addoption(
        "--tables",
        action="store_true",
        help="with --full: every row of large tables, and not one of each kind",
    )
    parser.addoption(
        "--infer",
        metavar="NAMES",
        help="which networks of the zoo to compare in tests/zoo/test_inference.py: '*' for all, or unmeasured",
    )
    parser.addoption(
        "--train",
        metavar="NAMES",
        help="which networks of the zoo to train in tests/zoo/test_training.py: '*' for all, or unmeasured",
    )
    parser.addoption(
        "--export",
        metavar="NAMES",
        help="which networks of the zoo to export in tests/zoo/test_export.py: '*' for all, or unmeasured",
    )
    parser.addoption(
        "--regenerate",
        action="store_true",
        help="write anew what tests in golden, diagnostics or docs expect: read it before you keep it",
    )


def pytest_configure(config: pytest.Config) -> None:
    """What is measured is kept with `--regenerate`."""
    measured.keep = config.getoption("--regenerate")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name functions by their names: an address would differ from one process to the next."""
    return getattr(val, "__name__", None) if callable(val) else None


def pytest_collection_finish() -> None:
    """What is there before the first test stays: who collects garbage need not look through the frameworks again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out slow tests unless `--full` is given, and most rows of tables unless they are asked for."""
    left_out = set()
    if not config.getoption("--full"):
        left_out.add("slow")
    if not config.getoption("--tables") and not config.getoption("--regenerate"):
        left_out.add("table")
    config.hook.pytest_deselected(items=[item for item in items if not left_out.isdisjoint(item.keywords)])
    items[:] = [item for item in items if left_out.isdisjoint(item.keywords)]
