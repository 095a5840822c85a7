"""Keras 3's form of HDF5: groups of layers, in which the variables have numbers.

In lists of layers the groups have the classes' names and numbers, in order. Those of layers that are attributes of a
model, as where it is written as a class, have the attributes' names, which tell no order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archspec.checkpoints.checkpoint import natural
from archspec.checkpoints.keras.hdf5_file import Hdf5File
from archspec.weights import Stored

if TYPE_CHECKING:
    import h5py

_VARIABLES = "vars"
_NUMBER = re.compile(r"_\d+$")
_OPTIMIZER = "optimizer"


@dataclass(frozen=True, slots=True)
class Owner:
    """A layer, or a model, that has variables.

    `place` is its group, `kind` that without the numbers which count layers of a class in a list. `name` is its own
    where no other has it, and `path` has those of the models around it, too. `words` are its variables.
    """

    place: str
    kind: str
    name: str
    path: str
    words: tuple[str, ...]

    def tensors(self, source: Hdf5File, root: h5py.h5g.GroupID) -> Iterator[tuple[str, Stored]]:
        """The variables."""
        for word in sorted(self.words, key=natural):
            yield f"{self.name}/{word}", source.stored(root, f"{self.place}/{_VARIABLES}/{word}".lstrip("/"))


def owners(source: Hdf5File, root: h5py.h5g.GroupID, paths: Iterable[str]) -> list[Owner]:
    """All that have variables, in the order of their groups' names."""
    within: dict[str, list[str]] = {}
    for path in paths:
        outer, _, word = path.rpartition("/")
        within.setdefault(outer, []).append(word)
    found = sorted(_walk(source, root, within), key=lambda owner: natural(owner.place))
    count = Counter(owner.name for owner in found)
    # Layers of nested models may have one name.
    return [owner if count[owner.name] == 1 else replace(owner, name=owner.place.strip("/")) for owner in found]


@dataclass(frozen=True, slots=True)
class _Place:
    """A group on the way; `outer` is the path of the models around it."""

    place: str
    kind: str
    outer: str


def _walk(source: Hdf5File, root: h5py.h5g.GroupID, within: Mapping[str, Sequence[str]]) -> Iterator[Owner]:
    """The owners in the groups, of which `within` has the names of what is in each."""
    waiting = [_Place("", "", "")]
    while waiting:
        here = waiting.pop()
        words = within.get(here.place.lstrip("/"), ())
        inner = here.outer
        is_list = bool(here.place) and _VARIABLES not in words
        if _VARIABLES in words:
            path = f"{here.place}/{_VARIABLES}".lstrip("/")
            name = source.text(root, path, "name") or here.place.strip("/").removeprefix("layers/")
            owner = Owner(here.place, here.kind, name, f"{here.outer}{name}", tuple(within.get(path, ())))
            inner = f"{owner.path}/" if here.place else ""
            if owner.words:
                yield owner
        for word in words:
            if word != _VARIABLES and (word != _OPTIMIZER or here.place):
                kind = f"{here.kind}/{_NUMBER.sub('', word) if is_list else word}"
                waiting.append(_Place(f"{here.place}/{word}", kind, inner))
