"""Weights between archspec's canonical arrays and a PyTorch state_dict; the way there and back is exact.

The names in a state_dict are the node's path and torch's own word: `layer1.0.conv1.weight`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file

from archspec.ir import Graph, Shape
from archspec.weights import WeightsError, canonical_name, check
from archspec_torch.emit import Native, row_for
from archspec_torch.layout import Order, feature_order

Array = npt.NDArray[Any]

_LISTED = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where one weight lives: its canonical and its native name and shape, and the way between them."""

    canonical: str
    canonical_shape: Shape
    native: str
    native_shape: Shape
    rule: Native
    order: Order | None

    def to_native(self, array: Array) -> torch.Tensor:
        """A new tensor with the same elements."""
        tensor = _tensor(array)
        if self.order is not None:
            tensor = tensor.index_select(self.rule.features or 0, torch.from_numpy(self.order.copy()))
        tensor = tensor.permute(self.rule.transposed(self.canonical_shape))
        return tensor.clone(memory_format=torch.contiguous_format).reshape(self.native_shape)

    def to_canonical(self, tensor: torch.Tensor) -> Array:
        """A new array with the same elements; bfloat16, which numpy has not, becomes float32."""
        axes = self.rule.transposed(self.canonical_shape)
        tensor = tensor.detach().cpu().reshape([self.canonical_shape[axis] for axis in axes])
        tensor = tensor.permute([axes.index(axis) for axis in range(len(axes))])
        tensor = tensor.clone(memory_format=torch.contiguous_format)
        if self.order is not None:
            tensor = tensor.index_select(self.rule.features or 0, torch.from_numpy(np.argsort(self.order)))
        if tensor.dtype is torch.bfloat16:
            tensor = tensor.float()
        array: Array = tensor.numpy()
        return array


def places(graph: Graph) -> Iterator[Place]:
    """Every weight of the network and where it lives, in execution order."""
    orders = feature_order(graph)
    for node, weight in graph.owned_weights():
        rule = row_for(node.layer).weights[weight.slot]
        order = orders.get(node.inputs[0]) if rule.features is not None else None
        # A weight that all features share has one element, in any order.
        if order is not None and weight.shape[rule.features or 0] != len(order):
            order = None
        native_shape = rule.native_shape(weight.shape)
        native = f"{node.path}.{rule.name}"
        yield Place(canonical_name(node, weight), weight.shape, native, native_shape, rule, order)


def counters(graph: Graph) -> tuple[str, ...]:
    """The names in the state_dict of counters that stand for no weight, such as `bn1.num_batches_tracked`."""
    return tuple(
        f"{node.path}.{counter}"
        for node in graph.nodes
        if node.shares is None
        for counter in row_for(node.layer).counters
    )


def to_native(graph: Graph, canonical: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    """The state_dict for these weights, of the same element types; counters start at 0.

    Raises `WeightsError` unless there is exactly one array for each weight of the network.
    """
    check(canonical, graph)
    state = {place.native: place.to_native(canonical[place.canonical]) for place in places(graph)}
    return state | {name: torch.zeros((), dtype=torch.int64) for name in counters(graph)}


def to_canonical(graph: Graph, state: Mapping[str, torch.Tensor]) -> dict[str, Array]:
    """The canonical arrays of a state_dict, of the same element types (but bfloat16, which becomes float32).

    Raises `WeightsError` unless there is exactly one tensor for each weight of the network; counters may be there.
    """
    found = list(places(graph))
    ignored = frozenset(counters(graph))
    given = {name: tensor for name, tensor in state.items() if name not in ignored}
    faults = list(_faults({place.native: place.native_shape for place in found}, given))
    if faults:
        more = f"; and {len(faults) - _LISTED} more" if len(faults) > _LISTED else ""
        raise WeightsError(f"the state_dict is not one of {graph.name}: {'; '.join(faults[:_LISTED])}{more}")
    return {place.canonical: place.to_canonical(given[place.native]) for place in found}


def save(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write a state_dict as safetensors."""
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}, path)


def load(path: Path) -> dict[str, torch.Tensor]:
    """Read a state_dict: safetensors, or a checkpoint of torch.save from which only tensors are taken."""
    if path.suffix == ".safetensors":
        return dict(load_file(path))
    loaded = torch.load(path, map_location="cpu", weights_only=True)
    return dict(loaded.get("state_dict", loaded))


def _tensor(array: Array) -> torch.Tensor:
    """A tensor with an array's bits; bfloat16 is an extension of numpy that torch does not know."""
    array = np.ascontiguousarray(array).reshape(array.shape)
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def _faults(expected: Mapping[str, Shape], given: Mapping[str, torch.Tensor]) -> Iterator[str]:
    """What is wrong with tensors whose names and shapes should be these, a phrase each."""
    yield from (f"{name} is missing" for name in expected if name not in given)
    yield from (f"{name} is not in the network" for name in given if name not in expected)
    for name, shape in expected.items():
        if name in given and tuple(given[name].shape) != shape:
            yield f"{name} is {tuple(given[name].shape)}, and the network's is {shape}"
