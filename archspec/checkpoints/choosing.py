"""Chooses one of the dicts of tensors in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.listing import section, shown
from archspec.checkpoints.messages import CheckpointError
from archspec.weights import Stored

Said = TypeVar("Said")

Keys = tuple[str, ...]
"""The keys of nested dicts that lead to a tensor, or to a dict of tensors."""

PLAIN = ("state_dict", "model_state_dict", "model", "module", "net", "network", "params", "weights")
"""The usual keys of a model's own weights, as opposed to averages or other models' weights."""

_OPTIMISER = "optim"
"""The beginnings of keys of optimisers' states."""

_SEPARATORS = (".", "/")


def choose(path: Path, found: Mapping[Keys, Stored], key: str | None) -> Checkpoint:
    """The PyTorch checkpoint in these dicts: under the dotted `key`, or under a usual key, or the only one.

    Raises `CheckpointError`, with a list of the dicts, if there is none or the choice is not unique.
    """
    dicts = _dicts(found)
    if key is not None:
        others = _others(dicts, key)
        return Checkpoint(path, "torch", _under(path, found, key), "definition", key=key, others=others, asked=True)
    chosen = _plain(dicts) if len(dicts) > 1 else next(iter(dicts), None)
    if chosen is None:
        raise CheckpointError(
            f"{path} has several dicts of tensors, and none of them is the plain one\n{_listed(dicts)}",
            "{key} takes one of them",
        )
    name = ".".join(chosen)
    return Checkpoint(path, "torch", dicts[chosen], "definition", key=name, others=_others(dicts, name))


def narrow(checkpoint: Checkpoint, key: str | None) -> Checkpoint:
    """The tensors of a checkpoint without dicts whose names begin with the key; all of them without a key."""
    if key is None:
        return checkpoint
    tensors = _under(checkpoint.path, {(name,): stored for name, stored in checkpoint.tensors.items()}, key)
    # The file's other layers stay, because they decide the layout of images for the layers under the key.
    others = {name: layer for name, layer in checkpoint.layers.items() if not _begins(name, key)}
    layers = others | _renamed(checkpoint.layers, key)
    parts = {name: (layer[len(key) + 1 :], word) for name, (layer, word) in _renamed(checkpoint.parts, key).items()}
    classes = _renamed(checkpoint.classes, key)
    return replace(checkpoint, tensors=tensors, classes=classes, layers=layers, parts=parts, key=key)


def _dicts(found: Mapping[Keys, Stored]) -> dict[Keys, dict[str, Stored]]:
    """The dicts that may have a network's weights.

    Dicts of optimisers and dicts of single numbers are only candidates if there are no others.
    """
    dicts: dict[Keys, dict[str, Stored]] = {}
    for (*where, name), stored in found.items():
        dicts.setdefault(tuple(where), {})[name] = stored
    weights = {
        where: tensors
        for where, tensors in dicts.items()
        if not any(word.lower().startswith(_OPTIMISER) for word in where)
        and any(stored.shape for stored in tensors.values())
    }
    return weights or dicts


def _plain(dicts: Iterable[Keys], outer: Keys = ()) -> Keys | None:
    """The dict under the first usual key that leads to one, or else the outer dict itself."""
    for word in PLAIN:
        inner = (*outer, word)
        within = [where for where in dicts if where[: len(inner)] == inner]
        chosen = _plain(within, inner) if within else None
        if chosen is not None:
            return chosen
    return outer if outer in dicts else None


def _under(path: Path, found: Mapping[Keys, Stored], key: str) -> dict[str, Stored]:
    """The tensors whose dotted keys begin with this key, by the rest of their keys."""
    names = {keys: ".".join(keys) for keys in found}
    under = {keys: name[len(key) + 1 :] for keys, name in names.items() if _begins(name, key)}
    if not under:
        dicts = _dicts(found)
        has = f"\n{_listed(dicts)}" if set(dicts) != {()} else ""
        raise CheckpointError(f"{path} has nothing under the key {key!r}{has}")
    if len(set(under.values())) < len(under):
        raise CheckpointError(f"{path} has several tensors of one name under the key {key!r}")
    return {name: found[keys] for keys, name in under.items()}


def _renamed(layers: Mapping[str, Said], key: str) -> dict[str, Said]:
    """The entries of the layers under the key, by the rest of their names."""
    return {name[len(key) + 1 :]: said for name, said in layers.items() if _begins(name, key)}


def _begins(name: str, key: str) -> bool:
    return name.startswith(key) and name[len(key) : len(key) + 1] in _SEPARATORS


def _others(dicts: Iterable[Keys], taken: str) -> tuple[str, ...]:
    return tuple(name for name in map(".".join, dicts) if name and name != taken and not _begins(name, taken))


def _listed(dicts: Mapping[Keys, Mapping[str, Stored]]) -> str:
    lines = [
        f"{shown('.'.join(where)) or 'the outermost'}, tensors: {len(tensors)}" for where, tensors in dicts.items()
    ]
    return "\n".join(section("dicts of tensors in it:", lines))
