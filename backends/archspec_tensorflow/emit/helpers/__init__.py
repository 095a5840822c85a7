"""What Keras does not have, as text that a model's source carries when it uses it: layers, and functions of layers.

A model with such a layer is loaded where its class is defined; one with a function of `keras.ops` anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType

_FILES = (
    "channel_shuffle.py",
    "dilated_conv_transpose.py",
    "layer_scale.py",
    "local_response_normalization.py",
    "padded_average_pooling.py",
    "scale.py",
)

_START = re.compile(r"^(?=@keras\.saving|def )", re.MULTILINE)

_DEFINITION = re.compile(r"^(?:class|def) (\w+)", re.MULTILINE)


def _read(file: str) -> Iterator[tuple[str, str]]:
    """The definitions of a file by their names, without its docstring and imports."""
    for text in _START.split((files(__name__) / file).read_text(encoding="utf-8")):
        if found := _DEFINITION.search(text):
            yield found[1], text.rstrip() + "\n"


HELPERS: Mapping[str, str] = MappingProxyType(
    {name: text for file in _FILES for name, text in _read(file)}
)
"""The source of classes and functions by name. Each needs `keras`, `layers` or `ops`."""
