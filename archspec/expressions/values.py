"""The operators on values, and the bounds of values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, Final

from archspec.advice import SAY_THE_SIZE, Advice

NO_VALUE = object()
"""Stands for the missing value of a name, which was reported."""


class AnyLength:
    """The type of `ANY_LENGTH`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "?"


ANY_LENGTH: Final = AnyLength()
"""Stands in a shape for an axis of any length. A shape can be handed on, but the axis is no value of its own."""

Number = int | float
Operator = Callable[[object, object], object]

# Integers stay within 64 bits with sign, lists and texts within this many elements (counted with those of inner lists).
INTEGER_LIMIT = 2**63
MOST_ELEMENTS = 10_000
DEEPEST = 50

_PLAIN = (int, float, str, type(None))


class OperationError(Exception):
    """An operation without a value.

    `operand` is the index of the faulty operand; None means all of them. `unknown` is a word that is no key of a
    mapping, with the mapping's keys. `hint` is advice.
    """

    def __init__(
        self,
        message: str,
        *,
        operand: int | None = None,
        unknown: tuple[str, Sequence[str]] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operand = operand
        self.unknown = unknown
        self.hint = hint


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a truth value"),
    (int, "an integer"),
    (float, "a float"),
    (str, "a text"),
    ((list, tuple), "a list"),
    (Mapping, "a mapping"),
    (type(None), "null"),
    (AnyLength, "an axis of any length"),
)


def kind(value: object) -> str:
    """The description of a value's type in messages."""
    return next((word for types, word in _KINDS if isinstance(value, types)), f"a {type(value).__name__} object")


def number(value: object, user: str, operand: int) -> Number:
    """The operand as a plain number within the bounds; otherwise a fault that says that `user` takes numbers."""
    if isinstance(value, int):
        return _bounded(int(value), "the integer", operand)
    if isinstance(value, float):
        return _bounded(float(value), "the value", operand)
    raise OperationError(f"{user} takes numbers, not {kind(value)}", operand=operand)


def integer(value: object, user: str, operand: int) -> int:
    """The operand as an integer within the bounds; truth values are not integers here."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(_bounded(int(value), "the integer", operand))
    raise OperationError(f"{user} takes an integer, not {kind(value)}", operand=operand)


def bounded(value: Number) -> Number:
    """A result after checking its bounds."""
    if type(value) is int and -INTEGER_LIMIT < value < INTEGER_LIMIT:
        return value
    return _bounded(value, "the result", None)


def _bounded(value: Number, what: str, operand: int | None) -> Number:
    if isinstance(value, float):
        if not isfinite(value):
            raise OperationError(f"{what} is not a finite number", operand=operand)
    elif not -INTEGER_LIMIT < value < INTEGER_LIMIT:
        raise OperationError(f"{what} does not fit in 64 bits", operand=operand)
    return value


def sized(value: object, operand: int | None = None) -> object:
    """A value after checking that it has at most `MOST_ELEMENTS` elements in total and at most `DEEPEST` levels.

    Counting stops at the bound, so a list that contains itself takes no longer than others. Values from Python may
    contain objects of any type, which are refused.
    """
    count = 0
    pending: list[tuple[object, int]] = [(value, 0)]
    while pending:
        container, depth = pending.pop()
        if isinstance(container, Mapping):
            container = list(container.values())
        if not isinstance(container, (list, tuple, str)):
            if container is ANY_LENGTH:
                raise _no_length(operand)
            if not isinstance(container, _PLAIN):
                raise OperationError(f"{kind(container)} is no value of the language", operand=operand)
            continue
        count += len(container)
        if count > MOST_ELEMENTS or depth > DEEPEST:
            message = f"more than {MOST_ELEMENTS} elements" if depth <= DEEPEST else "lists nest too deep"
            raise OperationError(message, operand=operand)
        if not isinstance(container, str):
            pending.extend((element, depth + 1) for element in container)
    return value


def _no_length(operand: int | None) -> OperationError:
    return OperationError("an axis of any length has no number", operand=operand, hint=Advice.of(SAY_THE_SIZE))


def text_of(value: object) -> str:
    """A value as a part of a text: a text itself, or a number in Python's notation; other values cannot be parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(bounded(value))
    raise OperationError(f"{kind(value)} cannot be part of a text")


def _arithmetic(symbol: str, compute: Callable[[Any, Any], Number]) -> Operator:
    user = f'"{symbol}"'

    def operate(left: object, right: object) -> Number:
        # For integers, by far the most frequent, the bound of the result is enough.
        if type(left) is not int or type(right) is not int:
            left, right = number(left, user, 0), number(right, user, 1)
        try:
            return bounded(compute(left, right))
        except ZeroDivisionError:
            raise OperationError("division by zero", operand=1) from None
        except OverflowError:
            raise OperationError("the result is too large") from None

    return operate


