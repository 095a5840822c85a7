"""Weights without values stay so: a later model's would otherwise take the time and the memory of all."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tests.valueless import valueless


class Written(keras.Model):
    """A model whose layer is built when it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = keras.layers.Dense(2)

    def call(self, x: Any) -> Any:
        return self.layer(x)


def test_a_later_model_gives_them_none() -> None:
    with valueless():
        before = keras.layers.Dense(2)
        before.build((None, 3))
    later = Written()
    later(np.zeros((1, 3)))
    assert before.kernel._value is None
    assert later.layer.kernel._value is not None
