"""What a file of weights has, before anything of it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from archspec.weights import Stored

CANONICAL = "canonical"
"""The word for archspec's own names and layouts, beside the backends'."""

CHANNELS_FIRST = "channels_first"
"""Keras's word for images that lie as channels, height, width."""

_SEPARATORS = {CANONICAL: ":", "tensorflow": "/"}

_NUMBERS = re.compile(r"(\d+)")

Word = str | tuple[int, str]
"""A part of a name: words as they are, and numbers by their lengths and digits."""

Order = Literal["layers", "definition", "classes", "none"]


class ConfiguredLayer(NamedTuple):
    """A layer as a Keras file says it: the class, and the arguments that it was made with."""

    kind: str
    arguments: Mapping[str, Any]


Layers = Mapping[str, ConfiguredLayer]
"""Layers by their names, behind those of the models that they are in: `backbone/conv1`."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tensors of a file by their names, in the file's order; `framework` says whose names and layouts they have.

    `order` says what that order means: `layers` that it is one in which the layers can be executed, `definition` that
    it is the order in which they were defined, which need not be that, `classes` that it is one of execution for the
    layers of each class among themselves (`classes` has those of layers), `none` nothing.
    `layers` has what the file says of its layers, by their names in those of the tensors; nothing if it does not say.
    `key` is the one under which these tensors lie in the file, and `others` those under which there are others;
    `asked` says that the reader named that key.
    """

    path: Path
    framework: str
    tensors: Mapping[str, Stored]
    order: Order = "layers"
    classes: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    others: tuple[str, ...] = ()
    asked: bool = False
    layers: Layers = field(default_factory=dict)

    def split(self, name: str) -> tuple[str, str]:
        """A tensor's layer, and its own word in there."""
        layer, _, word = name.rpartition(_SEPARATORS.get(self.framework, "."))
        return layer, word


def natural(name: str) -> list[Word]:
    """A key to sort by that has 2 before 10; a number may have more digits than Python makes an `int` of."""
    return [_by_size(part) if index % 2 else part for index, part in enumerate(_NUMBERS.split(name))]


def _by_size(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant
