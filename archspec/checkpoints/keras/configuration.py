"""The configuration in a Keras file: the layers in order, with their arguments, and those of nested models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archspec.checkpoints.checkpoint import CHANNELS_FIRST, ConfiguredLayer, Layers
from archspec.weights import WeightsError

_DEEPEST = 32
"""The deepest nesting of models."""


def layers_in(path: Path, text: bytes | str) -> Layers:
    """The layers in a model's configuration, which is JSON; empty for a model that is not made of layers.

    Raises `WeightsError` for such a model if its configuration mentions channels_first: conversion would need the
    layers then. `path` is the file's.
    """
    try:
        return dict(_layers(json.loads(text), "", _DEEPEST))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if CHANNELS_FIRST in (text if isinstance(text, str) else text.decode(errors="replace")):
            raise WeightsError(
                f"{path} is {CHANNELS_FIRST}, and its model's configuration is none that is known here, so that its "
                "weights cannot be told to mean the same; if Keras loads the model, let a newer one save it again"
            ) from None
        return {}


def _layers(model: Any, prefix: str, depth: int) -> Iterator[tuple[str, ConfiguredLayer]]:
    if not depth:
        raise ValueError("models within models without an end")
    config = model["config"]
    # Before 2.2.3 the configuration of a Sequential is the list of its layers, and its name stands beside the list.
    for layer in config if isinstance(config, list) else config["layers"]:
        inner = layer["config"]
        is_old = isinstance(inner, list)
        name = f"{prefix}{(layer if is_old else inner)['name']}"
        if is_old or isinstance(inner.get("layers"), list):
            yield from _layers(layer, f"{name}/", depth - 1)
        else:
            yield name, ConfiguredLayer(str(layer["class_name"]), inner)
