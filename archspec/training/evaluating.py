"""A run's best weights: their metrics, and their predictions."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from archspec.backend import RecipeBackend
from archspec.checkpoints import read_weights_file
from archspec.network import explaining
from archspec.recipe.data import Data, Folder
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy
from archspec.recipe.plan import Plan
from archspec.spec.place import Place
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
        batches = import_module("loop").loaded(import_module("data").validation_batches())
        scores: dict[str, float] = program.Training(model).evaluate(batches)
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
                found.append(_prediction(path, trained.output(model, data.prepare(image)), classes, trained.plan, top))
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
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            for file in self.run.path.glob("*.py"):
                shutil.copy(file, folder)
            if source is not None:
                (folder / "data.py").write_text(data_program(self._with_source(source)), encoding="utf-8")
            with imported(folder, "train") as program:
                yield program

    def model(self, device: str) -> Any:
        """The live model with the best weights."""
        weights = read_weights_file(self.plan.graph, self.run.best)
        source = (self.run.path / self.written.module).read_text("utf-8")
        with explaining(self.plan.graph):
            return self.backend.load(self.plan.graph, source, weights, dtype="float32", device=device)

    def output(self, model: Any, example: Mapping[str, np.ndarray]) -> np.ndarray:
        """The first output with a loss, for one example."""
        inputs = {name: example[field][None] for name, field in self.plan.reads.items()}
        outputs = self.backend.run(self.plan.graph, model, inputs)
        array: np.ndarray = outputs[next(iter(self.plan.losses))][0]
        return array

    def _with_source(self, source: Any) -> Plan:
        """The plan with a source for training and for validation, whose classes are those of the run."""
        own = self.plan.recipe.data
        data = Data.model_validate({"source": source, "validation": source, "transforms": own.transforms})
        if isinstance(data.source, Folder):
            channels = self.plan.graph.inputs[next(iter(self.plan.reads))].channels
            folder = data.source.model_copy(update={"classes": self.written.classes, "channels": channels})
            data = data.model_copy(update={"source": folder, "validation": folder})
        return replace(self.plan, recipe=self.plan.recipe.model_copy(update={"data": data}))


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
