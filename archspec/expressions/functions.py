"""The functions of the language: a closed list."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archspec.expressions.values import MOST_ELEMENTS, Number, OperationError, bounded, element, integer, kind, number

# Rounding to more digits changes no float, and takes Python more and more time.
_MOST_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its notation, its value, and its smallest and largest number of arguments (None: any number)."""

    signature: str
    meaning: str
    least: int
    most: int | None
    call: Callable[..., object]


def _numbers(user: str, values: object) -> list[Number]:
    """The elements of a function's only argument, which must be numbers."""
    if not isinstance(values, (list, tuple)):
        raise OperationError(f"{user} takes a list, not {kind(values)}", operand=0)
    return [number(value, user, 0) for value in values]


def _extreme(user: str, choose: Callable[[list[Any]], object]) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        alone = len(arguments) == 1
        values = arguments[0] if alone else arguments
        if not isinstance(values, (list, tuple)):
            raise OperationError(f"{user} takes a list or several values, not {kind(values)}", operand=0)
        if not values:
            raise OperationError(f"{user} of an empty list", operand=0)
        if not all(isinstance(value, str) for value in values):
            for position, value in enumerate(values):
                number(value, user, 0 if alone else position)
        return choose(list(values))

    return call


def _round(value: object, digits: object = None) -> object:
    rounded = number(value, "round", 0)
    if digits is None:
        return bounded(round(rounded))
    places = integer(digits, "round", 1)
    if abs(places) > _MOST_DIGITS:
        raise OperationError(f"round takes at most {_MOST_DIGITS} digits", operand=1)
    return bounded(round(rounded, places))


def _length(value: object) -> int:
    if isinstance(value, (list, tuple, str, Mapping)):
        return len(value)
    raise OperationError(f"len takes a list, a text or a mapping, not {kind(value)}", operand=0)


def _sqrt(value: object) -> float:
    square = number(value, "sqrt", 0)
    if square < 0:
        raise OperationError("sqrt of a negative number", operand=0)
    return math.sqrt(square)


def _range(first: object, end: object = None) -> list[int]:
    bound = integer(first, "range", 0)
    start, stop = (0, bound) if end is None else (bound, integer(end, "range", 1))
    if stop - start > MOST_ELEMENTS:
        raise OperationError(f"more than {MOST_ELEMENTS} elements")
    return list(range(start, stop))


def _divisible(value: object, by: object) -> object:
    """The channel count of a scaled MobileNet or EfficientNet.

    Source: `make_divisible` in research/slim/nets/mobilenet/mobilenet.py of github.com/tensorflow/models, which
    torchvision follows: the nearest multiple, halves up, at least one of them, and never over 10 % below the value.
    """
    wanted, step = number(value, "divisible", 0), integer(by, "divisible", 1)
    if step < 1:
        raise OperationError("divisible takes a positive divisor", operand=1)
    multiple = max(step, int(wanted + step / 2) // step * step)
    return bounded(multiple + step if multiple < 0.9 * wanted else multiple)


def _column(rows: object, key: object) -> list[object]:
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        raise OperationError(f"column takes a list of mappings, not {kind(rows)}", operand=0)
    return [element(row, key) for row in rows]


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function("abs(x)", "x without its sign", 1, 1, lambda x: abs(number(x, "abs", 0))),
    "ceil": Function("ceil(x)", "the integer above", 1, 1, lambda x: bounded(math.ceil(number(x, "ceil", 0)))),
    "column": Function("column(rows, key)", "the list of the values that the mappings have for a key", 2, 2, _column),
    "divisible": Function(
        "divisible(x, by)", "the multiple of `by` nearest to x, at least `by` and 0.9 x (MobileNet)", 2, 2, _divisible
    ),
    "floor": Function("floor(x)", "the integer below", 1, 1, lambda x: bounded(math.floor(number(x, "floor", 0)))),
    "int": Function("int(x)", "x without its fraction", 1, 1, lambda x: bounded(int(number(x, "int", 0)))),
    "len": Function("len(list)", "how many elements, characters or keys", 1, 1, _length),
    "max": Function("max(list), max(a, b, ...)", "the largest", 1, None, _extreme("max", max)),
    "min": Function("min(list), min(a, b, ...)", "the smallest", 1, None, _extreme("min", min)),
    "range": Function("range(n), range(a, b)", "the list 0, 1, ... n - 1, or a, ... b - 1", 1, 2, _range),
    "round": Function("round(x), round(x, digits)", "the nearest, halves to even, as in Python", 1, 2, _round),
    "sqrt": Function("sqrt(x)", "the square root", 1, 1, _sqrt),
    "sum": Function("sum(list)", "the sum of numbers", 1, 1, lambda values: bounded(sum(_numbers("sum", values)))),
}