def _power(base: Number, exponent: Number) -> Number:
    # |base| >= 2**(bits - 1), so every refused power exceeds the bound, and at most 128 bits are computed.
    if isinstance(base, int) and isinstance(exponent, int) and (base.bit_length() - 1) * exponent >= 63:
        raise OperationError("the result does not fit in 64 bits")
    result: object = base**exponent
    if not isinstance(result, (int, float)):
        raise OperationError("the result is not a real number")
    return result


_add_numbers = _arithmetic("+", operator.add)
_multiply_numbers = _arithmetic("*", operator.mul)


def _add(left: object, right: object) -> object:
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _add_numbers(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return sized(left + right)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return sized([*left, *right])
    if isinstance(left, (str, list, tuple)) or isinstance(right, (str, list, tuple)):
        raise OperationError(f'"+" takes two numbers, two texts or two lists, not {kind(left)} and {kind(right)}')
    return _add_numbers(left, right)


def _multiply(left: object, right: object) -> object:
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _multiply_numbers(left, right)
    for repeated, times in ((left, right), (right, left)):
        if isinstance(repeated, (str, list, tuple)):
            if not isinstance(times, int) or isinstance(times, bool):
                raise OperationError(
                    f'"*" takes two numbers, or an integer and a list, not {kind(left)} and {kind(right)}'
                )
            copies = max(0, integer(times, '"*"', 1 if repeated is left else 0))
            if len(repeated) * copies > MOST_ELEMENTS:
                raise OperationError(f"more than {MOST_ELEMENTS} elements")
            return sized(repeated * copies if isinstance(repeated, str) else list(repeated) * copies)
    return _multiply_numbers(left, right)


ARITHMETIC: dict[type[ast.operator], Operator] = {
    ast.Add: _add,
    ast.Sub: _arithmetic("-", operator.sub),
    ast.Mult: _multiply,
    ast.Div: _arithmetic("/", operator.truediv),
    ast.FloorDiv: _arithmetic("//", operator.floordiv),
    ast.Mod: _arithmetic("%", operator.mod),
    ast.Pow: _arithmetic("**", _power),
}

UNARY: dict[type[ast.unaryop], Callable[[object], object]] = {
    ast.Not: operator.not_,
    ast.USub: lambda value: -number(value, '"-"', 0),
    ast.UAdd: lambda value: +number(value, '"+"', 0),
}

# Values that compare in constant time; other values are counted first.
_SCALARS = frozenset({bool, int, float, type(None)})


def _equal(left: object, right: object) -> bool:
    if type(left) not in _SCALARS:
        sized(left, 0)
    if type(right) not in _SCALARS:
        sized(right, 1)
    return bool(left == right)


def _contains(item: object, container: object) -> bool:
    if isinstance(container, str):
        if isinstance(item, str):
            return item in container
        raise OperationError(f"only a text can be in a text, not {kind(item)}", operand=0)
    if isinstance(container, Mapping):
        return isinstance(item, str) and item in container
    if isinstance(container, (list, tuple)):
        sized(item, 0)
        sized(container, 1)
        return item in container
    raise OperationError(f'"in" takes a list, a text or a mapping, not {kind(container)}', operand=1)


def _ordered(symbol: str, compare: Callable[[Any, Any], bool]) -> Operator:
    def operate(left: object, right: object) -> bool:
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if numbers or (isinstance(left, str) and isinstance(right, str)):
            return bool(compare(left, right))
        raise OperationError(f'"{symbol}" compares two numbers or two texts, not {kind(left)} and {kind(right)}')

    return operate


COMPARISONS: dict[type[ast.cmpop], Operator] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _ordered("<", operator.lt),
    ast.LtE: _ordered("<=", operator.le),
    ast.Gt: _ordered(">", operator.gt),
    ast.GtE: _ordered(">=", operator.ge),
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
}


def element(container: object, index: object) -> object:
    """`container[index]`, counted from 0, from the end if negative; a mapping's value for a text."""
    if isinstance(container, Mapping):
        if isinstance(index, str) and index in container:
            return container[index]
        keys = [key for key in container if isinstance(key, str)]
        unknown = (index, keys) if isinstance(index, str) else None
        raise OperationError("the mapping has no such key", operand=1, unknown=unknown)
    if not isinstance(container, (list, tuple, str)):
        raise OperationError(f"only a list, a text or a mapping has elements, not {kind(container)}", operand=0)
    position = integer(index, "an index", 1)
    if -len(container) <= position < len(container):
        found: object = container[position]
        if found is ANY_LENGTH:
            raise _no_length(None)
        return found
    raise OperationError(f"index {position} is out of range: there are {len(container)} elements", operand=1)
