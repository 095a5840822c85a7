"""What a Keras file says of its model: the layers in order, those of models within it too, with their arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archspec.checkpoints.checkpoint import CHANNELS_FIRST, ConfiguredLayer, Layers
from archspec.weights import WeightsError

_DEEPEST = 32
"""How many models may be within each other."""


def layers_in(path: Path, text: bytes | str) -> Layers:
    """The layers of a model's configuration as JSON; none where it is not that of a model of layers.

    Raises `WeightsError` for one of those that speaks of channels first: in which layers, and with which weights, must
    be known then. `path` is the file's.
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
    # Keras before 2.2.3 has a Sequential's layers in place of its configuration, and its name, if any, beside them.
    for layer in config if isinstance(config, list) else config["layers"]:
        inner = layer["config"]
        is_old = isinstance(inner, list)
        name = f"{prefix}{(layer if is_old else inner)['name']}"
        if is_old or isinstance(inner.get("layers"), list):
            yield from _layers(layer, f"{name}/", depth - 1)
        else:
            yield name, ConfiguredLayer(str(layer["class_name"]), inner)
