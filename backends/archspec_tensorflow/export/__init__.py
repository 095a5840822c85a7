"""Exports Keras models: a module a target. Importing this one imports no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archspec.backend.exporting import Target

TARGETS: Final[Mapping[str, Target]] = {
    "savedmodel": Target(""),
    "litert": Target(".tflite", ("ai-edge-litert",), quantizer=()),
}
