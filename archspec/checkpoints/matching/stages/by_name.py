"""Matches by the network's own names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from archspec.checkpoints.matching.groups import holds
from archspec.checkpoints.matching.stages.names import names_in, unwrapped
from archspec.checkpoints.matching.task import Found, Task

_LIST = "/layers/"
"""Keras's group for the layers of a model, once in the class of a layer for each model around it."""

_SEPARATORS = str.maketrans("./", "__")


def by_name(task: Task, found: Found) -> Found:
    """Match tensors with the framework's own names for the weights, and with common prefixes.

    Then match layers of Keras's inner models, whose names files join with those of the models in several ways, or have
    without those.
    """
    weights = found.missing(task)
    known = {name: each.canonical for each in weights for name in (*names_in(task.checkpoint, each), each.canonical)}
    found = found.having(unwrapped(known, task.checkpoint, found.unused(task)), "name")
    if task.checkpoint.framework == "tensorflow":
        for names in (_whole, _ends):
            found = found.having(_inside(task, found, names), "name")
    return found


def _whole(path: str) -> list[str]:
    return [path]


def _ends(path: str) -> list[str]:
    """The last words of a joined name: of `body_dense_1` they are `dense_1` and `1`."""
    return [path[place + 1 :] for place, letter in enumerate(path) if letter == "_"]


def _inside(task: Task, found: Found, names: Callable[[str], Iterable[str]]) -> Mapping[str, str]:
    """The tensors of layers in inner models, by the weights of their shapes that alone have one of these names."""
    weights = {weight.canonical: weight for weight in found.missing(task)}
    owners: dict[tuple[str, str], set[str]] = {}
    for weight in weights.values():
        words = [name.removeprefix(weight.layer) for name in weight.names if name.startswith(weight.layer)]
        for name in names(weight.layer.translate(_SEPARATORS)):
            for word in words:
                owners.setdefault((name, word), set()).add(weight.canonical)
    tensors: dict[tuple[str, str], list[str]] = {}
    for tensor in found.unused(task) if owners else ():
        layer, word = task.checkpoint.split(tensor)
        if "/" in layer or task.checkpoint.classes.get(layer, "").count(_LIST) > 1:
            tensors.setdefault((layer.translate(_SEPARATORS), f"/{word}"), []).append(tensor)
    pairs = {
        name: tensors[key][0]
        for key, several in owners.items()
        for name in several
        if len(several) == len(tensors.get(key, ())) == 1
    }
    shapes = task.checkpoint.tensors
    return {name: each for name, each in pairs.items() if holds(shapes[each].shape, weights[name].native_shape)}
