"""The folder of a run: what it has, and whether a training may begin or go on in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from errno import EEXIST, ENOENT, EPERM
from pathlib import Path
from typing import Any

import yaml

from archspec.advice import Advice
from archspec.bundle.record import digest
from archspec.errors import ArchspecError, Source
from archspec.files import check_folder, write_text
from archspec.recipe.data import Function
from archspec.recipe.document import Recipe
from archspec.training.loop import may_change

RECORD = "run.json"
RECIPE = "recipe.yaml"
METRICS = "metrics.csv"
CURVES = "curves.svg"
MODEL = "model"
SPECS = "spec"
SPEC_KEY = "network.spec"
"""The key of a recipe that is another in a run: its spec is a copy. Two networks are told by their source."""
CHECKPOINTS = "checkpoints"

_MADE_BY_PROGRAM = (METRICS, CURVES, MODEL, CHECKPOINTS, "events", "best.safetensors", "best.weights.h5")
"""What a training leaves in its folder."""


class RunError(ArchspecError):
    """A training did not end as it should, or cannot begin; the message says why."""


class Unfinished(RunError):
    """A training ended early, with this exit code of its program."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Written:
    """The record of a run.

    It has the network and the file of its module, the backend, the names of the classes, and the SHA-256 of each file
    of the program.
    """

    network: str
    module: str
    backend: str
    classes: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A folder of a run."""

    path: Path

    def written(self) -> Written:
        """The record. Raises `OSError` or `RunError` for a folder that is no run."""
        if not self.path.is_dir():
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(self.path))
        try:
            found = json.loads((self.path / RECORD).read_text("utf-8"))
            classes = tuple(found["classes"])
            return Written(found["network"], found["module"], found["backend"], classes, found["sha256"])
        except (OSError, ValueError, KeyError, TypeError):
            raise RunError(f"{self.path} is no run: it has no {RECORD} of archspec's") from None

    def recipe(self) -> Recipe:
        """The recipe of the run, with absolute paths."""
        text = (self.path / RECIPE).read_text("utf-8")
        return Recipe.model_validate(_with_functions(yaml.safe_load(text)))

    @property
    def best(self) -> Path:
        """The best weights so far. Raises `RunError` if there are none."""
        found = next(iter(sorted(self.path.glob("best.*"))), None)
        if found is None:
            raise RunError(f"{self.path} has no trained weights yet: its first epoch did not end")
        return found

    @property
    def newest(self) -> Path | None:
        """The newest checkpoint."""
        return max((self.path / CHECKPOINTS).glob("step_*"), default=None)

    def check_new(self, force: bool) -> None:
        """Raise `OSError` if a new run here would replace or mix with other files; `force` allows both."""
        check_folder(_nearest(self.path))
        if force or not self.path.exists() or not os.listdir(self.path):
            return
        if (self.path / RECORD).exists():
            reason = Advice.of("it has a run: {resume} goes on with it, and {force} begins anew")
        else:
            reason = Advice.of("it has files, and no run: take a new folder; {force} writes among these files")
        raise FileExistsError(EEXIST, reason, str(self.path))

    def check_same(self, recipe: Recipe, texts: Mapping[str, str], backend: str, force: bool) -> None:
        """Raise `RunError` unless this recipe can go on with the run; texts are those of its program."""
        written, own = self.written(), self.recipe()
        if written.backend != backend:
            raise RunError(f"{self.path} is a run of {written.backend}, and {backend} cannot go on with it")
        changed = [
            each
            for each in different(own, recipe)
            if not (may_change(each, own) and may_change(each, recipe)) and each != SPEC_KEY
        ]
        if changed:
            told = "\n".join(f"  {_told(key, own, recipe)}" for key in changed)
            message = f"{self.path} is a run of another recipe, so it cannot go on:\n{told}"
            raise RunError(f"{message}\ntake the old values, or train anew in another folder")
        if not force:
            self._refuse_changed(written)
        module = next(iter(texts))
        if module != written.module or (self.path / module).read_text("utf-8") != texts[module]:
            message = f"{self.path / module} is not what the network compiles to now: its spec or archspec has changed"
            raise RunError(f"{message}; `python {self.path / 'train.py'} --resume` goes on with the program as it is")

    def _refuse_changed(self, written: Written) -> None:
        for name, said in written.files.items():
            file = self.path / name
            if file.exists() and digest(file) != said:
                reason = Advice.of(
                    "it was changed since archspec wrote it: `python {program} --resume` runs the changed program, "
                    "and {force} replaces it",
                    program=str(self.path / "train.py"),
                )
                raise FileExistsError(EPERM, reason, str(file))

    def clear(self) -> None:
        """Remove what an earlier training left."""
        for name in _MADE_BY_PROGRAM:
            place = self.path / name
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)

    def write(self, recipe: Recipe, spec: Source | None, record: Mapping[str, Any]) -> None:
        """Write the recipe, a copy of the network's spec unless it is one of the zoo, and the record with all files."""
        if spec is not None:
            (self.path / SPECS).mkdir(exist_ok=True)
            copy = Path(SPECS) / Path(spec.name).name
            write_text(self.path / copy, spec.text)
            network = recipe.network.model_copy(update={"spec": str(copy)})
            recipe = recipe.model_copy(update={"network": network})
        write_text(self.path / RECIPE, _dumped(recipe))
        files = [RECIPE, *sorted(file.name for file in self.path.glob("*.py"))]
        digests = {name: digest(self.path / name) for name in files}
        write_text(self.path / RECORD, json.dumps({**record, "sha256": digests}, indent=2) + "\n")


def different(one: Recipe, other: Recipe) -> list[str]:
    """The dotted keys in which two recipes differ."""
    return list(_different(_plain(one), _plain(other), ()))


def _different(one: Any, other: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            yield from _different(one.get(key), other.get(key), (*path, key))
    elif one != other:
        yield ".".join(path)


def _told(key: str, own: Recipe, other: Recipe) -> str:
    return f"{key} was {_value(own, key)}, and is {_value(other, key)}"


def _value(recipe: Recipe, key: str) -> str:
    """The value at a dotted key, as JSON."""
    value: Any = _plain(recipe)
    for step in key.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "nothing" if value is None else json.dumps(value)


def _plain(recipe: Recipe) -> dict[str, Any]:
    return recipe.model_dump(mode="json", by_alias=True, exclude_none=True)


def _dumped(recipe: Recipe) -> str:
    return yaml.safe_dump(_plain(recipe), sort_keys=False, allow_unicode=True, width=100)


def _with_functions(recipe: dict[str, Any]) -> dict[str, Any]:
    """The recipe with its functions: a run may have them, because its own program calls them."""
    data = dict(recipe["data"])
    for key in ("source", "validation"):
        if isinstance(data.get(key), dict) and data[key].get("type") == "Function":
            data[key] = Function.model_validate(data[key])
    return {**recipe, "data": data}


def _nearest(path: Path) -> Path:
    around = (path.absolute(), *path.absolute().parents)
    return next(place for place in around if os.path.lexists(place))
