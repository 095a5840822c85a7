"""Weights between archspec's canonical arrays and a PyTorch state_dict; the way there and back is exact.

The names in a state_dict are the node's path and torch's own word: `layer1.0.conv1.weight`.
"""

from __future__ import annotations

import math
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

_BLOCK = 128
"""Rows that become columns at a time: few enough for the processor's cache to hold what is written."""


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
        # bfloat16 is an extension of numpy that torch does not know.
        extended = array.dtype.name == "bfloat16"
        native = self._native(array.view(np.int16) if extended else array).reshape(self.native_shape)
        tensor = torch.from_numpy(native)
        return tensor.view(torch.bfloat16) if extended else tensor

    def to_canonical(self, tensor: torch.Tensor) -> Array:
        """A new array with the same elements; bfloat16, which numpy has not, becomes float32."""
        tensor = tensor.detach().cpu()
        return self._canonical((tensor.float() if tensor.dtype is torch.bfloat16 else tensor).numpy())

    def _native(self, array: Array) -> Array:
        if not self._outputs_go_first:
            ordered = array if self.order is None else array.take(self.order, self.rule.features)
            return np.array(ordered.transpose(self._axes), order="C")
        rows, sources = array.reshape(-1, array.shape[-1]), self._sources()
        native = np.empty(rows.shape[::-1], rows.dtype)
        for start in range(0, len(sources), _BLOCK):
            native[:, start : start + _BLOCK] = rows[sources[start : start + _BLOCK]].T
        return native

    def _canonical(self, native: Array) -> Array:
        if not self._outputs_go_first:
            axes = self._axes
            moved = native.reshape([self.canonical_shape[axis] for axis in axes]).transpose(np.argsort(axes))
            unordered = moved if self.order is None else moved.take(np.argsort(self.order), self.rule.features)
            return np.array(unordered, order="C")
        columns, sources = native.reshape(self.canonical_shape[-1], -1), self._sources()
        rows = np.empty(columns.shape[::-1], columns.dtype)
        for start in range(0, len(sources), _BLOCK):
            rows[sources[start : start + _BLOCK]] = columns[:, start : start + _BLOCK].T
        return rows.reshape(self.canonical_shape)

    @property
    def _axes(self) -> tuple[int, ...]:
        return self.rule.transposed(self.canonical_shape)

    @property
    def _outputs_go_first(self) -> bool:
        """Whether the canonical array's last axis is the native one's first, as in all large weights."""
        return len(self.canonical_shape) > 1 and self._axes[0] == len(self.canonical_shape) - 1

    def _sources(self) -> Order:
        """For each place along the native axes but the first, its place along the canonical ones but the last."""
        shape = self.canonical_shape[:-1]
        places: Order = np.arange(math.prod(shape), dtype=np.intp).reshape(shape)
        if self.order is not None:
            places = places.take(self.order, self.rule.features)
        return places.transpose(self._axes[1:]).ravel()


def places(graph: Graph) -> Iterator[Place]:
    """Every weight of the network and where it lives, in execution order."""
    orders = feature_order(graph)
    for node, weight in graph.owned_weights():
        rule = row_for(node.layer).weights[weight.slot]
        order = orders.get(node.inputs[0]) if rule.features is not None else None
        # A weight that all features share has one element, in any order.
        if order is not None and weight.shape[rule.features or 0] != len(order):
            order = None
        native_shape = rule.native_shape(weight.shape, graph.input_shapes(node)[0])
        native = f"{node.path}.{rule.name}" if rule.name else node.path
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


def _faults(expected: Mapping[str, Shape], given: Mapping[str, torch.Tensor]) -> Iterator[str]:
    """What is wrong with tensors whose names and shapes should be these, a phrase each."""
    yield from (f"{name} is missing" for name in expected if name not in given)
    yield from (f"{name} is not in the network" for name in given if name not in expected)
    for name, shape in expected.items():
        if name in given and tuple(given[name].shape) != shape:
            yield f"{name} is {tuple(given[name].shape)}, and the network's is {shape}"
