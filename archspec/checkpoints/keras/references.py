"""The calls of a layer in Keras's configuration, `inbound_nodes`: the form of Keras 2 and that of Keras 3.

Keras 2 has `[["conv1", 0, 0, {}], ...]` for a call: the layer that made a value, which of its calls that was, which of
the results it is, and the other arguments. Keras 3 has `{"args": [...], "kwargs": {...}}` with a mapping for each
value, whose `keras_history` has the same three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from archspec.checkpoints.keras.fields import Fields, as_count, as_list, as_text, refuse

_TENSOR = "__keras_tensor__"
_CONSTANT = "_CONSTANT_VALUE"
_SILENT: Mapping[str, tuple[object, ...]] = {"training": (None, False), "mask": (None,)}
"""Arguments of a call, with the values that change nothing outside of training."""

_DEEPEST = 16
_MOST = 2000
"""Bounds: the nesting of the arguments of a call, and their number."""


class Reference(NamedTuple):
    """A value by the name of the layer that made it, the number of that layer's call, and the number of the result."""

    layer: str
    call: int
    number: int


class Arguments(NamedTuple):
    """The values that a call reads, in order, and a phrase for each other argument that has an effect."""

    values: tuple[Reference, ...]
    others: tuple[str, ...]


def arguments(node: object, place: str) -> Arguments:
    """The arguments of a call in either form."""
    if isinstance(node, dict):
        fields = Fields(node, place)
        given = list(_read(fields.list("args"), f"{place}.args", _DEEPEST))
        named = fields.get("kwargs") or {}
        for key, value in Fields(named, f"{place}.kwargs").value.items():
            given += _named(key, value, f"{place}.kwargs.{key}")
    else:
        given = list(_read_old(node, place, _DEEPEST))
    if len(given) > _MOST:
        refuse(place, f"has {len(given)} arguments")
    values = tuple(each for each in given if isinstance(each, Reference))
    return Arguments(values, tuple(each for each in given if isinstance(each, str)))


def references(value: object, place: str) -> tuple[Reference, ...]:
    """The inputs or outputs of a model: one reference, a list of them, or a mapping."""
    return tuple(each for each in _read_old(value, place, _DEEPEST) if isinstance(each, Reference))


def _named(key: str, value: object, place: str) -> Iterator[Reference | str]:
    """The argument of a name: values that it has, or a phrase if it changes the function."""
    found = list(_read(value, place, _DEEPEST))
    tensors = [each for each in found if isinstance(each, Reference)]
    if tensors and key != "mask":
        yield from tensors
    elif tensors or not all(each in _SILENT.get(key, (None,)) for each in _leaves(value, _DEEPEST)):
        yield f"the argument `{key}`"


def _leaves(value: object, depth: int) -> Iterator[object]:
    if isinstance(value, list) and depth:
        for each in value:
            yield from _leaves(each, depth - 1)
    else:
        yield value


def _read(value: Any, place: str, depth: int) -> Iterator[Reference | str]:
    """The values in an argument of Keras 3, in the order in which Keras flattens it: mappings by their keys."""
    if not depth:
        refuse(place, "is nested too deeply")
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _read(each, f"{place}[{index}]", depth - 1)
    elif isinstance(value, dict) and value.get("class_name") == _TENSOR:
        yield _reference(Fields(value, place).inside("config").list("keras_history"), place)
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from _read(value[key], f"{place}.{key}", depth - 1)
    elif value is not None:
        yield "an argument that is no layer's value"


def _read_old(value: Any, place: str, depth: int) -> Iterator[Reference | str]:
    """The values in a call of Keras 2."""
    if not depth:
        refuse(place, "is nested too deeply")
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _read_old(value[key], f"{place}.{key}", depth - 1)
        return
    found = as_list(value, place)
    if found and isinstance(found[0], str):
        yield from _call(found, place, depth)
        return
    for index, each in enumerate(found):
        yield from _read_old(each, f"{place}[{index}]", depth - 1)


def _call(value: Any, place: str, depth: int) -> Iterator[Reference | str]:
    """One value of Keras 2, and the other arguments beside it."""
    if value[0] == _CONSTANT:
        yield "an argument that is no layer's value"
        return
    yield _reference(value[:3], place)
    for key, each in Fields(value[3], f"{place}[3]").value.items() if len(value) > 3 else ():
        is_value = isinstance(each, list) and len(each) in (3, 4) and isinstance(each[0], str)
        if is_value and key != "mask":
            yield from _call(each, f"{place}[3].{key}", depth - 1)
        elif is_value or not all(leaf in _SILENT.get(key, (None,)) for leaf in _leaves(each, depth)):
            yield f"the argument `{key}`"


def _reference(value: object, place: str) -> Reference:
    found = as_list(value, place)
    if len(found) != 3:
        refuse(place, "is no name and two numbers")
    return Reference(as_text(found[0], place), as_count(found[1], place), as_count(found[2], place))
