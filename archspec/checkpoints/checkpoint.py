"""The content of a file of weights: names, shapes and types; values are read on access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from archspec.checkpoints.model import FileModel
from archspec.weights import Stored

CANONICAL = "canonical"
"""The word for archspec's own names and layouts; the other words are names of backends."""

CHANNELS_FIRST = "channels_first"
"""Keras's word for images with the axes channels, height, width."""

_SEPARATORS = {CANONICAL: ":", "tensorflow": "/"}

_NUMBERS = re.compile(r"(\d+)")

Word = str | tuple[int, str]
"""A part of a name as a sort key: a word, or a number by its length and digits."""

Order = Literal["layers", "definition", "classes", "none"]


class ConfiguredLayer(NamedTuple):
    """A layer in the configuration of a Keras file: its class, and the arguments of its constructor."""

    kind: str
    arguments: Mapping[str, Any]


Layers = Mapping[str, ConfiguredLayer]
"""Layers by their names, with the names of the models around them: `backbone/conv1`."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tensors of a file by their names, in the file's order, with the names and layouts of `framework`.

    `order` is the meaning of the file's order. `layers`: a possible order of execution. `definition`: the order in
    which the layers were defined, which can be another one. `classes`: an order of execution for the layers of each
    class among themselves. `none`: no meaning. `classes` has the class of each layer that a file of Keras lists, in
    the file's order and with those that have no tensors; a class is empty if the file does not tell it. `layers` is the
    configuration of the file's layers by their names; empty if the file has none. `parts` are the tensors of layers
    that are several layers here, each with the part and the tensor's word in it. `key` is the key of these tensors in
    the file, and `others` are the keys of other sets of tensors; `asked` says that the reader named the key. `model` is
    the graph in the file, and `model_names` has those of its layers that the tensors call otherwise.
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
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    model: FileModel | None = None
    model_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def separator(self) -> str:
        """The sign between a layer and its tensors."""
        return _SEPARATORS.get(self.framework, ".")

    def split(self, name: str) -> tuple[str, str]:
        """The layer of a tensor, or the part of one, and the tensor's own word in it."""
        return self.parts[name] if name in self.parts else self.whole(name)

    def whole(self, name: str) -> tuple[str, str]:
        """The file's layer of a tensor, and the tensor's own word in the layer."""
        layer, _, word = name.rpartition(self.separator)
        return layer, word


def natural(name: str) -> list[Word]:
    """A sort key that puts 2 before 10; numbers may have more digits than Python converts to an `int`."""
    return [_by_size(part) if index % 2 else part for index, part in enumerate(_NUMBERS.split(name))]


def _by_size(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant
