"""The attributes that say what a weight begins as: a name, a number, or an initializer with parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Annotated, Any, NoReturn, get_args

from pydantic_core import PydanticCustomError

from archspec.ir.initializers import (
    NAMED,
    Constant,
    Distribution,
    Mode,
    Orthogonal,
    Random,
    RandomNormal,
    RandomUniform,
    Said,
    TruncatedNormal,
    VarianceScaling,
    shortest,
)
from archspec.layers.attributes import Check, number, one_of, refuse

KEY = "initializer"
"""The key of an initializer's name, in a mapping with its parameters."""

WITH_PARAMETERS: Mapping[str, type[Random]] = MappingProxyType(
    {
        "variance_scaling": VarianceScaling,
        "random_normal": RandomNormal,
        "truncated_normal": TruncatedNormal,
        "random_uniform": RandomUniform,
        "orthogonal": Orthogonal,
    }
)
"""The initializers with parameters, which are the fields of these classes."""

INITIALIZERS: tuple[str, ...] = tuple(dict.fromkeys((*NAMED, *WITH_PARAMETERS)))
"""The names of the initializers: Keras's, and `torch_default`."""

_SYNONYMS = {
    "zero": "zeros",
    "one": "ones",
    "uniform": "random_uniform",
    "normal": "random_normal",
    **{name.title().replace("_", ""): name for name in INITIALIZERS if name != "torch_default"},
}

_MOST = 1e30
"""The largest parameter: values many deviations from the mean are float32 numbers too."""

_any, _above = number(minimum=-_MOST, maximum=_MOST), number(above=0, maximum=_MOST)

_PARAMETERS: Mapping[str, Callable[[object], object]] = MappingProxyType(
    {
        "scale": _above,
        "mode": lambda value: one_of(value, get_args(Mode), "mode"),
        "distribution": lambda value: one_of(value, get_args(Distribution), "distribution"),
        "mean": _any,
        "stddev": _above,
        "minval": _any,
        "maxval": _any,
        "gain": _above,
    }
)


@dataclass(frozen=True, slots=True)
class InitializerFault:
    """One fault of an initializer with parameters.

    `key` is the key that it is about, None for the whole mapping. `known` are the words that could stand there: instead
    of the key if it is `strange`, otherwise instead of its value; there are none where the value must be a number.
    """

    message: str
    key: str | None = None
    known: tuple[str, ...] = ()
    strange: bool = False


def initializer(value: object) -> Said:
    """The initializer in its shortest form; the error of a mapping has all its `InitializerFault`s as `faults`."""
    if isinstance(value, Random):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return shortest(Constant(number()(value)))
    if isinstance(value, dict):
        return shortest(_with_parameters(value))
    if not isinstance(value, str):
        refuse("must be the name of an initializer, a number, or {initializer: NAME, ...} with parameters")
    return shortest(_named(one_of(_SYNONYMS.get(value, value), INITIALIZERS, KEY)))


def written(said: Said) -> object:
    """The initializer as a document says it."""
    if isinstance(said, str | float):
        return said
    name = next(name for name, kind in WITH_PARAMETERS.items() if isinstance(said, kind))
    return {KEY: name, **{field.name: getattr(said, field.name) for field in fields(said)}}


def _named(name: str) -> Constant | Random:
    return NAMED[name] if name in NAMED else WITH_PARAMETERS[name]()


def _with_parameters(value: Mapping[object, object]) -> Constant | Random:
    """The initializer that a mapping says."""
    if KEY not in value:
        _refuse([InitializerFault(f"has no `{KEY}`")])
    try:
        name = value[KEY]
        name = one_of(_SYNONYMS.get(name, name) if isinstance(name, str) else name, INITIALIZERS, KEY)
    except PydanticCustomError as error:
        _refuse([_fault(KEY, error)])
    kind = WITH_PARAMETERS.get(name)
    known = tuple(field.name for field in fields(kind)) if kind is not None else ()
    read: dict[str, Any] = {}
    faults = []
    for key, given in value.items():
        if key == KEY:
            continue
        if key not in known or not isinstance(key, str):
            faults.append(InitializerFault(f"{name} has no parameter `{key}`", str(key), known, strange=True))
            continue
        try:
            read[key] = _PARAMETERS[key](given)
        except PydanticCustomError as error:
            faults.append(_fault(key, error))
    made = kind(**read) if kind is not None and not faults else NAMED[name] if not faults else None
    if isinstance(made, RandomUniform) and made.minval >= made.maxval:
        faults.append(InitializerFault("must have a `minval` below its `maxval`"))
    return _refuse(faults) if made is None or faults else made


def _fault(key: str, error: PydanticCustomError) -> InitializerFault:
    known = (error.context or {}).get("known", ())
    message = error.message()
    return InitializerFault(message if known else f"`{key}` {message}", key, known)


def _refuse(faults: list[InitializerFault]) -> NoReturn:
    raise PydanticCustomError("initializer", "{message}", {"message": faults[0].message, "faults": faults})


def _of_vectors(value: object) -> Said:
    found = initializer(value)
    if found == "torch_default":
        refuse("can be torch_default for kernels and biases only")
    return _of_biases(found)


def _of_biases(value: object) -> Said:
    found = initializer(value)
    return refuse("can be orthogonal for kernels only") if _is_orthogonal(found) else found


def _is_orthogonal(found: Said) -> bool:
    """Whether the initializer needs a weight of two axes or more."""
    return found == "orthogonal" or isinstance(found, Orthogonal)


Initializer = Annotated[Said, Check(initializer, written)]
"""The name of an initializer in Keras's snake case, for which its class name is accepted; the number that every element
is; or a mapping with an initializer's parameters."""

BiasInitializer = Annotated[Said, Check(_of_biases, written)]
"""An `Initializer` for the bias beside a kernel."""

VectorInitializer = Annotated[Said, Check(_of_vectors, written)]
"""An `Initializer` for a weight without a kernel beside it."""
