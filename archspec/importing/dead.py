"""Leaves out layers on which no output depends, as those behind an unused output of an inner model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Use(NamedTuple):
    """A layer of a scope: its entry in the document without its wiring, and the names of the values that it reads."""

    name: str
    entry: Mapping[str, Any]
    reads: tuple[str, ...]


class Live(NamedTuple):
    """The layers on which outputs depend, the outputs' names, and the names of layers that are left out altogether."""

    uses: list[Use]
    outputs: list[str]
    left_out: list[str]


def live(uses: Sequence[Use], outputs: Sequence[str]) -> Live:
    """Leave out all other layers. If the first use of a layer is one of them, the next use is the first one instead."""
    needed = {*outputs}
    for use in reversed(uses):
        if use.name in needed:
            needed.update(use.reads)
    dead = {use.name: use for use in uses if use.name not in needed and not _is_again(use)}
    kept: list[Use] = []
    names: dict[str, str] = {}
    for use in uses:
        if use.name in needed:
            first = dead.pop(use.entry["layer"], None) if _is_again(use) else None
            name, entry = (use.name, use.entry) if first is None else (first.name, first.entry)
            names[use.name] = name
            kept.append(Use(name, entry, tuple(names.get(each, each) for each in use.reads)))
    return Live(kept, [names.get(each, each) for each in outputs], [*dead])


def _is_again(use: Use) -> bool:
    return use.entry.get("layer_type") == "Reuse"
