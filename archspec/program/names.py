"""Names for generated source: always plain ASCII identifiers, never a keyword or a builtin, whatever the spec says."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping

from archspec.ir import Graph

RESERVED = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(dir(builtins)) | {"self", "cls"}
"""Names that generated code must not define."""

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[^A-Za-z0-9]+")


def snake(word: str) -> str:
    """The name of a function or variable: `basic_block` for `BasicBlock`; `resnext50_32x4d` stays."""
    spaced = _WORD_START.sub("_", word)
    return _start_with_letter(_NOT_WORD.sub("_", spaced).strip("_").lower(), "n")


def camel(word: str) -> str:
    """The name of a class: `Bottleneck` for `bottleneck`, `Vgg11Bn` for `vgg11_bn`.

    Capitals inside a part are kept (`MBConv`), and an `x` separates adjacent digits: `resnext50_32x4d` becomes
    `Resnext50x32x4d`, because `Resnext5032x4d` would be another network's name.
    """
    return _joined(map(_capitalised, _parts(word)))


def network_class(graph: Graph) -> str:
    """The name of a network's class: the document's `class_name`, or a class name made from the network's name.

    Variants are spelt like the document's name. With `ResNetV2` for `resnet_v2`, `resnet50_v2` becomes `ResNet50V2`;
    with `MobileNetV3` for `mobilenet_v3`, `mobilenet_v3_large` becomes `MobileNetV3Large`.
    """
    program = graph.program
    if program is None or not program.class_name:
        return camel(graph.name)
    rest = graph.name[len(program.name) :]
    if graph.name.lower().startswith(program.name.lower()) and _is_apart(program.name, rest):
        return _joined([program.class_name, *map(_capitalised, _parts(rest))])
    spelt = _spellings(program.name, program.class_name)
    return _joined([_spelt(part, spelt) for part in _parts(graph.name)])


def _parts(word: str) -> list[str]:
    return [part for part in _NOT_WORD.split(word) if part]


def _capitalised(part: str) -> str:
    return part[0].upper() + part[1:]


def _joined(parts: Iterable[str]) -> str:
    name = ""
    for part in parts:
        name += "x" if name[-1:].isdigit() and part[0].isdigit() else ""
        name += part
    return _start_with_letter(name, "N")


def _is_apart(word: str, rest: str) -> bool:
    """Whether the rest of a name begins another word or number."""
    return not rest[:1].isalpha() and not (rest[:1].isdigit() and word[-1:].isdigit())


def _spellings(name: str, class_name: str) -> dict[str, str]:
    """The spelling of each part of the document's name in the class name; empty if the names differ."""
    parts = _parts(name)
    if "".join(parts).lower() != class_name.replace("_", "").lower():
        return {}
    left, found = class_name.replace("_", ""), {}
    for part in parts:
        found[part.lower()], left = left[: len(part)], left[len(part) :]
    return found


def _spelt(part: str, spellings: Mapping[str, str]) -> str:
    for word, spelling in spellings.items():
        rest = part[len(word) :]
        if part.lower().startswith(word) and _is_apart(word, rest):
            return spelling + rest
    return _capitalised(part)


def identifier(word: str, taken: Iterable[str] = ()) -> str:
    """The word itself if it is a valid and free name, or else the nearest such name.

    Leading underscores beyond one are dropped, because Python would mangle the name in a class.
    """
    return _nearest(_sanitised(word), frozenset(taken) | RESERVED)


class Names:
    """The names of one scope of generated source, which are unique."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*RESERVED, *taken}
        self._next_number: dict[str, int] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._taken

    def __iter__(self) -> Iterator[str]:
        return iter(self._taken)

    def fresh(self, *bases: str) -> str:
        """A new name: the first free one of `bases`, otherwise the last with a number: `base_2`, `base_3` and so on."""
        words = [_sanitised(base) for base in bases]
        wanted = next((word for word in words if word not in self._taken), words[-1])
        name = _nearest(wanted, self._taken, self._next_number.get(wanted, 2))
        if name not in {wanted, f"{wanted}_"}:
            self._next_number[wanted] = int(name.rpartition("_")[2]) + 1
        self._taken.add(name)
        return name


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
