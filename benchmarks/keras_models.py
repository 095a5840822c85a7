"""The emitted Keras models, side by side with keras.applications' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

import archspec
from benchmarks.measure import Measurement, ratio

_PEERS: dict[str, Callable[..., Any]] = {
    "densenet121": keras.applications.DenseNet121,
    "vgg16": keras.applications.VGG16,
}


def measurements() -> Iterator[Measurement]:
    """How long building and a forward pass take, as multiples of keras.applications' times."""
    for name in _PEERS:
        yield _build(name)
        yield _forward(name)


def _build(name: str) -> Measurement:
    return ratio(
        f"keras {name}: build, against keras.applications",
        lambda: archspec.load(name).compile("tensorflow", device="cpu"),
        lambda: _theirs(name),
        limit=1.2,
        rounds=3,
    )


def _forward(name: str) -> Measurement:
    ours = archspec.load(name).compile("tensorflow", device="cpu")
    theirs = _theirs(name)
    images = np.random.default_rng(0).random((4, 224, 224, 3), dtype=np.float32)
    return ratio(
        f"keras {name}: forward pass, against keras.applications",
        lambda: ours.predict_on_batch(images),
        lambda: theirs.predict_on_batch(images),
        limit=1.03,
        rounds=15,
    )


def _theirs(name: str) -> Any:
    keras.utils.clear_session()
    return _PEERS[name](weights=None)
