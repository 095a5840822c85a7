"""What the tests of the parts share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dispositions import disposed


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """Signals do what they do in a program that was started in the foreground."""
    with disposed():
        yield
