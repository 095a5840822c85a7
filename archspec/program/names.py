"""Names for generated source: always plain ASCII identifiers, never a keyword or a builtin, whatever the spec says."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator

RESERVED = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(dir(builtins)) | {"self", "cls"}
"""What generated code must not use as a name of its own."""

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[^A-Za-z0-9]+")


def snake(word: str) -> str:
    """The name of a function or variable: `BasicBlock` is `basic_block`, `resnext50_32x4d` stays."""
    spaced = _WORD_START.sub("_", word)
    return _start_with_letter(_NOT_WORD.sub("_", spaced).strip("_").lower(), "n")


def camel(word: str) -> str:
    """The name of a class: `bottleneck` is `Bottleneck`, `vgg11_bn` is `Vgg11Bn`.

    Capitals inside a part are kept (`MBConv`), and `x` is put between digits that would run together:
    `resnext50_32x4d` is `Resnext50x32x4d`, not another network's `Resnext5032x4d`.
    """
    name = ""
    for part in filter(None, _NOT_WORD.split(word)):
        name += "x" if name[-1:].isdigit() and part[0].isdigit() else ""
        name += part[0].upper() + part[1:]
    return _start_with_letter(name, "N")


def identifier(word: str, taken: Iterable[str] = ()) -> str:
    """The word itself where it can be a name and is not taken, or else the nearest that can.

    Leading underscores beyond one go, because Python would mangle the name in a class.
    """
    return _nearest(_sanitised(word), frozenset(taken) | RESERVED)


class Names:
    """The names of one scope of generated source, each given out once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*RESERVED, *taken}
        self._next_number: dict[str, int] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._taken

    def __iter__(self) -> Iterator[str]:
        return iter(self._taken)

    def fresh(self, base: str) -> str:
        """A name that has not been given out, `base` itself if it can be, then `base_2`, `base_3` and so on."""
        wanted = _sanitised(base)
        name = _nearest(wanted, self._taken, self._next_number.get(wanted, 2))
        if name not in {wanted, f"{wanted}_"}:
            self._next_number[wanted] = int(name.rpartition("_")[2]) + 1
        self._taken.add(name)
        return name

    def inner(self) -> Names:
        """The names of a scope inside this one, where this one's cannot be given out again."""
        return Names(self._taken)


def _sanitised(word: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]+", "_", word)
    if not name.strip("_"):
        return "n"
    return re.sub(r"^__+", "_", _start_with_letter(name, "_"))


def _nearest(name: str, taken: frozenset[str] | set[str], number: int = 2) -> str:
    if name not in taken:
        return name
    if name in RESERVED and f"{name}_" not in taken:
        return f"{name}_"
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _start_with_letter(name: str, prefix: str) -> str:
    return name if name and not name[0].isdigit() else prefix + name
