"""How long does a forward pass of a compiled model take, against the libraries' own models?

`archspec bench` measures it; here are the networks, and Keras's models called as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import archspec
from benchmarks.measure import Row, compare
from benchmarks.peers import KERAS_NAMES, keras_model

_BATCHES = (1, 8)

_ROUNDS = 40
"""Medians of ten were 0.96 in one run and 1.06 in another."""

_TARGET = 1.03

_ALONE = {"googlenet": "googlenet_no_aux"}
"""Networks without what torchvision's leave out in evaluation mode: auxiliary heads."""


def torch_rows() -> Iterator[Row]:
    """Against torchvision's models."""
    for name in ("resnet50", "vgg16", "densenet121", "googlenet"):
        yield from _rows(_ALONE.get(name, name), "torch", f"torchvision:{name}")


def keras_rows() -> Iterator[Row]:
    """Against keras.applications' models, inside a `tf.function`."""
    for name, theirs in KERAS_NAMES.items():
        yield from _rows(name, "tensorflow", f"keras:{theirs}")


def keras_eager_rows() -> Iterator[Row]:
    """Against keras.applications' models, called as they are."""
    import tensorflow as tf

    for name in KERAS_NAMES:
        models = archspec.load(name).compile("tensorflow", device="cpu"), keras_model(name)
        ours, theirs = (partial(model, training=False) for model in models)
        for batch in _BATCHES:
            images = tf.random.uniform((batch, 224, 224, 3))
            title = f"tensorflow {name}, batch of {batch}, eager"
            yield compare(title, partial(ours, images), partial(theirs, images), target=_TARGET, rounds=_ROUNDS)


def _rows(name: str, backend: str, against: str) -> Iterator[Row]:
    report = archspec.bench(name, backends=[backend], batches=_BATCHES, against=[against], rounds=_ROUNDS)
    for each in report.comparisons:
        noise = report.noise_in(each.backend, each.batch).factor - 1
        times = 1 / each.speed.median
        yield Row(
            f"{backend} {name}, batch of {each.batch}", times, "times", _TARGET, f"{each.verdict}; noise {noise:.1%}"
        )
