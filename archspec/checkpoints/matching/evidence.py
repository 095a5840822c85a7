"""Tests whether the names in a PyTorch file prove that its order is an order of execution.

A state_dict has its layers in the order of definition. The assumptions are: the layers of a module run together, and
the parts of a `Sequential` or a list, which are called 0, 1, 2, run in their order. Attributes may be defined in any
order. If their names differ only by rising numbers, as `conv1` and `conv2`, this supports the file's order, and proves
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from archspec.checkpoints.checkpoint import Word, natural
from archspec.checkpoints.matching.orders import Moves, TooManyStatesError, choices

MOST_PARTS = 256
"""The largest numbers of a module's parts that are compared, and of sets of parts that may have run before a point."""


@dataclass(frozen=True, slots=True)
class Unproved:
    """Layers, by their indices in the file, that another order of definition would match with other layers.

    The names of those in `counted` have rising numbers; only the file's order supports those in `doubtful`.
    """

    counted: frozenset[int] = frozenset()
    doubtful: frozenset[int] = frozenset()


_Tree = dict[str, tuple[int, "_Tree"]]
"""The parts of a module by their names: the index of each part, and its own parts."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a module: its name in the module, and the indices of its layers in the file."""

    name: str
    places: tuple[int, ...]


def unproved(layers: Sequence[str], kinds: Sequence[int]) -> Unproved:
    """The layers whose order the names do not prove; layers of one kind could be exchanged."""
    counted: set[int] = set()
    doubtful: set[int] = set()
    for parts in _modules(layers):
        strings = [tuple(kinds[place] for place in part.places) for part in parts]
        weak = _movable(strings, _befores(parts, only_positions=True))
        strong = _movable(strings, _befores(parts, only_positions=False)) if weak else set()
        doubtful.update(place for index in strong for place in parts[index].places)
        counted.update(place for index in weak - strong for place in parts[index].places)
    return Unproved(frozenset(counted - doubtful), frozenset(doubtful))


def parameters_last(layers: Sequence[str]) -> list[int]:
    """The indices of a file's layers, with a module's own parameters moved behind its parts.

    A state_dict has them before the parts, wherever they are used.
    """
    keys: list[list[int]] = []
    nodes: list[_Tree] = []
    root: _Tree = {}
    for layer in layers:
        node, key = root, []
        for word in layer.split("."):
            rank, node = node.setdefault(word, (len(node), {}))
            key.append(rank)
        keys.append(key)
        nodes.append(node)
    ends = [[*key, len(node)] if node else key for key, node in zip(keys, nodes, strict=True)]
    return sorted(range(len(layers)), key=ends.__getitem__)


def _modules(layers: Sequence[str]) -> Iterator[list[_Part]]:
    """The parts of each module that has several, in the file's order."""
    paths = [layer.split(".") for layer in layers]
    waiting = [(tuple(range(len(paths))), 0)]
    while waiting:
        places, depth = waiting.pop()
        words = {place: paths[place][depth] if depth < len(paths[place]) else "" for place in places}
        parts = [_Part(name, tuple(inner)) for name, inner in groupby(places, words.__getitem__)]
        if len(parts) > 1:
            yield parts
        waiting += [(part.places, depth + 1) for part in parts if part.name and len(part.places) > 1]


def _befores(parts: Sequence[_Part], *, only_positions: bool) -> list[int]:
    """For each part the bit of the part before it by number: by a name that is a number, or by any number in a name."""
    last: dict[tuple[Word, ...], tuple[list[Word], int]] = {}
    found: list[int] = []
    for index, part in enumerate(parts):
        words = natural(part.name)
        family, numbers = tuple(words[::2]), words[1::2]
        before, place = last.get(family, ([], -1))
        counts = bool(numbers) and place >= 0 and (not only_positions or not any(family))
        found.append(1 << place if counts and before < numbers else 0)
        last[family] = numbers, index
    return found


def _movable(strings: Sequence[tuple[int, ...]], before: Sequence[int]) -> set[int]:
    """The parts that other valid orders would move, with the same sequence of kinds."""
    if all(before[index] == 1 << index - 1 for index in range(1, len(strings))):
        return set()
    if len(strings) > MOST_PARTS:
        return _alike(strings)
    whole = tuple(kind for string in strings for kind in string)

    def moves(state: tuple[int, int]) -> Iterator[tuple[int, tuple[int, int]]]:
        used, place = state
        for index, string in enumerate(strings):
            free = not used >> index & 1 and not before[index] & ~used
            if free and whole[place : place + len(string)] == string:
                yield index, (used | 1 << index, place + len(string))

    steps: list[Moves[tuple[int, int], int]] = [moves] * len(strings)
    try:
        possible = choices((0, 0), steps, lambda state: state[1] == len(whole), most=MOST_PARTS) or []
    except TooManyStatesError:
        return _alike(strings)
    return {index for found in possible if len(found) > 1 for index in found}


def _alike(strings: Sequence[tuple[int, ...]]) -> set[int]:
    """The parts that share a kind of layer with another part."""
    owners: dict[int, set[int]] = {}
    for index, string in enumerate(strings):
        for kind in string:
            owners.setdefault(kind, set()).add(index)
    return {index for found in owners.values() if len(found) > 1 for index in found}
