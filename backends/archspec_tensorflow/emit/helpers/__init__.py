"""Layers that Keras does not have, as text that a model's source carries when it uses them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_FILES = {
    "LocalResponseNormalization": "local_response_normalization.py",
    "PaddedAveragePooling2D": "padded_average_pooling.py",
    "Scale": "scale.py",
}

_START = "@keras.saving"


def _class_text(file: str) -> str:
    """A file's text without its docstring and imports."""
    text = (files(__name__) / file).read_text(encoding="utf-8")
    return text[text.index(_START) :]


_TEXTS = {name: _class_text(file) for name, file in _FILES.items()}

HELPERS: Mapping[str, str] = MappingProxyType(_TEXTS)
"""The classes' source by their names. Each needs `keras`, and `layers` or `ops` of it."""
