"""What each comparison leaves behind is freed before the next: two models of VGG in float64 are 2 GB."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _freed() -> Iterator[None]:
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
    gc.collect()
