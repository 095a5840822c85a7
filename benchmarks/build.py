"""How long does it take from a spec to a live model with initial weights, against the libraries' own builders?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import archspec
from benchmarks.measure import Row, compare
from benchmarks.peers import keras_model, torch_model


def torch_rows() -> Iterator[Row]:
    """Against torchvision's builders."""
    for name in ("resnet50", "vgg16", "densenet121", "googlenet"):
        yield compare(
            f"torch {name}, against torchvision",
            partial(_ours, name, "torch"),
            partial(torch_model, name),
            target=1.3,
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
            partial(_ours, name, "tensorflow"),
            partial(keras_model, name),
            target=1.3,
            rounds=5,
            reset=reset,
        )


def _ours(name: str, backend: str) -> Any:
    return archspec.load(name).compile(backend, device="cpu")


def _forget_sources() -> None:
    """Makes a backend execute the same source anew, which it otherwise does once in a process."""
    made = [name for name, module in sys.modules.items() if name.startswith("archspec_") and module.__spec__ is None]
    for name in made:
        del sys.modules[name]
