"""A layer of Keras's configuration in the language's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from archspec.checkpoints.checkpoint import CHANNELS_FIRST
from archspec.checkpoints.keras.fields import Fields, as_text
from archspec.checkpoints.keras.operations import is_operation, of_number
from archspec.checkpoints.keras.vocabulary import (
    ARGUMENTS_OF_TRAINING,
    CLASSES,
    NAMES_ONLY,
    OPERATIONS,
    PACKAGES,
    STATISTICS,
    Row,
)
from archspec.checkpoints.listing import shown
from archspec.checkpoints.model import FileLayer
from archspec.layers.activation import ACTIVATIONS
from archspec.layers.initializers import KEY, WITH_PARAMETERS, initializer

_INITIALIZER = "_initializer"
_FORMAT = "data_format"
_LONGEST_LIST = 64
_KERAS_3 = 3
_PAIRS = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size", "size", "output_size", "output_padding"})
_MARGINS = frozenset({"padding", "cropping"})


def translated(entry: Fields, version: int) -> FileLayer:
    """The layer in an entry of a model's list of layers, as Keras of this version means it."""
    kind = as_text(entry.get("class_name"), f"{entry.place}.class_name")
    config = entry.inside("config")
    if (scaled := of_number(entry, kind)) is not None:
        return FileLayer(kind, "Rescaling", scaled)
    row = _row(entry, kind)
    if row is None:
        return FileLayer(kind)
    lacking: list[str] = []
    left_out: list[str] = []
    attributes: dict[str, object] = {}
    row, ignored = _for_whole_samples(row, config)
    for argument, value in config.value.items():
        if argument in ignored:
            continue
        if attribute := row.attributes.get(argument):
            try:
                attributes[attribute] = _value(attribute, value, version)
            except _Lacking as fault:
                if attribute.endswith(_INITIALIZER):
                    left_out.append(f"{argument} ({fault})")
                else:
                    lacking.append(f"{argument} is {fault}")
        else:
            lacking += _lacking(row, argument, value)
            left_out += _left_out(argument, value)
    is_first = config.get(_FORMAT) == CHANNELS_FIRST
    return FileLayer(kind, row.layer_type, attributes, tuple(lacking), tuple(left_out), is_first)


class _Lacking(Exception):
    """The language has no such value; the message says it."""


def _row(entry: Fields, kind: str) -> Row | None:
    """The row of a layer's class; None if the language lacks the class, or it is another package's."""
    module = entry.get("module")
    if isinstance(module, str) and not any(f"{module}.".startswith(f"{package}.") for package in PACKAGES):
        return None
    if is_operation(entry):
        return CLASSES[kind] if kind in OPERATIONS else None
    return CLASSES.get(kind)


def _for_whole_samples(row: Row, config: Fields) -> tuple[Row, frozenset[str]]:
    """The row of a Dropout that drops whole samples or channels, which are layers of their own; and what that says."""
    shape = config.get("noise_shape")
    if isinstance(shape, dict):
        shape = shape.get("items", shape.get("value"))
    if row.layer_type == "Dropout" and isinstance(shape, list) and len(shape) > 1:
        if all(axis == 1 for axis in shape[1:]):
            return row._replace(layer_type="StochasticDepth"), frozenset({"noise_shape"})
        if shape[1:] == [1, 1, None]:
            return row._replace(layer_type="SpatialDropout2D"), frozenset({"noise_shape"})
    return row, frozenset()


def _lacking(row: Row, argument: str, value: object) -> Iterator[str]:
    """A phrase if an argument without an attribute has a value that matters."""
    if argument in row.only:
        if row.only[argument] and value not in row.only[argument]:
            yield f"{argument} is {_said(value)}"
    elif argument == _FORMAT:
        if value == CHANNELS_FIRST:
            yield f"{_FORMAT} is {CHANNELS_FIRST}"
    elif argument == "dtype":
        if isinstance(value, dict) and "Quantized" in str(value.get("class_name")):
            yield "its weights are quantized"
    elif argument not in NAMES_ONLY and not ARGUMENTS_OF_TRAINING.fullmatch(argument) and value is not None:
        yield f"{argument} is {_said(value)}"


def _left_out(argument: str, value: object) -> Iterator[str]:
    if argument in STATISTICS:
        try:
            if _initial(value) == STATISTICS[argument]:
                return
        except _Lacking:
            pass
        yield argument
    elif ARGUMENTS_OF_TRAINING.fullmatch(argument) and value is not None:
        yield argument


def _value(attribute: str, value: Any, version: int) -> object:
    """The attribute's value for an argument's; raises `_Lacking` if the language has none."""
    if attribute == "activation":
        return _activation(value, version)
    if attribute.endswith(_INITIALIZER):
        return _initial(value)
    if isinstance(value, dict):
        value = _plain(value)
    if attribute == "axis" and isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, list) and len(value) <= _LONGEST_LIST:
        return _short(value) if attribute in _PAIRS | _MARGINS else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str | int | float | None):
        return value
    raise _Lacking(_said(value))


def _plain(value: Mapping[str, Any]) -> object:
    """The number in Keras 2's form for NumPy's."""
    inner = value.get("value", value.get("values"))
    if isinstance(inner, int | float):
        return inner
    raise _Lacking(_said(value))


def _short(value: list[Any]) -> object:
    """`[3, 3]` as 3, and `[[1, 1], [2, 2]]` as `[1, 2]`."""
    inner = [_short(each) if isinstance(each, list) else each for each in value]
    if len(inner) == 2 and type(inner[0]) is int and inner[0] == inner[1]:
        return inner[0]
    return inner if all(type(each) is int for each in inner) else value


def _activation(value: Any, version: int) -> str | None:
    """The name of an activation: Keras 3 has a mapping for a function that is no string."""
    if isinstance(value, dict) and value.get("class_name") == "function":
        value = value.get("config")
    if isinstance(value, dict):
        raise _Lacking(f"the layer or function {_said(value.get('class_name'))}")
    if value == "hard_sigmoid" and version < _KERAS_3:
        raise _Lacking("Keras 2's hard_sigmoid, which has another slope than Keras 3's")
    if value is not None and (not isinstance(value, str) or value not in ACTIVATIONS):
        raise _Lacking(_said(value))
    return value


def _initial(value: Any) -> object:
    """An initializer in the language's form."""
    if isinstance(value, str):
        found: object = value
    elif isinstance(value, dict) and isinstance(value.get("class_name"), str):
        name, config = value["class_name"], value.get("config")
        config = config if isinstance(config, dict) else {}
        found = config.get("value") if name == "Constant" else _with_parameters(name, config)
    else:
        raise _Lacking(_said(value))
    try:
        return initializer(found)
    except PydanticCustomError:
        raise _Lacking(_said(value["class_name"] if isinstance(value, dict) else value)) from None


def _with_parameters(name: str, config: Mapping[str, Any]) -> object:
    word = str(initializer_word(name))
    kind = WITH_PARAMETERS.get(word)
    if kind is None:
        return name
    known = {key: each for key, each in config.items() if key in kind.__dataclass_fields__}
    if known.get("distribution") == "normal":
        known["distribution"] = "truncated_normal"
    return {KEY: word, **known}


def initializer_word(name: str) -> str:
    """The language's word for a class of initializers: `he_normal` for HeNormal."""
    return next((word for word in WITH_PARAMETERS if word.replace("_", "") == name.lower().replace("_", "")), name)


def _said(value: object) -> str:
    """A short value from a file in a message."""
    return shown(str(value)) if isinstance(value, str | int | float | bool | None) else "a structure"
