"""A run's best weights in their network, and the run's program."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from pydantic import ValidationError

from archspec.backend import RecipeBackend
from archspec.checkpoints import read_weights_file
from archspec.errors import SpecError
from archspec.network import explaining
from archspec.recipe.data import Data, Folder
from archspec.recipe.plan import Plan
from archspec.recipe.stored import Stored
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.training.classes import class_names, named_field, other_folder
from archspec.training.fitting import check_data
from archspec.training.functions import FunctionName, check_import, check_names, importable_here
from archspec.training.planning import network_of, plan
from archspec.training.program import data_program, imported, recipe_backend
from archspec.training.reading import WrittenRecipe
from archspec.training.runs import RunError, RunFolder


class Trained:
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
        data = planned.recipe.data
        files = [*self.run.path.glob("*.py")]
        check_names(data, {file.stem for file in files})
        with tempfile.TemporaryDirectory() as place, importable_here():
            check_import(data.validated)
            folder = Path(place)
            for file in files:
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

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes of the first output with a loss; their numbers if the names are another field's."""
        name, loss = next(iter(self.plan.losses.items()))
        if loss.target == named_field(self.plan.recipe.data):
            return tuple(self.written.classes)
        return tuple(map(str, range(self.plan.graph.outputs[name].type.channels or 1)))

    def output(self, model: Any, example: Mapping[str, np.ndarray]) -> np.ndarray:
        """The first output with a loss, for one example."""
        inputs = {name: example[field][None] for name, field in self.plan.reads.items()}
        outputs = self.backend.run(self.plan.graph, model, inputs)
        array: np.ndarray = outputs[next(iter(self.plan.losses))][0]
        return array

    def _with_source(self, source: Any) -> Plan:
        """The plan with a source for training and for validation, whose classes are those of the run."""
        own = self.plan.recipe.data
        if isinstance(source, FunctionName):
            source = source.giving(own.kinds)
        try:
            data = Data.model_validate({"source": source, "validation": source, "transforms": own.transforms})
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise RunError(f"the run's transforms do not take these data: {reason}") from None
        if isinstance(data.source, Folder):
            stated = isinstance(own.source, Folder) and own.source.classes is not None
            if not stated and (other := other_folder(data.source.path, self.written.classes)):
                raise RunError(other)
            channels = self.plan.graph.inputs[next(iter(self.plan.reads))].channels
            folder = data.source.model_copy(update={"classes": self.written.classes, "channels": channels})
            data = data.model_copy(update={"source": folder, "validation": folder})
        if isinstance(data.source, Stored):
            stored = data.source.model_copy(update={"channels": self._channels(data)})
            data = data.model_copy(update={"source": stored, "validation": stored})
        self._check_fields(data)
        recipe = self.plan.recipe.model_copy(update={"data": data})
        report = Report()
        check_data(recipe, self.plan.graph, self.plan.losses, self.plan.reads, Place({}), report)
        if report.failed:
            raise SpecError(report.told)
        return replace(self.plan, recipe=recipe)

    def _channels(self, data: Data) -> int | None:
        """The channels of the run's images. Raises `RunError` for data with other classes than the run's."""
        names, own = class_names(data), self.written.classes
        if names is not None and names != own and own != tuple(map(str, range(len(own)))):
            raise RunError(f"the classes of these data are {', '.join(names)}, and those of the run {', '.join(own)}")
        return self.plan.graph.inputs[next(iter(self.plan.reads))].channels

    def _check_fields(self, data: Data) -> None:
        """Raise `RunError` for data without a field that the network or a loss reads."""
        wanted = dict.fromkeys((*self.plan.reads.values(), *(loss.target for loss in self.plan.losses.values())))
        if not wanted.keys() <= data.kinds.keys():
            reads, has = ", ".join(wanted), ", ".join(data.kinds)
            raise RunError(f"the run reads {reads} of an example, and an example of these data has {has}")
