"""A recipe's text to a `Recipe`, with all faults at their places."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from archspec.arguments import VALUES, takes
from archspec.errors import Diagnostic, Source, SpecError
from archspec.recipe.document import VERSION, Recipe
from archspec.source import EMPTY, load_source, read_document
from archspec.spec.computed import DEEPEST_VALUE
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.training.faults import tell
from archspec.training.overriding import overridden, place_of

RecipeSource = str | os.PathLike[str] | Source | Mapping[str, Any]
"""A path, a text with its name, or a document of Python values."""

_HINT = "a recipe is a mapping: recipe: 1, network: lenet, data: {source: mnist}, loss: CrossEntropy"

_NO_MAPPING = frozenset(("no-document", "empty-document"))
"""The codes of faults of a text that is neither a mapping nor a list; their hint is about networks."""


@dataclass(frozen=True, slots=True)
class WrittenRecipe:
    """A recipe, and its document for the places of faults. Relative paths in it begin at the folder.

    The paths of its data and of its initial weights are absolute.
    """

    recipe: Recipe
    place: Place
    folder: Path


@takes(changes=VALUES)
def read_recipe(source: RecipeSource, changes: Mapping[str, Any] | None = None) -> WrittenRecipe:
    """Read a recipe. `changes` are values by dotted paths, `optimizer.learning_rate`, in place of the document's.

    No framework is imported, and nothing in a recipe runs. Raises `SpecError` with all faults.
    """
    value: Any = source
    faults: tuple[Diagnostic, ...] = ()
    if isinstance(source, str | os.PathLike):
        source = load_source(Path(source))
    if isinstance(source, Source):
        value, faults = read_document(source, json=source.text.lstrip()[:1] == "{")
    report = Report(replace(each, hint=_HINT) if each.code in _NO_MAPPING else each for each in faults)
    if not isinstance(value, dict):
        if not faults:
            report.error("no-recipe", "this is no recipe", Place(value).where, hint=_HINT)
        raise SpecError(report.told)
    recipe = _checked(value, changes or {}, report)
    if recipe is None or report.failed:
        raise SpecError(report.told)
    file = source.file if isinstance(source, Source) else None
    folder = (file.parent if file is not None else Path()).absolute()
    place = place_of(value, changes or {})
    return WrittenRecipe(_located(recipe, folder), place, folder)


def _located(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with absolute paths of its data and of its initial weights."""
    start = recipe.weights
    if start is not None:
        start = start.model_copy(update={"file": str(folder / start.file)})
    return recipe.model_copy(update={"data": recipe.data.located(folder), "weights": start})


def _checked(value: dict[str, Any], changes: Mapping[str, Any], report: Report) -> Recipe | None:
    """The recipe; None if it has a fault, which goes into the report."""
    place = place_of(value, changes)
    changed = {path: _plain(each, place.inside(*path.split(".")), report) for path, each in changes.items()}
    plain = overridden(_plain(value, Place(value), report), changed, report)
    version = plain.get("recipe", VERSION)
    if type(version) is not int:
        message = f"`recipe` must be {VERSION}, not {describe(version)}"
        report.error("wrong-value", message, place.inside("recipe").where)
    elif version != VERSION:
        message = f"this archspec reads recipes of version {VERSION}, and this one has {describe(version)}"
        report.error("wrong-version", message, place.inside("recipe").where)
        return None
    try:
        return Recipe.model_validate(plain)
    except ValidationError as error:
        for diagnostic in tell(Recipe, error, plain, place):
            report.add(diagnostic)
        return None


def _plain(value: Any, place: Place, report: Report) -> Any:
    """Mappings and lists without their positions. A key without a value is reported and left out.

    Raises `SpecError` for values that nest too deeply, as Python's may.
    """
    if len(place.path) > DEEPEST_VALUE:
        report.error("too-deep", f"values nest more than {DEEPEST_VALUE} deep here", place.where)
        raise SpecError(report.told)
    if isinstance(value, dict):
        for key, entry in value.items():
            if entry is EMPTY:
                where = place.inside(key).where
                report.add(Diagnostic("no-value", f"`{key}` has no value", where, "write its value, or leave it out"))
        return {key: _plain(each, place.inside(key), report) for key, each in value.items() if each is not EMPTY}
    if isinstance(value, list | tuple):
        return [_plain(each, place.inside(index), report) for index, each in enumerate(value) if each is not EMPTY]
    return value
