"""Operations in a Keras 3 model, such as `x / 255`: a value and a number are a Rescaling."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archspec.checkpoints.keras.fields import Fields
from archspec.checkpoints.model import INPUTS, FileCall, FileInput, FileLayer, FileModel, FileValue

_OF_NUMBER: Mapping[str, Callable[[float], tuple[float, float]]] = {
    "Add": lambda number: (1, number),
    "Subtract": lambda number: (1, -number),
    "Multiply": lambda number: (number, 0),
    "TrueDivide": lambda number: (1 / number, 0),
    "Divide": lambda number: (1 / number, 0),
}
"""The scale and the offset of `x + number` and others."""

_FUNCTIONS = frozenset({*_OF_NUMBER, "Maximum", "Minimum"})


def is_operation(entry: Fields) -> bool:
    """Whether an entry of a list of layers is a function of `keras.ops`, which has a name and no other argument.

    Keras 3 leaves the module out of an `.h5` file.
    """
    module, config = entry.get("module"), entry.get("config")
    is_bare = isinstance(config, dict) and config.keys() == {"name"}
    return ".ops." in f"{module}." if isinstance(module, str) else is_bare and entry.get("class_name") in _FUNCTIONS


def of_number(entry: Fields, kind: str) -> Mapping[str, object] | None:
    """The attributes of the Rescaling that an operation with a value and a number is; None for anything else."""
    if kind not in _OF_NUMBER or not is_operation(entry):
        return None
    arguments = operands(entry.get("inbound_nodes"))
    if arguments is None:
        return None
    scale, offset = _OF_NUMBER[kind](arguments)
    return {"scale": scale, **({"offset": offset} if offset else {})}


def scaled_sum(entry: Fields) -> FileModel | None:
    """The two layers that keras.applications' `CustomScaleLayer` is; None for another class."""
    module = entry.get("module")
    if entry.get("class_name") != "CustomScaleLayer" or not (module is None or str(module).startswith("keras.")):
        return None
    scale = entry.inside("config").get("scale")
    if not isinstance(scale, int | float) or isinstance(scale, bool):
        return None
    members = {"scale": FileLayer("CustomScaleLayer", "Rescaling", {"scale": scale}), "add": FileLayer("Add", "Add")}
    residual, inner = FileValue(INPUTS, 0), FileValue(INPUTS, 1)
    calls = FileCall("scale", (inner,)), FileCall("add", (residual, FileValue(0, 0)))
    inputs = FileInput("residual", None), FileInput("inner", None)
    return FileModel("", inputs, members, calls, (FileValue(1, 0),))


def operands(nodes: object) -> float | None:
    """The number behind the value in the only call of an operation; None if there is none."""
    if not isinstance(nodes, list) or len(nodes) != 1 or not isinstance(nodes[0], dict):
        return None
    arguments = nodes[0].get("args")
    if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[0], dict):
        return None
    number = arguments[1]
    is_number = isinstance(number, int | float) and not isinstance(number, bool) and 0 < abs(number) < _LARGEST
    return float(number) if is_number else None


_LARGEST = 1e30
