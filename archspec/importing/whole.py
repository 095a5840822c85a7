"""From a file of a model to a document."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from archspec.arguments import PATH, takes
from archspec.checkpoints.keras.models import read_model
from archspec.checkpoints.listing import section
from archspec.checkpoints.model import FileModel
from archspec.importing.document import document_of
from archspec.importing.refusal import refuse_lacking
from archspec.ir import Graph
from archspec.reading import load


class ModelWarning(UserWarning):
    """Something of a model that its spec does not have."""


@takes(path=PATH)
def import_model(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The document, which `load` takes, of the model in a Keras file: `.keras`, a whole-model `.h5`, or JSON.

    It has the file's layers with their names, wiring and attributes. Nothing in the file is executed. Raises
    `ModelError` with all layers that the language lacks, and `WeightsError` for a damaged file or one without a model.
    Arguments for training, which a spec does not have, are left out with a warning.
    """
    document, notes = read_document_of(Path(path))
    for note in notes:
        warnings.warn(ModelWarning(note), stacklevel=3)
    return document


def read_document_of(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The document, and notes about what was left out."""
    model = read_model(path)
    refuse_lacking(path, model)
    document, left_out = document_of(model, f"imported from {path.name}")
    if "inputs" in document:
        _simplify(document["layers"], "", load(document).graph)
    return document, list(_notes(path, model, left_out))


def _notes(path: Path, model: FileModel, left_out: Sequence[str]) -> Iterator[str]:
    found: dict[str, int] = {}
    for _, layer in model.layers():
        for argument in layer.left_out:
            found[argument] = found.get(argument, 0) + 1
    lines = [f"{argument} of {count:,} layer{'s' if count > 1 else ''}" for argument, count in found.items()]
    if lines:
        yield "\n".join(section(f"{path}: left out, as only training needs it:", lines))
    if left_out:
        yield "\n".join(section(f"{path}: layers that are left out, as no output depends on them:", left_out))


def _simplify(layers: list[dict[str, Any]], prefix: str, graph: Graph) -> None:
    """Leave out an `axis` that is the last one, which is the default: older Keras counts it from the front."""
    for layer in layers:
        path = f"{prefix}{layer['name']}"
        if "layers" in layer:
            _simplify(layer["layers"], f"{path}.", graph)
        elif path in graph.by_path and layer.get("axis") == len(graph.by_path[path].reads[0].axes):
            del layer["axis"]
