"""Keras 3's form of HDF5: groups of layers, in which the variables have numbers.

In lists of layers the groups have the classes' names and numbers, in order. Those of layers that are attributes of a
model, as where it is written as a class, have the attributes' names, which tell no order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archspec.checkpoints.checkpoint import natural
from archspec.checkpoints.hdf5_file import Hdf5File
from archspec.weights import Stored, WeightsError

if TYPE_CHECKING:
    import h5py

DEEPEST = 32
MOST = 200_000
"""Levels of groups, and things in them, that a file may have: links can go in circles."""

_VARIABLES = "vars"
_NUMBER = re.compile(r"_\d+$")
_OPTIMIZER = "optimizer"


@dataclass(frozen=True, slots=True)
class Owner:
    """A layer, or a model, that has variables.

    `place` is its group, `kind` that without the numbers which count layers of a class in a list. `name` is its own
    where no other has it, and `path` has those of the models around it, too. `variables` are the group of them.
    """

    place: str
    kind: str
    name: str
    path: str
    variables: Any
    words: tuple[str, ...]

    def tensors(self, source: Hdf5File) -> Iterator[tuple[str, Stored]]:
        """The variables."""
        for word in sorted(self.words, key=natural):
            name = f"{self.name}/{word}"
            yield name, source.stored(name, source.member(self.variables, word))


def owners(source: Hdf5File, file: h5py.File) -> list[Owner]:
    """All that have variables, in the order of their groups' names."""
    found = sorted(_walk(source, file), key=lambda owner: natural(owner.place))
    count = Counter(owner.name for owner in found)
    # Layers of nested models may have one name.
    return [owner if count[owner.name] == 1 else replace(owner, name=owner.place.strip("/")) for owner in found]


@dataclass(frozen=True, slots=True)
class _Place:
    """A group on the way; `outer` is the path of the models around it."""

    group: Any
    place: str
    kind: str
    outer: str
    depth: int


def _walk(source: Hdf5File, file: h5py.File) -> Iterator[Owner]:
    import h5py

    waiting = [_Place(file["/"], "", "", "", 0)]
    seen = 0
    while waiting:
        here = waiting.pop()
        words = list(here.group)
        seen += len(words)
        if here.depth > DEEPEST or seen > MOST:
            raise WeightsError(f"{source.path} has more groups, or deeper ones, than Keras writes")
        inner = here.outer
        is_list = bool(here.place) and _VARIABLES not in words
        if _VARIABLES in words:
            owner = _owner(source, here)
            inner = f"{owner.path}/" if here.place else ""
            if owner.words:
                yield owner
        for word in words:
            if word == _VARIABLES or (word == _OPTIMIZER and not here.place):
                continue
            member = source.member(here.group, word)
            if isinstance(member, h5py.Group):
                kind = f"{here.kind}/{_NUMBER.sub('', word) if is_list else word}"
                waiting.append(_Place(member, f"{here.place}/{word}", kind, inner, here.depth + 1))


def _owner(source: Hdf5File, here: _Place) -> Owner:
    variables = source.member(here.group, _VARIABLES)
    given = source.attribute(variables, "name") if "name" in variables.attrs else ""
    name = str(given) or here.place.strip("/").removeprefix("layers/")
    return Owner(here.place, here.kind, name, f"{here.outer}{name}", variables, tuple(variables))
