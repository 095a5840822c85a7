"""Checks the types of the API's arguments before any work."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import ParamSpec, TypeVar

from archspec.errors import ArgumentError

P = ParamSpec("P")
R = TypeVar("R")

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of argument: its description for messages, a test, and a conversion if it is needed."""

    words: str
    holds: Callable[[object], bool]
    example: str = ""

    def check(self, argument: str, value: object) -> None:
        """Raise `ArgumentError` unless the argument of this name may have the value."""
        if not self.holds(value):
            example = f": {argument}={self.example}" if self.example else ""
            raise ArgumentError(f"{argument} is {self.words}, not {_described(value)}{example}")


def one_of(*words: str) -> Kind:
    """One of these words."""
    return Kind(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


def takes(**kinds: Kind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorates a function to check these arguments. An argument whose default is None may be None."""

    def checking(function: Callable[P, R]) -> Callable[P, R]:
        parameters = signature(function).parameters

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            given = {**dict(zip(parameters, args, strict=False)), **kwargs}
            for name, kind in kinds.items():
                value = given.get(name, parameters[name].default)
                if value is not parameters[name].default:
                    kind.check(name, value)
            return function(*args, **kwargs)

        return checked

    return checking


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_path(value: object) -> bool:
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    return isinstance(path, str) and "\0" not in path


def _is_whole(value: object) -> bool:
    """Whether a value is an int of Python or NumPy."""
    try:
        return not isinstance(value, bool) and abs(operator.index(value)) < 2**63  # type: ignore[arg-type]
    except TypeError:
        return False


def _is_count(value: object) -> bool:
    return _is_whole(value) and operator.index(value) > 0  # type: ignore[arg-type]


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _has_names(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


def _has_names_for_names(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(word, str) for item in value.items() for word in item)


def _are_paths(value: object) -> bool:
    return isinstance(value, str) or _has_names_for_names(value) or _are_texts(value)


def _are_texts(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(word, str) for word in value)


def _are_whole(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes) and all(map(_is_whole, value))


def _are_files(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes) and all(map(_is_path, value))


TEXT = Kind("a text", _is_text)
PATH = Kind("a path", _is_path)
WHOLE = Kind("a whole number below 2**63", _is_whole)
COUNT = Kind("a whole number above 0", _is_count)
FUNCTION = Kind("a function", callable)
TRUTH = Kind("True or False", _is_truth)
VALUES = Kind("a mapping of names to values", _has_names, "{...}")
SHAPES = Kind("a mapping of names to shapes", _has_names, "{...}")
ARRAYS = Kind("a mapping of names to arrays", _has_names, "{...}")
NAMES = Kind("a mapping of names to names", _has_names_for_names, "{...}")
PATHS = Kind("a path, a sequence of paths or a mapping of names to paths", _are_paths, '["layer1", "layer2"]')
FILES = Kind("a sequence of paths", _are_files, "[...]")
TEXTS = Kind("a sequence of texts", _are_texts, "[...]")
WHOLES = Kind("a sequence of whole numbers", _are_whole, "[1, 8]")


def _described(value: object) -> str:
    """A value in a message: a short text itself, otherwise its type; for a mapping, the items that are no texts."""
    if isinstance(value, str):
        return repr(value[:_LONGEST_SHOWN])
    inside = {type(part).__name__ for item in value.items() for part in item} if isinstance(value, Mapping) else set()
    kinds = sorted(inside - {"str"})
    return f"{type(value).__name__} of {' and '.join(kinds)}" if kinds else type(value).__name__
