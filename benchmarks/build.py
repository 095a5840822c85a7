"""How long does it take from a spec to a live model with initial weights, against the libraries' own builders?"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import archspec
from benchmarks.measure import Row, compare
from benchmarks.peers import keras_model, torch_model


def torch_rows() -> Iterator[Row]:
    """Against torchvision's builders."""
    for name in ("resnet50", "vgg16", "densenet121", "googlenet"):
        yield compare(
            f"torch {name}, against torchvision",
            lambda name=name: archspec.load(name).compile("torch", device="cpu"),
            lambda name=name: torch_model(name),
            target=1,
            rounds=5,
            reset=_forget_sources,
        )


def keras_rows() -> Iterator[Row]:
    """Against keras.applications' builders."""
    import keras

    def reset() -> None:
        _forget_sources()
        keras.utils.clear_session()

    for name in ("resnet50", "vgg16", "densenet121"):
        yield compare(
            f"keras {name}, against keras.applications",
            lambda name=name: archspec.load(name).compile("tensorflow", device="cpu"),
            lambda name=name: keras_model(name),
            target=1.2,
            rounds=5,
            reset=reset,
        )


def _forget_sources() -> None:
    """Makes a backend execute the same source anew, which it otherwise does once in a process."""
    for name in [name for name in sys.modules if name.startswith(("archspec_torch.generated", "archspec_tensorflow.generated"))]:
        del sys.modules[name]
