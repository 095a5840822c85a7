"""Finds the tensors of a network in a saved object."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from archspec.checkpoints.listing import shown
from archspec.checkpoints.pickles import Made, PickledArray, array_of
from archspec.checkpoints.pytorch.values import Tensor
from archspec.weights import WeightsError

Tensors = dict[tuple[str, ...], Tensor | PickledArray]
Named = tuple[str | int, object]

_LISTED = 5
_DEEPEST = 8
"""The deepest nesting of dicts around a tensor."""

_DEEPEST_MODULE = 64
"""The deepest nesting of modules around a tensor."""

_ENTRIES, _ENTRY = 1_000_000, 16
"""The number of entries that are searched in any file, and the bytes of a file for each further one."""

_CHARACTERS = 100
"""The largest average number of characters in an entry's names, with those around it."""


def tensors_in(path: Path, saved: object) -> Tensors:
    """The tensors in an object by the keys of the dicts around them, in the object's order.

    A whole module counts as its `state_dict`, and the tensors of a list get the names of numpy.savez. Raises
    `WeightsError` if there are no tensors, or far more entries than the file's length allows.
    """
    if isinstance(saved, list):
        saved = {f"arr_{index}": value for index, value in enumerate(saved)}
    search = _Search(path)
    found: Tensors = {keys: value for keys, each in search.entries(saved) if (value := _tensor(each)) is not None}
    if not found:
        keys = [shown(str(key)) for key, _ in islice(search.children(saved), _LISTED + 1)]
        has = f"; it has {', '.join(keys[:_LISTED])}{' and more' if len(keys) > _LISTED else ''}" if keys else ""
        raise WeightsError(f"{path} has no state_dict{has}")
    # NumPy arrays beside PyTorch's tensors are records of the training.
    tensors: Tensors = {keys: value for keys, value in found.items() if isinstance(value, Tensor)}
    return tensors or found


class _Search:
    """Walks through an object and counts entries: a dict can be in many places of others, and a module in itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = _ENTRIES + path.stat().st_size // _ENTRY
        self._characters = self._entries * _CHARACTERS

    def entries(self, value: object, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
        """All entries of a dict and of its nested dicts."""
        if len(keys) == _DEEPEST or isinstance(value, Tensor):
            return
        around = sum(map(len, keys))
        for name, inner in self.children(value):
            word = str(name)
            self._count(1, around + len(word))
            yield (*keys, word), inner
            yield from self.entries(inner, (*keys, word))

    def children(self, value: object) -> Iterator[Named]:
        """The named children of an object: a dict's items, or a module's tensors."""
        return self._of_module(value) if isinstance(value, Made) and _is_module(value) else _items(value)

    def _of_module(self, module: Made) -> Iterator[Named]:
        """The entries of the module's `state_dict`: its parameters and buffers, and those of its submodules."""
        waiting = [("", 0, module)]
        while waiting:
            prefix, depth, module = waiting.pop()
            if depth > _DEEPEST_MODULE:
                raise WeightsError(f"{self._path} has modules in modules, more than {_DEEPEST_MODULE} deep")
            state = module.state if isinstance(module.state, dict) else {}
            left_out = self._texts(state.get("_non_persistent_buffers_set"))
            for name, value in self._named(prefix, state.get("_parameters")):
                yield name, value
            for name, value in self._named(prefix, state.get("_buffers")):
                if name.removeprefix(prefix) not in left_out:
                    yield name, value
            inner = self._named(prefix, state.get("_modules"))
            found = [(f"{name}.", depth + 1, each) for name, each in inner if isinstance(each, Made)]
            waiting.extend(reversed(found))

    def _named(self, prefix: str, value: object) -> Iterator[tuple[str, object]]:
        for name, each in _items(value):
            self._count(1, len(prefix) + len(str(name)))
            yield f"{prefix}{name}", each

    def _texts(self, value: object) -> frozenset[str]:
        """The texts in a list; hashing other items could end the process."""
        if not isinstance(value, list):
            return frozenset()
        self._count(len(value), 0)
        return frozenset(each for each in value if isinstance(each, str))

    def _count(self, entries: int, characters: int) -> None:
        self._entries -= entries
        self._characters -= characters
        if self._entries < 0 or self._characters < 0:
            raise WeightsError(f"{self._path} has dicts in each other with more entries than could be read")


def _tensor(value: object) -> Tensor | PickledArray | None:
    return value if isinstance(value, Tensor) else array_of(value)


def _is_module(value: Made) -> bool:
    """Whether the object is a whole `nn.Module`, by the attributes that all modules have."""
    return isinstance(value.state, dict) and "_parameters" in value.state


def _items(value: object) -> Iterator[Named]:
    return iter((value.items if isinstance(value, Made) else value if isinstance(value, dict) else {}).items())
