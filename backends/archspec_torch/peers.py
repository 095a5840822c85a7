"""The networks of torchvision and timm as third parties for parity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache, partial
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor, nn

from archspec.backend import Peer
from archspec.errors import ArchspecError, BackendMissingError
from archspec.ir import Graph
from archspec.weights import Stored
from archspec_torch.runtime import pick_device, without_values

Array = npt.NDArray[Any]


WITH_HEADS = frozenset({"googlenet", "inception_v3"})
"""torchvision's networks with auxiliary heads by default, which are used in training mode only."""


def build(origin: str, name: str, graph: Graph) -> Peer:
    """See `PeerBackend.peer`; `origin` is the package."""
    make = _maker(origin, name, graph, init_weights=False)
    with without_values():
        model = make()
    model = model.double().to_empty(device="cpu").eval()
    computed = {word for word, _ in model.named_buffers()}.difference(model.state_dict())
    if computed:
        raise ArchspecError(f"{origin}:{name} has tensors that are no weights: {', '.join(sorted(computed)[:3])}")
    # Only the network is in training mode; its layers stay in evaluation mode.
    model.training = _has_heads(origin, name)
    tensors = {
        word: Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), partial(_elements, tensor))
        for word, tensor in model.state_dict().items()
    }
    return Peer(f"{origin}:{name}", tensors, partial(_assign, model), partial(_run, model))


def builder(origin: str, name: str, graph: Graph, device: str) -> Callable[[], nn.Module]:
    """See `TimedBackend.peer_builder`."""
    make, place = _maker(origin, name, graph, init_weights=True), pick_device(device)
    return lambda: make().to(place).eval()


def _maker(origin: str, name: str, graph: Graph, *, init_weights: bool) -> Callable[[], nn.Module]:
    """Makes the network with as many classes as the graph's first output has elements.

    torchvision's networks with auxiliary heads announce a change of `init_weights` unless it is given.
    """
    found = package(origin)
    known = found.list_models() if origin == "timm" else found.models.list_models()
    if name not in known and not (origin == "timm" and found.is_model(name)):  # it knows names with tags
        near = get_close_matches(name, known)
        raise ArchspecError(f"{origin} has no network {name!r}{': near it are ' if near else ''}{', '.join(near)}")
    options: dict[str, Any] = {"num_classes": next(iter(graph.outputs.values())).type.channels}
    if _has_heads(origin, name):
        options |= {"aux_logits": len(graph.outputs) > 1, "init_weights": init_weights}
    if origin == "timm":
        return partial(found.create_model, name, pretrained=False, **options)
    return partial(found.models.get_model, name, weights=None, **options)


def _has_heads(origin: str, name: str) -> bool:
    return origin == "torchvision" and name in WITH_HEADS


def package(name: str) -> ModuleType:
    """The package torchvision or timm; raises `BackendMissingError` if it is not installed."""
    _torchvision()  # timm imports it
    return _imported(name)


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise BackendMissingError(f"{name} is not installed: pip install {name} ({error})") from None


@cache
def _torchvision() -> None:
    """Import torchvision, even if its compiled extension does not load, as with a PyTorch for CPUs only."""
    try:
        _imported("torchvision")
    except RuntimeError:
        # torchvision's detection networks require these two operators. Classifiers do not call them.
        library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _OPERATORS.append(library)
        _imported("torchvision")


_OPERATORS: list[Any] = []  # operators exist as long as their library


def _assign(model: nn.Module, arrays: Mapping[str, Array]) -> None:
    # Counters of batches are missing, because they are no weights.
    model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()}, strict=False)


def _elements(tensor: Tensor) -> Array:
    array: Array = tensor.detach().numpy()
    return array


def _run(model: nn.Module, array: Array) -> list[Array]:
    tensor = torch.from_numpy(array)
    with torch.no_grad():
        found = model(tensor.permute(0, 3, 1, 2).contiguous() if tensor.dim() == 4 else tensor)
    outputs = found if isinstance(found, tuple | list) else [found]
    return [_channels_last(output).numpy() for output in outputs]


def _channels_last(tensor: Tensor) -> Tensor:
    return tensor.permute(0, 2, 3, 1).contiguous() if tensor.dim() == 4 else tensor
