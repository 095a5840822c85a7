"""The functions of the package about training, with the words of the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archspec.arguments import COUNT, FILES, PATH, TRUTH, VALUES, WHOLE, Kind, one_of, takes
from archspec.backend import DEVICES
from archspec.recipe.data import Function
from archspec.recipe.document import Recipe
from archspec.recipe.source import Kind as FieldKind
from archspec.training.choosing import choose_recipe
from archspec.training.curves import read_metrics
from archspec.training.devices import devices_of
from archspec.training.evaluating import evaluate_run
from archspec.training.functions import FunctionName
from archspec.training.predicting import Prediction, predict_images
from archspec.training.reading import RecipeSource, WrittenRecipe
from archspec.training.running import finish, run_program, task_of, write_run
from archspec.training.runs import METRICS, MODEL, RunFolder
from archspec.training.sources import source_of

DataSource = str | Function | Callable[[], Any]
"""A source as on the command line, or the function itself."""


def _is_source(value: object) -> bool:
    """Whether a value can be a source; a function has to be importable in another process."""
    if isinstance(value, str | Function):
        return True
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    return callable(value) and isinstance(module, str) and module != "__main__" and name.isidentifier()


DATA = Kind("a source as on the command line or a function that another program can import", _is_source)


@dataclass(frozen=True, slots=True)
class TrainedRun:
    """A training that has ended: its folder, the rows of its metrics, the best weights and the package with them."""

    folder: Path
    metrics: list[dict[str, float]]
    best: Path
    model: Path


@takes(changes=VALUES, data=DATA)
def read_recipe(
    recipe: RecipeSource, *, changes: Mapping[str, Any] | None = None, data: DataSource | None = None
) -> Recipe:
    """Read and check a recipe, or the one for a network of the zoo; the arguments are those of `train`.

    The paths of its data and its initial weights are absolute. Raises `SpecError` with all faults of the recipe by
    itself.
    """
    return _chosen(recipe, changes, data).recipe


@takes(run=PATH, changes=VALUES, data=DATA, resume=TRUTH, device=one_of(*DEVICES), devices=COUNT, force=TRUTH)
def train(
    recipe: RecipeSource | Recipe,
    *,
    backend: str,
    run: str | os.PathLike[str] | None = None,
    changes: Mapping[str, Any] | None = None,
    data: DataSource | None = None,
    resume: bool = False,
    device: str = "auto",
    devices: int = 1,
    force: bool = False,
) -> TrainedRun:
    """Train a network by a recipe, in a process for each of the devices, and compile it with the best weights.

    `recipe` is a file, a document, a `Recipe`, or a network of the zoo. `changes` are values by dotted paths,
    `{"optimizer.learning_rate": 0.01}`. `data` are mnist, digits, mnist1d, a folder of images, an `.npz` or `.parquet`
    file, `module:function`, or a function of an importable module. The other arguments are those of the command. Raises
    `SpecError` for a faulty recipe, `OSError` and `RunError` for a folder that the run cannot have, and `RunError` with
    the reason if the training does not end.
    """
    task = task_of(_chosen(recipe, changes, data), backend, None if run is None else Path(run))
    together = devices_of(task.backend, task.plan.recipe, int(devices), device)
    write_run(task, resume=resume, force=force)
    run_program(task, together, resume=resume, device=device)
    finish(task)
    folder = task.run.path
    return TrainedRun(folder, read_metrics(folder / METRICS), task.run.best, folder / MODEL)


@takes(run=PATH, data=DATA, device=one_of(*DEVICES))
def evaluate(run: str | os.PathLike[str], *, data: DataSource | None = None, device: str = "auto") -> dict[str, float]:
    """The loss and the metrics of a run's best weights, on the recipe's validation data or all examples of `data`."""
    return evaluate_run(RunFolder(Path(run)), None if data is None else source_from(data), device=device)


@takes(run=PATH, images=FILES, top=WHOLE, device=one_of(*DEVICES))
def predict(
    run: str | os.PathLike[str], images: Sequence[str | os.PathLike[str]], *, top: int = 5, device: str = "auto"
) -> list[Prediction]:
    """The `top` most probable classes of images by a run's best weights."""
    return predict_images(RunFolder(Path(run)), [Path(image) for image in images], top, device=device)


def _chosen(recipe: RecipeSource | Recipe, changes: Mapping[str, Any] | None, data: DataSource | None) -> WrittenRecipe:
    source = None if data is None else source_from(data)
    if not isinstance(recipe, Recipe):
        return choose_recipe(recipe, changes, source)
    document = recipe.model_dump(by_alias=True, exclude_none=True)
    own = {f"data.{key}": value for key, value in recipe.data if isinstance(value, Function)}
    return choose_recipe(document, {**own, **(changes or {})}, source)


def source_from(data: DataSource, fields: Mapping[str, FieldKind] | None = None) -> Any:
    """The source that data stand for; `fields` are those of `source_of`."""
    if isinstance(data, Function):
        return data
    return source_of(data, fields or {}) if isinstance(data, str) else FunctionName(data.__module__, data.__qualname__)
