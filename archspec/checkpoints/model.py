"""The graph of a model in a file: its layers, what each call of a layer reads, and the models inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

INPUTS = -1
"""The index in `FileValue` for the inputs of the model itself."""


class FileValue(NamedTuple):
    """A value: one of the results of a call, or of the model's inputs."""

    call: int
    number: int


@dataclass(frozen=True, slots=True)
class FileLayer:
    """A layer of a file.

    `kind` is its class in the file. `layer_type` and `attributes` are the language's, which may refuse the values; None
    for a class that the language lacks. `lacking` has a phrase for everything else that it lacks. `left_out` are
    arguments without an effect outside of training, which the language lacks too.
    """

    kind: str
    layer_type: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    is_channels_first: bool = False


@dataclass(frozen=True, slots=True)
class FileInput:
    """An input of a model: its shape without the batch; None if the file does not tell it."""

    name: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, slots=True)
class FileCall:
    """A call of a layer or an inner model, by its name. `lacking` are arguments that the language lacks."""

    name: str
    inputs: tuple[FileValue, ...]
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileModel:
    """A model. `calls` are in an order in which they can run. `kind` is its class if that is not one of Keras's own."""

    name: str
    inputs: tuple[FileInput, ...]
    members: Mapping[str, FileMember]
    calls: tuple[FileCall, ...]
    outputs: tuple[FileValue, ...]
    kind: str = ""

    def layers(self, prefix: str = "") -> Iterator[tuple[str, FileLayer]]:
        """Every layer with its name, before which come the names of the models around it: `backbone/conv1`."""
        for name, member in self.members.items():
            if isinstance(member, FileModel):
                yield from member.layers(f"{prefix}{name}/")
            else:
                yield f"{prefix}{name}", member


FileMember: TypeAlias = FileLayer | FileModel
