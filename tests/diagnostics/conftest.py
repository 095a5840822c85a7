"""`pytest tests/diagnostics --regenerate` writes the expected texts anew. Read the difference before you keep it."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--regenerate`; the folder must be named on the command line for pytest to know it."""
    parser.addoption("--regenerate", action="store_true", help="write the expected diagnostics as they are printed now")
