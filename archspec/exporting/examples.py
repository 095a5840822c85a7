"""The examples of a user's data as inputs of a network, read as trainings read them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from pydantic import ValidationError
from typing_extensions import override

from archspec.backend import Arrays
from archspec.errors import ArchspecError, BackendMissingError
from archspec.ir import Graph
from archspec.recipe.data import Data, Folder, Function
from archspec.recipe.source import Kind
from archspec.recipe.transforms import EvaluationTransform
from archspec.training.choosing import resized
from archspec.training.classes import names_of
from archspec.training.data import emit_data
from archspec.training.functions import FunctionName, check_import, check_names, importable_here
from archspec.training.program import data_faults, imported
from archspec.training.sources import DataValue

_IMAGE = 3
"""The axes of an image."""

_READS: tuple[Kind, ...] = ("image", "values")
"""The kinds of fields that a network can read."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples that a program of data gives, and the field that each input of the network reads."""

    program: ModuleType
    reads: Mapping[str, str]
    of_function: bool
    """Whether a function of the user's gives them."""

    def __len__(self) -> int:
        with self._faults():
            return len(self.program.validation_examples())

    def at(self, places: Sequence[int]) -> dict[str, Any]:
        """A batch of the examples at these places, as inputs in float32.

        Raises `ArchspecError` for examples of another shape than the network's inputs, and for numbers that are not
        finite.
        """
        with self._faults():
            batch = self.program.to_batch(self.program.validation_examples(), [*places])
        inputs = {name: np.asarray(batch[field], np.float32) for name, field in self.reads.items()}
        for name, array in inputs.items():
            if not np.isfinite(array).all():
                raise ArchspecError(f"the data have NaN or infinite numbers in {self.reads[name]}")
        return inputs

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Tells faults of the data; a function of the user's can raise anything."""
        try:
            with data_faults(self.program):
                yield
        except Exception as error:
            if isinstance(error, OSError | ArchspecError | MemoryError) or not self.of_function:
                raise
            raise ArchspecError(f"the data cannot be read: {type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class Batches(Sequence[Arrays]):
    """Batches of examples, each read when it is needed."""

    examples: Examples
    places: Sequence[Sequence[int]]

    @override
    def __len__(self) -> int:
        return len(self.places)

    @override
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Batches(self.examples, self.places[index])
        return self.examples.at(self.places[index])


@contextmanager
def opened(
    graph: Graph, source: DataValue, transforms: Sequence[EvaluationTransform] | None = None
) -> Iterator[Examples]:
    """The examples of a source by `source_of`, after these transforms for evaluation.

    Without transforms, files of images are resized to the network's input. Raises `ArchspecError` for data that cannot
    be read or that the network does not take, and `BackendMissingError` without the packages of trainings.
    """
    data = _data(graph, source, transforms)
    reads = _reads(graph, data)
    check_names(data, ("data",))
    with tempfile.TemporaryDirectory() as place, importable_here():
        check_import(data.source)
        Path(place, "data.py").write_text(_program(graph, data, reads), encoding="utf-8")
        try:
            with imported(Path(place), "data") as program:
                yield Examples(program, reads, isinstance(data.source, Function))
        except ModuleNotFoundError as error:
            raise BackendMissingError(f"reading data needs {error.name}: pip install 'archspec-nn[train]'") from None


def _data(graph: Graph, source: Any, transforms: Sequence[EvaluationTransform] | None) -> Data:
    changed: dict[str, Any] = {} if transforms is not None else resized(graph.inputs, source)
    source = changed.get("source", source)
    if isinstance(source, FunctionName):
        kinds = kinds_of(graph)
        source = source.giving(kinds if len(kinds) > 1 else {kind: kind for kind in kinds.values()})
    evaluation = tuple(transforms) if transforms is not None else changed.get("transforms", {}).get("evaluation", ())
    try:
        return Data.model_validate(
            {"source": source, "validation": source, "transforms": {"evaluation": evaluation}},
        )
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ArchspecError(f"the data cannot be read: {reason}") from None


def kinds_of(graph: Graph) -> dict[str, Kind]:
    """The kind of the field that each input reads."""
    return {name: "image" if len(kind.axes) == _IMAGE else "values" for name, kind in graph.inputs.items()}


def _reads(graph: Graph, data: Data) -> Mapping[str, str]:
    """The field that each input reads: that of its name; an only input also reads the first image, or values."""
    fields = [name for kind in _READS for name in data.of_kind(kind)]
    found = {name: name if name in fields else None for name in graph.inputs}
    if len(found) == 1 and fields:
        found = {name: field or fields[0] for name, field in found.items()}
    missing = [name for name, field in found.items() if field is None]
    if missing:
        has = ", ".join(data.kinds)
        raise ArchspecError(f"{graph.name} reads {missing[0]}, and an example of the data has {has}")
    return {name: field for name, field in found.items() if field is not None}


def _program(graph: Graph, data: Data, reads: Mapping[str, str]) -> str:
    classes = names_of(data.source) or ()
    if isinstance(data.source, Folder) and not classes:
        message = f"{data.source.path} has no folders: the images of each class are in a folder of its own"
        raise ArchspecError(message)
    (image, *_) = graph.inputs.values()
    shapes = {field: graph.inputs[name].axes for name, field in reads.items()}
    return emit_data(
        data, name=graph.name, batch_size=1, seed=0, classes=classes, channels=image.axes[-1], shapes=shapes
    )
