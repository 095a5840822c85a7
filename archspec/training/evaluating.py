"""The metrics of a run's best weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from archspec.recipe.data import Function
from archspec.training.functions import FunctionName
from archspec.training.program import data_faults
from archspec.training.runs import RunError, RunFolder
from archspec.training.trained import Trained


def evaluate_run(run: RunFolder, source: Any = None, *, device: str = "auto") -> dict[str, float]:
    """The loss and the metrics of the best weights on the validation data, or on all examples of a source."""
    trained = Trained(run)
    recipe = trained.plan.recipe
    if source is None and not recipe.validates:
        raise RunError(f"{run.path} has no validation data, so the data have to be said")
    calls_function = isinstance(recipe.data.validated if source is None else source, Function | FunctionName)
    with trained.program(source) as program:
        model = trained.model(device)
        scores: dict[str, float] = program.Training(model).evaluate(_batches(calls_function))
        return scores


def _batches(calls_function: bool) -> Iterator[Mapping[str, np.ndarray]]:
    """The program's batches of validation. Raises `RunError` for data that cannot be read, or that do not fit."""
    data = import_module("data")
    try:
        with data_faults(data):
            yield from import_module("loop").loaded(data.validation_batches())
    except Exception as error:
        if isinstance(error, OSError | RunError) or not calls_function:
            raise
        raise RunError(f"the data cannot be read: {type(error).__name__}: {error}") from error
