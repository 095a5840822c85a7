"""The kinds of values that attributes take: each checks what the language allows and normalises it.

Messages are shown to users after the attribute's name. A message that refuses a word has the words that exist in its
context as `known`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

LIMIT = 2**31
"""Sizes stay below this: both frameworks keep them in 32 bits somewhere."""


@dataclass(frozen=True, slots=True)
class Check:
    """Says in an annotation that this function alone validates and normalises the field.

    pydantic's PlainValidator builds the annotated type's schema as well, which takes longer than the rest of the
    class, and its serializer warns of every tuple that was dumped as a list.
    """

    function: Callable[[object], object]
    written: Callable[[Any], object] | None = None
    """Makes a value of a document from the field's; None if it is one."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """The schema that pydantic asks annotations for."""
        written = None if self.written is None else core_schema.plain_serializer_function_ser_schema(self.written)
        return core_schema.no_info_plain_validator_function(self.function, serialization=written)


def refuse(message: str) -> NoReturn:
    """Raise the error that pydantic shows with this very message."""
    raise PydanticCustomError("attribute", "{message}", {"message": message})


def one_of(value: object, known: Iterable[str], what: str) -> str:
    """A word out of a closed list; `what` says what it is one of."""
    known = tuple(known)
    if isinstance(value, str) and value in known:
        return value
    if not isinstance(value, str):
        refuse(f"must be the name of an {what}")
    raise PydanticCustomError(
        "unknown_word", 'no {what} is called "{value}"', {"what": what, "value": value, "known": known}
    )


def whole(value: object, minimum: int, otherwise: str = "must be a whole number") -> int:
    """A whole number from `minimum` to 2**31 - 1."""
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(otherwise)
    if value < minimum:
        refuse(f"must be at least {minimum}")
    if value >= LIMIT:
        refuse(f"must be below {LIMIT}")
    return value


def pair(value: object, minimum: int) -> tuple[int, int]:
    """A whole number for both axes, or [vertical, horizontal]."""
    otherwise = "must be a whole number or [vertical, horizontal]"
    if not isinstance(value, list | tuple):
        value = (value, value)
    if len(value) != 2:
        refuse(otherwise)
    return whole(value[0], minimum, otherwise), whole(value[1], minimum, otherwise)


