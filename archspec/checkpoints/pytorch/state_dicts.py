"""Where in what was saved the tensors of a network are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from archspec.checkpoints.listing import shown
from archspec.checkpoints.pickles import Made, PickledArray, array_of
from archspec.checkpoints.pytorch.values import Tensor
from archspec.weights import WeightsError

Tensors = dict[tuple[str, ...], Tensor | PickledArray]

_LISTED = 5
_DEEPEST = 8
_MOST = 1_000_000
"""Dicts around a tensor, and entries of dicts, that are looked at: one dict may stand in many places of others."""

_MODULES = 100_000
"""How many modules are looked at: a file may say that they contain each other."""


def tensors_in(path: Path, saved: object) -> Tensors:
    """The tensors in an object by the keys of the dicts around them, in its order.

    A whole module counts as its own `state_dict`, and the tensors of a list have the names that numpy.savez gives.
    Raises `WeightsError` where there are no tensors.
    """
    if isinstance(saved, list):
        saved = {f"arr_{index}": value for index, value in enumerate(saved)}
    entries = islice(_entries(saved, ()), _MOST)
    found: Tensors = {keys: tensor for keys, value in entries if (tensor := _tensor(value)) is not None}
    if not found:
        keys = [shown(str(key)) for key in _children(saved)]
        has = f"; it has {', '.join(keys[:_LISTED])}{' and more' if len(keys) > _LISTED else ''}" if keys else ""
        raise WeightsError(f"{path} has no state_dict{has}")
    # Beside PyTorch's tensors, arrays of NumPy's are records of the training.
    tensors: Tensors = {keys: value for keys, value in found.items() if isinstance(value, Tensor)}
    return tensors or found


def _entries(value: object, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """All there is in a dict and in those within it."""
    if len(keys) == _DEEPEST or isinstance(value, Tensor):
        return
    for name, inner in _children(value).items():
        yield (*keys, str(name)), inner
        yield from _entries(inner, (*keys, str(name)))


def _tensor(value: object) -> Tensor | PickledArray | None:
    return value if isinstance(value, Tensor) else array_of(value)


def _children(value: object) -> Mapping[str | int, object]:
    """What an object has by name: a dict's items, or a module's tensors."""
    match value:
        case Made():
            return dict(_of_module(value)) if _is_module(value) else value.items
        case dict():
            return value
    return {}


def _is_module(value: object) -> bool:
    """Whether this is a whole `nn.Module`, by what is in all of them."""
    return isinstance(value, Made) and isinstance(value.state, dict) and "_parameters" in value.state


def _of_module(module: Made) -> Iterator[tuple[str, object]]:
    """What the module's own `state_dict` has: parameters, buffers, and those of the modules in it."""
    waiting = [("", module)]
    for _ in range(_MODULES):
        if not waiting:
            return
        prefix, module = waiting.pop()
        state = module.state if isinstance(module.state, dict) else {}
        left_out = state.get("_non_persistent_buffers_set")
        for kind in ("_parameters", "_buffers"):
            for name, value in _items(state.get(kind)):
                if not (kind == "_buffers" and isinstance(left_out, list) and name in left_out):
                    yield f"{prefix}{name}", value
        inner = [(f"{prefix}{name}.", each) for name, each in _items(state.get("_modules")) if isinstance(each, Made)]
        waiting.extend(reversed(inner))


def _items(value: object) -> Iterator[tuple[str | int, object]]:
    return iter((value.items if isinstance(value, Made) else value if isinstance(value, dict) else {}).items())
