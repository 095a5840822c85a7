"""The recipe and the data that a name stands for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from archspec import zoo
from archspec.advice import Advice
from archspec.errors import Diagnostic, Source, SpecError
from archspec.ir import TensorType
from archspec.network import Network
from archspec.reading import load
from archspec.recipe.data import WORDS, Data, Folder, Function
from archspec.recipe.source import Kind
from archspec.source import load_source, read_document
from archspec.training.functions import FunctionName
from archspec.training.reading import RecipeSource, WrittenRecipe, read_recipe
from archspec.training.sources import DataValue, count_classes, has_files

_USUAL_FIELDS: Mapping[str, Kind] = MappingProxyType({"image": "image", "label": "label"})
"""The fields that a function gives where no recipe says others."""

_DEFAULT_SIDE = 224
"""The side of images in a folder, for a network that takes any size."""

_VALIDATION = 0.2
_AUXILIARY = 0.3
"""The weight of the loss of each output but the first (Szegedy et al. 2014)."""


def choose_recipe(
    source: RecipeSource, changes: Mapping[str, Any] | None = None, data: DataValue | None = None
) -> WrittenRecipe:
    """The recipe of a file or a document, or for a network: that of its family, or else a usual one.

    A network is the name of one of the zoo, or the file of a spec. `data` are a value of `source_of`, in place of the
    recipe's; a usual recipe needs them. A function gives the fields of the recipe's data, or else `image` and `label`.
    Raises `SpecError`.
    """
    wanted = dict(changes or {})
    if not isinstance(source, str | os.PathLike):
        return _with_data(source, data, wanted)
    path = Path(source)
    if os.path.lexists(path) and not path.is_dir():
        text = load_source(path)
        return _usual(str(path.absolute()), data, wanted) if _is_spec(text) else _with_data(text, data, wanted)
    if path.suffix in (".yaml", ".yml", ".json"):
        raise SpecError((Diagnostic("no-such-file", "there is no such file", str(source)),))
    network = zoo.find_network(str(source))
    if network is None:
        meant = zoo.suggest(str(source))
        hint = f'did you mean "{meant}"?' if meant else "`archspec list` shows the networks of the zoo"
        message = f'there is no file and no network of the zoo called "{source}"'
        raise SpecError((Diagnostic("no-such-network", message, hint=hint),))
    shipped = network.path.parent / "recipes" / network.path.name
    if not shipped.exists():
        return _usual(network.name, data, wanted)
    given = _data_changes(data, read_recipe(shipped).recipe.data.kinds)
    fitting = {"network.spec": network.name, **given, **_fitting_changes(network.name, shipped, given)}
    return read_recipe(shipped, {**fitting, **wanted})


def _is_spec(text: Source) -> bool:
    """Whether a document is a network and no recipe."""
    value = _document(text)
    return isinstance(value, list) or (isinstance(value, dict) and "recipe" not in value and "layers" in value)


def _document(text: Source) -> Any:
    """The value of a document; its faults are told by those who read it."""
    return read_document(text, json=text.text.lstrip()[:1] == "{")[0]


def _with_data(source: RecipeSource, data: DataValue | None, changes: Mapping[str, Any]) -> WrittenRecipe:
    """The recipe with these data in place of its own."""
    if isinstance(data, FunctionName):
        data = data.giving(_fields_of(_document(source) if isinstance(source, Source) else source))
    return read_recipe(source, {**_data_changes(data), **changes})


def _fields_of(document: Any) -> Mapping[str, Kind]:
    """The fields of a document's own data, also of a run's function; the usual ones for data that cannot be read."""
    data = document.get("data") if isinstance(document, Mapping) else None
    source = data.get("source") if isinstance(data, Mapping) else None
    own = isinstance(source, Mapping) and source.get("type") == "Function"
    with suppress(ValidationError):  # these data are replaced, so their faults do not matter
        return Function.model_validate(source).kinds if own else Data.model_validate({"source": source}).kinds
    return _USUAL_FIELDS


def _data_changes(source: DataValue | None, fields: Mapping[str, Kind] = _USUAL_FIELDS) -> dict[str, Any]:
    """The changes of a recipe that reads these data. A function's name gives these fields.

    Their validation is a fraction, or Keras's arrays for tests.
    """
    if source is None:
        return {}
    if isinstance(source, FunctionName):
        source = source.giving(fields)
    if isinstance(source, dict) and source.get("fields") == {"image": "x_train", "label": "y_train"}:
        return {"data.source": source, "data.validation": {**source, "fields": {"image": "x_test", "label": "y_test"}}}
    return {"data.source": source, "data.validation": _VALIDATION}


def _usual(network: str, data: DataValue | None, changes: Mapping[str, Any]) -> WrittenRecipe:
    """A recipe with usual settings for a network, whose inputs and classes are those of the data."""
    given = _data_changes(data)
    source = given.get("data.source")
    if source is None:
        message = f"archspec has no recipe for {network}, so the data have to be said"
        hint = Advice.of("{data}, or digits, mnist1d, a folder of images, an .npz or .parquet file, or module:function")
        raise SpecError((Diagnostic("no-data", message, hint=hint),))
    found = load(network)
    outputs = list(found.outputs)
    losses = {name: {"type": "CrossEntropy", **({"weight": _AUXILIARY} if n else {})} for n, name in enumerate(outputs)}
    document = {
        "recipe": 1,
        "name": found.name,
        "network": {"spec": network, **_fitted(found, source)},
        "data": {"source": source, "validation": given["data.validation"], **resized(found.inputs, source)},
        **({"loss": "CrossEntropy"} if len(outputs) == 1 else {"losses": losses}),
        "optimizer": "Adam",
        "metrics": ["accuracy"],
    }
    return read_recipe(document, changes)


def _fitting_changes(network: str, recipe: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that fit a family's recipe to one of its networks, and to other data than its own."""
    own = read_recipe(recipe).recipe.data.source
    source = data.get("data.source")
    if source is None or WORDS.get(str(source)) == own.type:
        return {}
    found = load(network)
    fitted = {f"network.{key}": value for key, value in _fitted(found, source).items()}
    sized = {} if isinstance(own, Folder) else resized(found.inputs, source)
    return fitted | {f"data.{key}": value for key, value in sized.items()}


def _fitted(network: Network, source: Any) -> dict[str, Any]:
    """The inputs and params that fit a network to the data."""
    document = {"recipe": 1, "network": "lenet", "data": {"source": source}, "loss": "CrossEntropy"}
    data = read_recipe(document).recipe.data
    given, classes = data.source, count_classes(data)
    found: dict[str, Any] = {}
    if classes is not None and any(each.name == "classes" for each in network.settings):
        found["params"] = {"classes": classes}
    if given.shape is not None:
        found["inputs"] = {name: list(given.shape) for name in network.inputs}
    return found


def resized(inputs: Mapping[str, TensorType], source: Any) -> dict[str, Any]:
    """Files of images with the channels of the first input, and transforms that give them its size."""
    if not isinstance(source, dict) or not has_files(source):
        return {}
    *sides, channels = next(iter(inputs.values())).axes
    height, width = (side or _DEFAULT_SIDE for side in sides)
    resize = {"type": "Resize", "size": [height, width], "interpolation": "bilinear", "antialias": True}
    transforms = {"training": [resize, "RandomFlip"], "evaluation": [resize]}
    return {"source": {**source, "channels": channels}, "transforms": transforms}