def margins(value: object, otherwise: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """A whole number, [vertical, horizontal] or [[top, bottom], [left, right]]."""
    if not isinstance(value, list | tuple):
        value = (value, value)
    if len(value) != 2:
        refuse(otherwise)
    sides = [side if isinstance(side, list | tuple) else (side, side) for side in value]
    if any(len(side) != 2 for side in sides):
        refuse(otherwise)
    (top, bottom), (left, right) = ([whole(edge, 0, otherwise) for edge in side] for side in sides)
    return (top, bottom), (left, right)


_MARGINS = "a whole number, [vertical, horizontal] or [[top, bottom], [left, right]]"


def _padding(value: object) -> str | tuple[tuple[int, int], tuple[int, int]]:
    if isinstance(value, str):
        word = value.lower()
        return word if word in ("valid", "same") else refuse(f'must be "valid", "same", {_MARGINS}')
    return margins(value, f'must be "valid", "same", {_MARGINS}')


def _flag(value: object) -> bool:
    return value if isinstance(value, bool) else refuse("must be true or false")


def number(
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    below: float | None = None,
    otherwise: str = "must be a number",
) -> Callable[[object], float]:
    """A validator for finite numbers within the bounds."""
    bounds = {"at least": minimum, "above": above, "at most": maximum, "below": below}
    message = " and ".join(f"{words} {bound:g}" for words, bound in bounds.items() if bound is not None)

    def validate(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            refuse(otherwise)
        if not abs(value) <= 3.4e38:
            refuse("must be a number that float32 can hold")
        low = (minimum is None or value >= minimum) and (above is None or value > above)
        high = (maximum is None or value <= maximum) and (below is None or value < below)
        return float(value) if low and high else refuse(f"must be {message}")

    return validate


def _numbers(minimum: float | None = None) -> Callable[[object], float | tuple[float, ...]]:
    """A validator for a number or a list of numbers, from `minimum`."""
    otherwise = "must be a number or a list of numbers"
    one = number(minimum=minimum, otherwise=otherwise)

    def validate(value: object) -> float | tuple[float, ...]:
        if isinstance(value, list | tuple):
            return tuple(map(one, value)) or refuse(otherwise)
        return one(value)

    return validate


def _or_none(validate: Callable[[object], float | tuple[float, ...]]) -> Callable[[object], object]:
    return lambda value: None if value is None else validate(value)


def _axis(value: object) -> int:
    if value == 0 and value is not False:
        refuse("must be an axis counted from 1, or from the end as -1")
    return whole(value, -LIMIT, "must be a whole number")


def _axes(value: object) -> tuple[int, ...] | None:
    axes = value if isinstance(value, list | tuple) else () if value is None else (value,)
    otherwise = "must be axes counted from 1, as [1, 2]"
    return tuple(sorted({whole(axis, 1, otherwise) for axis in axes})) or None


def _target_shape(value: object) -> tuple[int, ...]:
    otherwise = "must be a list of whole numbers, of which one may be -1"
    axes = value if isinstance(value, list | tuple) else (value,)
    sizes = tuple(-1 if axis == -1 else whole(axis, 1, otherwise) for axis in axes)
    return sizes if sizes.count(-1) <= 1 else refuse(otherwise)


def _at_least(minimum: int) -> Callable[[object], int]:
    return lambda value: whole(value, minimum)


def _pair_of(minimum: int) -> Callable[[object], tuple[int, int]]:
    return lambda value: pair(value, minimum)


Size = Annotated[int, Check(_at_least(1))]
"""A whole number from 1."""

Axis = Annotated[int, Check(_axis)]
"""An axis as Keras counts: 0 is the batch, 1 the first of the shape, -1 the last. The batch is refused."""

SharedAxes = Annotated[tuple[int, ...] | None, Check(_axes)]
"""Some axes counted from 1, sorted; none of them is None."""

Whole = Annotated[int, Check(lambda value: whole(value, -LIMIT))]
"""A whole number, below 0 too."""

Pair = Annotated[tuple[int, int], Check(_pair_of(1))]
"""(vertical, horizontal), both from 1."""

PairFromZero = Annotated[tuple[int, int], Check(_pair_of(0))]
"""(vertical, horizontal), both from 0."""

Margins = Annotated[
    tuple[tuple[int, int], tuple[int, int]],
    Check(lambda value: margins(value, f"must be {_MARGINS}")),
]
"""((top, bottom), (left, right)), from 0."""

Padding = Annotated[
    str | tuple[tuple[int, int], tuple[int, int]],
    Check(_padding),
]
"""What a window may reach beyond its input: "valid", "same" or ((top, bottom), (left, right))."""

TargetShape = Annotated[tuple[int, ...], Check(_target_shape)]
"""Axis lengths, at most one of them -1."""

Flag = Annotated[bool, Check(_flag)]
"""True or false."""

Number = Annotated[float, Check(number())]
"""A number that float32 can hold."""

Positive = Annotated[float, Check(number(above=0))]
"""A number above 0."""

NonNegative = Annotated[float, Check(number(minimum=0))]
"""A number from 0."""

Fraction = Annotated[float, Check(number(minimum=0, maximum=1))]
"""A number from 0 to 1."""

Numbers = Annotated[float | tuple[float, ...], Check(_numbers())]
"""A number, or a number for each channel."""

OptionalNumbers = Annotated[float | tuple[float, ...] | None, Check(_or_none(_numbers()))]
"""A number, a number for each channel, or None."""

OptionalNonNegatives = Annotated[float | tuple[float, ...] | None, Check(_or_none(_numbers(minimum=0)))]
"""A number from 0, one for each channel, or None."""

Rate = Annotated[float, Check(number(minimum=0, below=1))]
"""A number from 0 to less than 1."""
