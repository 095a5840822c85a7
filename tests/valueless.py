"""Keras models whose weights have shapes and no values, which cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def valueless() -> Iterator[None]:
    """Weights that are made here have no values.

    Keras lists them for all of the process, and would draw the numbers of every listed network when a later model is
    built within a call: they are taken off the list.
    """
    import keras
    from keras.src.backend.common import global_state

    listed = [*global_state.get_global_attribute("uninitialized_variables", [])]
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute("uninitialized_variables", listed)
