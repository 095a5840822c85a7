"""What a Keras file says of its model: the layers in order, those of models within it too, with their arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from archspec.checkpoints.checkpoint import ConfiguredLayer, Layers

_DEEPEST = 32
"""How many models may be within each other."""


def layers_in(text: bytes | str) -> Layers:
    """The layers of a model's configuration as JSON; none where it is not that of a model of layers."""
    try:
        return dict(_layers(json.loads(text), "", _DEEPEST))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _layers(model: Any, prefix: str, depth: int) -> Iterator[tuple[str, ConfiguredLayer]]:
    config = model["config"]
    # Older files have a Sequential's layers in place of its configuration.
    for layer in config if isinstance(config, list) else config["layers"]:
        name, inner = f"{prefix}{layer['config']['name']}", layer["config"]
        if isinstance(inner, dict) and isinstance(inner.get("layers"), list) and depth:
            yield from _layers(layer, f"{name}/", depth - 1)
        else:
            yield name, ConfiguredLayer(str(layer["class_name"]), inner)
