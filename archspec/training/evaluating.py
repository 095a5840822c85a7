"""A run's best weights: their metrics, and their predictions."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from pydantic import ValidationError

from archspec.backend import RecipeBackend
from archspec.checkpoints import read_weights_file
from archspec.errors import SpecError
from archspec.ir import shown
from archspec.network import explaining
from archspec.recipe.data import Data, Folder, Function, Source
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy
from archspec.recipe.plan import Plan
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.training.fitting import check_data
from archspec.training.planning import network_of, plan
from archspec.training.program import data_program, imported, recipe_backend
from archspec.training.reading import WrittenRecipe
from archspec.training.runs import RunError, RunFolder


@dataclass(frozen=True, slots=True)
class Prediction:
    """The classes of one image with their probabilities, the most probable first; or values, of a regression."""

    image: Path
    classes: Mapping[str, float]
    values: tuple[float, ...] = ()


def evaluate_run(run: RunFolder, source: Any = None, *, device: str = "auto") -> dict[str, float]:
    """The loss and the metrics of the best weights on the validation data, or on all examples of a source."""
    trained = _Trained(run)
    if source is None and not trained.plan.recipe.validates:
        raise RunError(f"{run.path} has no validation data, so the data have to be said")
    with trained.program(source) as program:
        model = trained.model(device)
        scores: dict[str, float] = program.Training(model).evaluate(trained.batches())
        return scores


def predict_images(run: RunFolder, images: Sequence[Path], top: int = 5, *, device: str = "auto") -> list[Prediction]:
    """The best weights' predictions for images."""
    from PIL import Image

    trained = _Trained(run)
    with trained.program():
        data = import_module("data")
        if not hasattr(data, "prepare"):
            raise RunError(f"the network of {run.path} does not read one image, so there is no prediction for one")
        model = trained.model(device)
        classes = trained.written.classes
        found = []
        for path in images:
            with Image.open(path) as image:
                example = data.prepare(image)
            trained.check(example, str(path))
            found.append(_prediction(path, trained.output(model, example), classes, trained.plan, top))
        return found


class _Trained:
    """A run with its plan and its backend."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.written = run.written()
        self.backend: RecipeBackend = recipe_backend(self.written.backend)
        written = WrittenRecipe(run.recipe(), Place({}), run.path)
        self.plan = plan(written, network_of(written))

    @contextmanager
    def program(self, source: Any = None) -> Iterator[ModuleType]:
        """The run's train.py as a module, with the data of another source for validation if one is given."""
        planned = self.plan if source is None else self._with_source(source)
        with tempfile.TemporaryDirectory() as place, _importable(os.getcwd()):
            _check_function(planned.recipe.data.validated)
            folder = Path(place)
            for file in self.run.path.glob("*.py"):
                shutil.copy(file, folder)
            if source is not None:
                (folder / "data.py").write_text(data_program(planned), encoding="utf-8")
            with imported(folder, "train") as program:
                yield program

    def model(self, device: str) -> Any:
        """The live model with the best weights."""
        weights = read_weights_file(self.plan.graph, self.run.best)
        source = (self.run.path / self.written.module).read_text("utf-8")
        with explaining(self.plan.graph):
            return self.backend.load(self.plan.graph, source, weights, dtype="float32", device=device)

    def batches(self) -> Iterator[Mapping[str, np.ndarray]]:
        """The program's batches of validation. Raises `RunError` for data that cannot be read, or that do not fit."""
        try:
            for batch in import_module("loop").loaded(import_module("data").validation_batches()):
                self.check({name: array[0] for name, array in batch.items()}, "an example")
                yield batch
        except (OSError, RunError):
            raise
        except Exception as error:  # the data's own, of a user's function or of NumPy
            raise RunError(f"the data cannot be read: {type(error).__name__}: {error}") from error

    def check(self, example: Mapping[str, np.ndarray], name: str) -> None:
        """Raise `RunError` unless the network takes an example, and its losses the targets that it has."""
        graph, kinds = self.plan.graph, self.plan.recipe.data.kinds
        wanted = {field: graph.inputs[own].axes for own, field in self.plan.reads.items()}
        for output, loss in self.plan.losses.items():
            if loss.target in example:
                axes = graph.outputs[output].type.axes
                wanted[loss.target] = axes[:-1] if kinds[loss.target] in ("label", "mask") else axes
        for field, axes in wanted.items():
            given = example[field].shape
            fits = len(given) == len(axes) and all(b in (a, None) for a, b in zip(given, axes, strict=True))
            if not fits:
                raise RunError(f"{name} has {field} of {shown(given)}, and {graph.name} takes {shown(axes)}")

    def output(self, model: Any, example: Mapping[str, np.ndarray]) -> np.ndarray:
        """The first output with a loss, for one example."""
        inputs = {name: example[field][None] for name, field in self.plan.reads.items()}
        outputs = self.backend.run(self.plan.graph, model, inputs)
        array: np.ndarray = outputs[next(iter(self.plan.losses))][0]
        return array

    def _with_source(self, source: Any) -> Plan:
        """The plan with a source for training and for validation, whose classes are those of the run."""
        own = self.plan.recipe.data
        try:
            data = Data.model_validate({"source": source, "validation": source, "transforms": own.transforms})
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise RunError(f"the run's transforms do not take these data: {reason}") from None
        if isinstance(data.source, Folder):
            channels = self.plan.graph.inputs[next(iter(self.plan.reads))].channels
            folder = data.source.model_copy(update={"classes": self.written.classes, "channels": channels})
            data = data.model_copy(update={"source": folder, "validation": folder})
        self._check_fields(data)
        recipe = self.plan.recipe.model_copy(update={"data": data})
        report = Report()
        check_data(recipe, self.plan.graph, self.plan.losses, self.plan.reads, Place({}), report)
        if report.failed:
            raise SpecError(report.told)
        return replace(self.plan, recipe=recipe)

    def _check_fields(self, data: Data) -> None:
        """Raise `RunError` for data without a field that the network or a loss reads."""
        wanted = dict.fromkeys((*self.plan.reads.values(), *(loss.target for loss in self.plan.losses.values())))
        if not wanted.keys() <= data.kinds.keys():
            reads, has = ", ".join(wanted), ", ".join(data.kinds)
            raise RunError(f"the run reads {reads} of an example, and an example of these data has {has}")


@contextmanager
def _importable(folder: str) -> Iterator[None]:
    """Modules of a folder can be imported, as for the program of a training."""
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _check_function(source: Source) -> None:
    """Raise `RunError` if the source is a function that there is not."""
    if not isinstance(source, Function):
        return
    try:
        getattr(import_module(source.module), source.name)
    except Exception as error:  # a user's module can raise any
        message = f"{source.module}:{source.name} cannot be imported: {type(error).__name__}: {error}"
        raise RunError(message) from error


def _prediction(path: Path, output: np.ndarray, classes: Sequence[str], plan: Plan, top: int) -> Prediction:
    loss = next(iter(plan.losses.values()))
    values = np.asarray(output, np.float64)
    if isinstance(loss, CrossEntropy) and values.ndim == 1:
        values = np.exp(values - values.max())
        values /= values.sum()
    elif isinstance(loss, BinaryCrossEntropy) and values.ndim == 1:
        values = 1 / (1 + np.exp(-values))
    else:
        return Prediction(path, {}, tuple(values.ravel().tolist()))
    order = np.argsort(-values, kind="stable")[:top]
    return Prediction(path, {classes[index]: float(values[index]) for index in order})
