"""torchvision's and timm's networks, for parity to hold archspec's against."""

from __future__ import annotations

import math
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

Array = npt.NDArray[Any]


def build(origin: str, name: str, graph: Graph, seed: int) -> Peer:
    """See `PeerBackend.peer`; `origin` is the package."""
    found = package(origin)
    classes = graph.type_of(next(iter(graph.outputs.values()))).shape[-1]
    try:
        with torch.device("meta"):
            if origin == "timm":
                model: nn.Module = found.create_model(name, pretrained=False, num_classes=classes)
            else:
                model = found.models.get_model(name, weights=None, num_classes=classes)
    except (RuntimeError, ValueError) as error:
        raise ArchspecError(f"{origin} has no network {name!r}: {' '.join(str(error).split())[:200]}") from None
    model = model.double().to_empty(device="cpu").eval()
    _fill(model, seed)
    tensors = {
        word: Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), partial(_elements, tensor))
        for word, tensor in model.state_dict().items()
    }
    return Peer(f"{origin}:{name}", tensors, partial(_run, model))


def package(name: str) -> ModuleType:
    """The package torchvision or timm; raises `BackendMissingError` where it is not installed."""
    _torchvision()  # timm imports it
    return _imported(name)


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise BackendMissingError(f"{name} is not installed: pip install {name} ({error})") from None


@cache
def _torchvision() -> None:
    """Import torchvision, also where its compiled extension does not load, as with a PyTorch for CPUs only."""
    try:
        _imported("torchvision")
    except RuntimeError:
        # Its detection networks want these two operators to exist. No classifier calls them.
        library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _OPERATORS.append(library)
        _imported("torchvision")


_OPERATORS: list[Any] = []  # they exist for as long as their library does


def _fill(model: nn.Module, seed: int) -> None:
    """Values as if the network had been trained: nothing is 0 or 1, and values keep their size through ReLUs."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.dim() > 1:
                bound = math.sqrt(6 / tensor[0].numel())
                tensor.uniform_(-bound, bound, generator=generator)
            elif not tensor.is_floating_point():
                tensor.zero_()
            else:
                centre = 0.0 if name.endswith(("bias", "running_mean")) else 1.0
                tensor.uniform_(centre - 0.5, centre + 0.5, generator=generator)


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
