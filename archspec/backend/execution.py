"""Emitted source as a live module, and the checks before a model is built."""

from __future__ import annotations

import hashlib
import linecache
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from archspec.backend import DEVICES, DTYPES
from archspec.errors import ArchspecError


def check_device(word: str) -> None:
    """Raises `ArchspecError` unless the word is one of `DEVICES`."""
    if word not in DEVICES:
        raise ArchspecError(f"there is no device {word!r}: it may be {', '.join(DEVICES)}")


def check_dtype(word: str) -> None:
    """Raises `ArchspecError` unless the word is one of `DTYPES`."""
    if word not in DTYPES:
        raise ArchspecError(f"there is no dtype {word!r}: it may be {', '.join(DTYPES)}")


def execute(source: str, name: str) -> ModuleType:
    """Execute source as a module called after the network and the source: the same source is the same module.

    Tracebacks show its lines, and `inspect` finds them, although there is no file.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    module = ModuleType(f"archspec_{''.join(c if f'_{c}'.isidentifier() else '_' for c in name)}_{digest}")
    if module.__name__ in sys.modules:
        return sys.modules[module.__name__]
    module.__file__ = f"<{module.__name__}>"
    linecache.cache[module.__file__] = (len(source), None, source.splitlines(keepends=True), module.__file__)
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, module.__file__, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


class LiveWeights(Mapping[str, Any]):
    """Weights that are read from a model when they are asked for: copies of all would take as much memory again."""

    def __init__(self, names: Iterable[str], read: Callable[[str], Any]) -> None:
        self._names = tuple(names)
        self._read = read

    def __getitem__(self, name: str) -> Any:
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @classmethod
    def of(cls, names: Iterable[str], read: Callable[[str], Any], average: Callable[[str], Any] | None) -> LiveWeights:
        """Weights, and their moving averages if there are any, whose names begin with `average of `."""
        own = list(names)
        if average is None:
            return cls(own, read)
        averages = {f"{AVERAGE}{name}": name for name in own}
        return cls([*own, *averages], lambda name: average(averages[name]) if name in averages else read(name))


AVERAGE = "average of "
"""Before the name of a weight whose moving average is meant."""


def in_float64(batch: Mapping[str, Any]) -> dict[str, Any]:
    """A batch with its floating-point arrays in float64."""
    return {name: array.astype("float64") if array.dtype.kind == "f" else array for name, array in batch.items()}
