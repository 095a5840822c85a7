"""What the tests of the zoo share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What Keras keeps of a network, and what refers to itself, is gone before the next: some take gigabytes."""
    import keras

    yield
    keras.backend.clear_session(free_memory=False)
    gc.collect()
