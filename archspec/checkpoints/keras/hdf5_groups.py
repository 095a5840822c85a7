"""Keras 3's form of HDF5: a group for each layer, with numbered variables.

The groups of a list of layers are called by class and number, in order. The groups of layers that are attributes of a
model, as in a model written as a class, are called by attribute, and have no order.
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
    """A layer or a model.

    `place` is its group, and `kind` is the group's path without the numbers that count layers of a class in a list.
    `name` is its own name if no other layer has it, and `path` adds the names of the models around it. `words` are its
    variables, of which a layer may have none.
    """

    place: str
    kind: str
    name: str
    path: str
    words: tuple[str, ...]

    def tensors(self, source: Hdf5File, root: h5py.h5g.GroupID) -> Iterator[tuple[str, Stored]]:
        """The variables by name."""
        for word in sorted(self.words, key=natural):
            yield f"{self.name}/{word}", source.stored(root, f"{self.place}/{_VARIABLES}/{word}".lstrip("/"))


def owners(source: Hdf5File, root: h5py.h5g.GroupID, paths: Iterable[str]) -> list[Owner]:
    """All layers and models, in the order of their groups' names."""
    within: dict[str, list[str]] = {}
    for path in paths:
        outer, _, word = path.rpartition("/")
        within.setdefault(outer, []).append(word)
    found = sorted(_walk(source, root, within), key=lambda owner: natural(owner.place))
    count = Counter(owner.name for owner in found if owner.words)
    # Layers of different nested models may have the same name.
    return [
        owner if owner.words and count[owner.name] == 1 else replace(owner, name=owner.place.strip("/"))
        for owner in found
    ]


@dataclass(frozen=True, slots=True)
class _Place:
    """A group during the walk; `outer` is the path of the models around it."""

    place: str
    kind: str
    outer: str


def _walk(source: Hdf5File, root: h5py.h5g.GroupID, within: Mapping[str, Sequence[str]]) -> Iterator[Owner]:
    """The owners in the groups; `within` has the names in each group."""
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
            yield owner
        for word in words:
            if word != _VARIABLES and (word != _OPTIMIZER or here.place):
                kind = f"{here.kind}/{_NUMBER.sub('', word) if is_list else word}"
                waiting.append(_Place(f"{here.place}/{word}", kind, inner))
