"""How long does a forward pass of a compiled model take, against the libraries' own models?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import archspec
from benchmarks.measure import Row, compare
from benchmarks.peers import keras_model, torch_model

_BATCHES = {1: 40, 8: 40}
"""Images in a batch, and how often to measure: medians of ten were 0.96 in one run and 1.06 in another."""


_ALONE = {"googlenet": "googlenet_no_aux"}
"""Networks without what torchvision's leave out in evaluation mode: auxiliary heads."""


def torch_rows() -> Iterator[Row]:
    """Against torchvision's models, in evaluation and inference mode."""
    import torch

    for name in ("resnet50", "vgg16", "densenet121", "googlenet"):
        ours, theirs = archspec.load(_ALONE.get(name, name)).compile("torch", device="cpu"), torch_model(name).eval()
        for batch, rounds in _BATCHES.items():
            images = torch.rand(batch, 3, 224, 224)
            with torch.inference_mode():
                title = f"torch {name}, batch of {batch}"
                yield compare(title, partial(ours, images), partial(theirs, images), target=1.03, rounds=rounds)


def keras_rows() -> Iterator[Row]:
    """Against keras.applications' models, called as they are and inside a `tf.function`."""
    import tensorflow as tf

    for name in ("resnet50", "vgg16", "densenet121"):
        models = archspec.load(name).compile("tensorflow", device="cpu"), keras_model(name)
        called = [partial(model, training=False) for model in models]
        for batch, rounds in _BATCHES.items():
            images = tf.random.uniform((batch, 224, 224, 3))
            for how, (ours, theirs) in {"eager": called, "tf.function": map(tf.function, called)}.items():
                title = f"keras {name}, batch of {batch}, {how}"
                yield compare(title, partial(ours, images), partial(theirs, images), target=1.03, rounds=rounds)
