"""How long a test waits for work that must not take quadratic time, or for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 60
"""Of the processor's time. The work takes two at most, and minutes or more where it has the fault: no processor is so
slow, and no neighbour counts."""


@contextmanager
def soon() -> Iterator[None]:
    """What is done within this must not take a minute."""
    begin = time.process_time()
    yield
    assert time.process_time() - begin < SECONDS
