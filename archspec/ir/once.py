"""An attribute that is computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

Value = TypeVar("Value")


class once(Generic[Value]):  # noqa: N801
    """`functools.cached_property` without its lock, which before Python 3.12 takes longer than most of what is kept.

    The value is what it is whoever computes it, so there is no harm if two threads do.
    """

    def __init__(self, compute: Callable[..., Value]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> Value:
        if instance is None:  # asked of the class, as `help` does
            return cast(Value, self)
        # The instance's own attribute comes before this one from now on.
        value = instance.__dict__[self._name] = self._compute(instance)
        return value
