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
from archspec.recipe.data import Transforms
from archspec.recipe.plan import Plan
from archspec.training.data import class_names, emit_data
from archspec.training.loop import emit_loop

_OWN = ("train", "loop", "data", "journal")
"""The modules of every program."""

_OF_CLASSES = ("CrossEntropy", "BinaryCrossEntropy")

JOURNAL = (Path(__file__).parent / "helpers" / "journal.py").read_text(encoding="utf-8")


def recipe_backend(name: str) -> RecipeBackend:
    """The backend of this name; raises `BackendMissingError` for one without training."""
    found = find_backend(name)
    if not isinstance(found, RecipeBackend):
        raise BackendMissingError(f"the backend {name} writes no training programs")
    return found


def sources(plan: Plan, backend: RecipeBackend) -> Mapping[str, str]:
    """The texts of the program by file name; the network first."""
    module = module_name(plan.graph.name)
    module = f"{module}_" if module in _OWN else module
    return {
        f"{module}.py": backend.emit(plan.graph),
        "train.py": backend.emit_training(plan, module),
        "loop.py": emit_loop(plan),
        "data.py": data_program(plan),
        "journal.py": JOURNAL,
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
        classes=classes_of(plan),
        channels=image.axes[-1],
        shapes=_shapes_of(plan),
    )


def _shapes_of(plan: Plan) -> Mapping[str, Axes]:
    """The shapes of the outputs by their targets, but for indices of classes. Transforms may change images' sizes."""
    kinds = plan.recipe.data.kinds
    transformed = plan.recipe.data.transforms != Transforms()
    shapes: dict[str, Axes] = {}
    for output, loss in plan.losses.items():
        axes, kind = plan.graph.outputs[output].type.axes, kinds.get(loss.target)
        if kind == "image" and transformed:
            shapes[loss.target] = (None, None, axes[-1])
        elif kind in ("image", "values", "labels"):
            shapes[loss.target] = axes
    return shapes


def classes_of(plan: Plan) -> tuple[str, ...]:
    """The names of the classes: those of the data, or their numbers if there is a loss of classes."""
    names = class_names(plan.recipe.data)
    counts = [
        plan.graph.outputs[output].type.channels for output, loss in plan.losses.items() if loss.type in _OF_CLASSES
    ]
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
