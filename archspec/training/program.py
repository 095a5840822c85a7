"""The files of a training program, and the program as a module."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from archspec.backend import Arrays, RecipeBackend, find_backend
from archspec.bundle.naming import module_name
from archspec.errors import BackendMissingError
from archspec.files import write_text
from archspec.ir import Axes
from archspec.recipe.plan import Plan
from archspec.training.classes import class_names
from archspec.training.data import emit_data
from archspec.training.functions import check_names
from archspec.training.loop import emit_loop
from archspec.training.runs import RunError

_OWN = ("train", "loop", "data", "journal", "processes")
"""The modules of every program."""

JOURNAL = (Path(__file__).parent / "templates" / "journal.py").read_text(encoding="utf-8")


def recipe_backend(name: str) -> RecipeBackend:
    """The backend of this name; raises `BackendMissingError` for one without training."""
    found = find_backend(name)
    if not isinstance(found, RecipeBackend):
        raise BackendMissingError(f"the backend {name} writes no training programs")
    return found


def sources(plan: Plan, backend: RecipeBackend) -> Mapping[str, str]:
    """The texts of the program by file name; the network first. Raises `ArchspecError` for a name taken twice."""
    module = module_name(plan.graph.name)
    module = f"{module}_" if module in _OWN else module
    check_names(plan.recipe.data, (module, *_OWN))
    return {
        f"{module}.py": backend.emit(plan.graph),
        "train.py": backend.emit_training(plan, module),
        "loop.py": emit_loop(plan),
        "data.py": data_program(plan),
        "journal.py": JOURNAL,
        "processes.py": backend.emit_processes(plan),
    }


def data_program(plan: Plan) -> str:
    """The program's part that gives the data."""
    recipe = plan.recipe
    (image, *_) = [plan.graph.inputs[name] for name in plan.reads]
    return emit_data(
        recipe.data,
        name=recipe.name,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        accumulate=recipe.accumulate,
        classes=classes_of(plan),
        counts=_counts_of(plan),
        channels=image.axes[-1],
        shapes=_shapes_of(plan),
    )


def _counts_of(plan: Plan) -> Mapping[str, int]:
    """The number of classes of each field of indices that a loss compares with."""
    indices = plan.recipe.data.of_kind("label", "mask")
    found = {loss.target: plan.graph.outputs[output].type.channels for output, loss in plan.losses.items()}
    return {target: classes for target, classes in found.items() if target in indices and classes is not None}


def _shapes_of(plan: Plan) -> Mapping[str, Axes]:
    """The shapes of the fields that the network reads, and of the targets of its outputs."""
    indices = plan.recipe.data.of_kind("label", "mask")
    shapes = {field: plan.graph.inputs[name].axes for name, field in plan.reads.items()}
    for output, loss in plan.losses.items():
        axes = plan.graph.outputs[output].type.axes
        shapes[loss.target] = axes[:-1] if loss.target in indices else axes
    return shapes


def classes_of(plan: Plan) -> tuple[str, ...]:
    """The names of the classes: those of the data, or their numbers if there is a loss of classes."""
    names = class_names(plan.recipe.data)
    counts = [plan.graph.outputs[output].type.channels for output, loss in plan.losses.items() if loss.OF_CLASSES]
    return names or tuple(str(number) for number in range(max(counts, default=0)))


def write_program(texts: Mapping[str, str], plan: Plan, backend: RecipeBackend, weights: Arrays, folder: Path) -> None:
    """Write the texts of the program and the initial weights."""
    model = backend.load(plan.graph, next(iter(texts.values())), weights, dtype="float32", device="cpu")
    folder.mkdir(parents=True, exist_ok=True)
    write_texts(texts, folder)
    backend.save_weights(model, folder / backend.weights_file)


def write_texts(texts: Mapping[str, str], folder: Path) -> None:
    """Write the texts of the program."""
    for name, text in texts.items():
        write_text(folder / name, text)


@contextmanager
def imported(folder: Path, name: str) -> Iterator[ModuleType]:
    """A module of a program. The modules of its folder are importable inside the context only."""
    names = [file.stem for file in folder.glob("*.py")]
    hidden: dict[str, Any] = {each: sys.modules.pop(each) for each in names if each in sys.modules}
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for each in names:
            sys.modules.pop(each, None)
        sys.modules.update(hidden)


@contextmanager
def data_faults(module: ModuleType, file: Path | None = None) -> Iterator[None]:
    """A fault of the data that a program's module tells is a `RunError`, with the name of the file if there is one."""
    try:
        yield
    except module.DataError as error:
        raise RunError(str(error) if file is None else f"{file}: {error}") from error
