"""Builds an nn.Module from emitted source, and runs it on NumPy arrays."""

from __future__ import annotations

import inspect
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from archspec.backend.execution import check_device, check_dtype, execute
from archspec.errors import BackendMissingError
from archspec.ir import Graph
from archspec_torch import weights as native_weights
from archspec_torch.emit.memory import turned

Array = npt.NDArray[Any]


def load(
    graph: Graph,
    source: str,
    class_name: str,
    weights: Mapping[str, Array],
    dtype: str = "float32",
    device: str = "auto",
) -> nn.Module:
    """The model of emitted source with canonical weights, in inference mode.

    `dtype` and `device` are words of `archspec.backend`. Raises `WeightsError` if the weights are not the network's,
    and `RuntimeError` if the model of the source has other weights.
    """
    place, element_type = pick_device(device), pick_dtype(dtype)
    native = native_weights.to_native(graph, weights)
    state = {name: _cast(tensor, element_type, place) for name, tensor in native.items()}
    model_class = getattr(execute(source, graph.name), class_name)
    with without_values():
        model: nn.Module = model_class()
    if _has_constants(model, state):
        model = model_class().to(place, element_type)
    if any(turned(graph)):
        state = {name: _turned(tensor) for name, tensor in state.items()}
    model.load_state_dict(state, assign=True)
    return model.eval()


@contextmanager
def without_values() -> Iterator[None]:
    """Makes tensors on the meta device: they take no memory, and nothing is drawn."""
    with torch.device("meta"), _Undrawn():
        yield


class _Undrawn(TorchFunctionMode):
    """Leaves out drawing: on the meta device PyTorch does it in Python, and first imports SymPy for it."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if func in _DRAWING:
            return args[0] if args else named["tensor"]
        return func(*args, **named)


_DRAWING = {
    torch.Tensor.normal_,
    torch.Tensor.uniform_,
    nn.init.normal_,
    nn.init.uniform_,
    nn.init.kaiming_uniform_,
}


def _has_constants(model: nn.Module, state: Mapping[str, torch.Tensor]) -> bool:
    """Whether `__init__` makes tensors outside of the state_dict: on the meta device they would have no values."""
    attributes = (value for module in model.modules() for value in vars(module).values())
    return any(isinstance(value, torch.Tensor) for value in attributes) or any(
        name not in state for name, _ in model.named_buffers()
    )


def pick_device(device: str) -> torch.device:
    """The device of this name; "auto" is a GPU if there is one, otherwise the CPU.

    Raises `BackendMissingError` for a missing GPU, `ArchspecError` for another word.
    """
    check_device(device)
    if device == "cuda" and not torch.cuda.is_available():
        raise BackendMissingError("PyTorch finds no GPU on this machine: take the device cpu or auto")
    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(automatic if device == "auto" else device)


def pick_dtype(dtype: str) -> torch.dtype:
    """The element type of this name; raises `ArchspecError` for another word."""
    check_dtype(dtype)
    found: torch.dtype = getattr(torch, dtype)
    return found


def device_of(model: nn.Module) -> str:
    """A description of the device of a model's parameters; the CPU for a model without parameters."""
    parameter = next(model.parameters(), None)
    return describe_device("cpu" if parameter is None else str(parameter.device))


def describe_device(device: str = "auto") -> str:
    """A description of the device: the GPU's name, or the processor's architecture and PyTorch's number of threads."""
    place = pick_device(device)
    if place.type == "cuda":
        return f"{torch.cuda.get_device_name(place)}, CUDA {torch.version.cuda}, PyTorch {torch.__version__}"
    return f"{place.type} ({platform.machine()}, {torch.get_num_threads()} threads), PyTorch {torch.__version__}"


@contextmanager
def reproducible() -> Iterator[None]:
    """Switches off TF32, and makes convolutions deterministic."""
    convolution, product = torch.backends.cudnn, torch.backends.cuda.matmul
    before = convolution.allow_tf32, product.allow_tf32, convolution.deterministic, convolution.benchmark
    settings = False, False, True, False
    try:
        _set(*settings)
        yield
    finally:
        _set(*before)


def _set(convolution_tf32: bool, product_tf32: bool, deterministic: bool, benchmark: bool) -> None:
    torch.backends.cudnn.allow_tf32 = convolution_tf32
    torch.backends.cuda.matmul.allow_tf32 = product_tf32
    torch.backends.cudnn.deterministic = deterministic
    torch.backends.cudnn.benchmark = benchmark


def run(model: nn.Module, inputs: Mapping[str, Array], outputs: Sequence[str] = ("output",)) -> dict[str, Array]:
    """The model's outputs for these inputs; all are channels-last arrays with a batch axis.

    The inputs are in the network's order. `outputs` has the name of the output of a model that returns a tensor; a
    model with several outputs returns them by name.
    """
    with reproducible(), torch.no_grad():
        found = apply(model, {name: to_tensor(model, array) for name, array in inputs.items()})
        named = found if isinstance(found, Mapping) else dict(zip(outputs, (found,), strict=True))
        return {name: to_array(tensor) for name, tensor in named.items()}


def apply(model: nn.Module, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor | dict[str, torch.Tensor]:
    """Call the model on these inputs."""
    result: torch.Tensor | dict[str, torch.Tensor] = bound(model, inputs)()
    return result


def bound(model: nn.Module, inputs: Mapping[str, torch.Tensor]) -> Callable[[], Any]:
    """The call of a model on these inputs: by name if `forward` has exactly these names, otherwise in this order."""
    expected = inspect.signature(model.forward).parameters
    return partial(model, **inputs) if expected.keys() == inputs.keys() else partial(model, *inputs.values())


def to_tensor(model: nn.Module, array: Array) -> torch.Tensor:
    """An input for the model: with the element type and the device of its weights, images channels-first."""
    array = np.ascontiguousarray(array)
    tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
    for weight in filter(torch.is_floating_point, chain(model.parameters(), model.buffers())):
        tensor = _cast(tensor, weight.dtype, weight.device)
        break
    return tensor.permute(0, 3, 1, 2).contiguous() if tensor.dim() == 4 else tensor


def to_array(tensor: torch.Tensor) -> Array:
    """A value of the model as a NumPy array: images channels-last, bfloat16 as float32."""
    tensor = tensor.detach().cpu()
    tensor = tensor.float() if tensor.dtype is torch.bfloat16 else tensor
    array: Array = (tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor).contiguous().numpy()
    return array


def save_weights(model: nn.Module, path: Path) -> None:
    """Write the model's state_dict as safetensors."""
    native_weights.save(model.state_dict(), path)


def _turned(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor in the memory layout channels-last, if it has the axes of a kernel."""
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor


def _cast(tensor: torch.Tensor, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """The tensor on a device, in this type; counters keep their type."""
    return tensor.to(device, dtype) if tensor.is_floating_point() else tensor.to(device)


def count_gpus() -> int:
    """See `RecipeBackend.count_gpus`."""
    return torch.cuda.device_count()
