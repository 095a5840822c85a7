"""Live models: executes emitted source, gives the model its weights, and runs it on numpy arrays."""

from __future__ import annotations

import hashlib
import inspect
import linecache
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from threading import Lock, get_ident
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from archspec.errors import ArchspecError, BackendMissingError
from archspec.ir import Graph
from archspec_torch import weights as native_weights
from archspec_torch.emit.initialisation import INITIALIZE

Array = npt.NDArray[Any]

DTYPES: Mapping[str, torch.dtype] = {
    "float64": torch.float64,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
"""The element types that a model can have."""


DEVICES = ("auto", "cpu", "cuda")
"""The words for devices."""


def load(
    graph: Graph,
    source: str,
    class_name: str,
    weights: Mapping[str, Array],
    dtype: str = "float32",
    device: str = "auto",
) -> nn.Module:
    """The model that emitted source defines, with these canonical weights, in inference mode.

    `device` is one of `DEVICES`, of which "auto" is a GPU where there is one. Raises `WeightsError` if the weights are
    not the network's.
    """
    place, element_type = pick_device(device), pick_dtype(dtype)
    state = native_weights.to_native(graph, weights)
    module = execute(source, graph.name)
    with _undrawn(module):
        model: nn.Module = getattr(module, class_name)()
    _fill(model, {name: _cast(tensor, element_type, place) for name, tensor in state.items()})
    return model.eval()


@contextmanager
def _undrawn(module: ModuleType) -> Iterator[None]:
    """Within this the networks of emitted source have parameters that nothing is written into.

    That takes no time, and no memory. It is so in this thread only: what others make has its initial values.
    """
    here = get_ident()

    def left_out(initialize: Callable[..., None]) -> Callable[..., None]:
        def unless_here(*arguments: Any) -> None:
            if get_ident() != here:
                initialize(*arguments)

        return unless_here

    names: list[tuple[Any, str]] = [(layer, _RESET) for layer in _DRAWING]
    if hasattr(module, INITIALIZE):
        names.append((module, INITIALIZE))
    with _MAKING:
        before = [(place, name, vars(place)[name]) for place, name in names]
        try:
            for place, name, initialize in before:
                setattr(place, name, left_out(initialize))
            yield
        finally:
            for place, name, initialize in before:
                setattr(place, name, initialize)


_MAKING = Lock()

_RESET = "reset_parameters"
"""What the layers of PyTorch call for their initial values."""

_LAYERS = [each for each in vars(nn.modules).values() if isinstance(each, type) and issubclass(each, nn.Module)]

_DRAWING = tuple(dict.fromkeys(base for layer in _LAYERS for base in layer.__mro__ if _RESET in vars(base)))
"""The classes of PyTorch that say how layers begin."""


def _fill(model: nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Put tensors in the place of all that a model has; raises `ValueError` unless they are the model's.

    It comes to what `load_state_dict` does with `assign`, by the way in which `Module.to` puts tensors in place.
    """
    places = dict(chain(model.named_parameters(), model.named_buffers()))
    for name, tensor in state.items():
        place = places.pop(name, None)
        if place is None:
            raise ValueError(f"there is no {name}")
        if place.shape != tensor.shape:
            raise ValueError(f"{name} is {tuple(place.shape)}, and not {tuple(tensor.shape)}")
        place.data = tensor
    if places:
        raise ValueError(f"nothing is given for {', '.join(places)}")


def execute(source: str, name: str) -> ModuleType:
    """Execute source as a module, whose lines tracebacks and `inspect` can show; the same source is the same module."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    module_name = f"archspec_{''.join(c if c.isidentifier() or c.isdigit() else '_' for c in name)}_{digest}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    module = ModuleType(module_name)
    module.__file__ = f"<{module_name}>"
    linecache.cache[module.__file__] = (len(source), None, source.splitlines(keepends=True), module.__file__)
    sys.modules[module_name] = module
    try:
        exec(compile(source, module.__file__, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[module_name]
        raise
    return module


def pick_device(device: str) -> torch.device:
    """The device of this name; "auto" is a GPU where there is one, otherwise the CPU.

    Raises `BackendMissingError` for a GPU where there is none, `ArchspecError` for a word that is not in `DEVICES`.
    """
    if device not in DEVICES:
        raise ArchspecError(f"there is no device {device!r}: it may be {', '.join(DEVICES)}")
    if device == "cuda" and not torch.cuda.is_available():
        raise BackendMissingError("PyTorch finds no GPU on this machine: take the device cpu or auto")
    automatic = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(automatic if device == "auto" else device)


def pick_dtype(dtype: str) -> torch.dtype:
    """The element type of this name; raises `ArchspecError` for another word."""
    if dtype not in DTYPES:
        raise ArchspecError(f"there is no dtype {dtype!r}: it may be {', '.join(DTYPES)}")
    return DTYPES[dtype]


def device_of(model: nn.Module) -> str:
    """The device that a model's parameters are on, in words; the CPU for a model that has none."""
    parameter = next(model.parameters(), None)
    return describe_device("cpu" if parameter is None else str(parameter.device))


def describe_device(device: str = "auto") -> str:
    """The device in words: the GPU's name, or the processor's architecture and how many threads torch uses."""
    place = pick_device(device)
    if place.type == "cuda":
        return f"{torch.cuda.get_device_name(place)}, CUDA {torch.version.cuda}, PyTorch {torch.__version__}"
    return f"{place.type} ({platform.machine()}, {torch.get_num_threads()} threads), PyTorch {torch.__version__}"


@contextmanager
def reproducible() -> Iterator[None]:
    """No TF32, and convolutions that give the same bits each time."""
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
    """The model's outputs for these inputs: channels-last arrays with a batch axis, in and out.

    Inputs are in the order of the network's. `outputs` names the one output of a model that returns a tensor; a model
    with several names its own.
    """
    with reproducible(), torch.no_grad():
        found = apply(model, {name: to_tensor(model, array) for name, array in inputs.items()})
        named = found if isinstance(found, Mapping) else dict(zip(outputs, (found,), strict=True))
        return {name: to_array(tensor) for name, tensor in named.items()}


def apply(model: nn.Module, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor | dict[str, torch.Tensor]:
    """Call the model: by name if `forward` has these very names, in this order otherwise."""
    expected = inspect.signature(model.forward).parameters
    result: torch.Tensor | dict[str, torch.Tensor] = (
        model(**inputs) if expected.keys() == inputs.keys() else model(*inputs.values())
    )
    return result


def to_tensor(model: nn.Module, array: Array) -> torch.Tensor:
    """An input as the model wants it: of its weights' element type, on their device, images channels-first."""
    array = np.ascontiguousarray(array)
    tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
    for weight in filter(torch.is_floating_point, chain(model.parameters(), model.buffers())):
        tensor = _cast(tensor, weight.dtype, weight.device)
        break
    return tensor.permute(0, 3, 1, 2).contiguous() if tensor.dim() == 4 else tensor


def to_array(tensor: torch.Tensor) -> Array:
    """A value of the model as numpy has it: images channels-last, bfloat16 as float32."""
    tensor = tensor.detach().cpu()
    tensor = tensor.float() if tensor.dtype is torch.bfloat16 else tensor
    array: Array = (tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor).contiguous().numpy()
    return array


def save_weights(model: nn.Module, path: Path) -> None:
    """Write the model's state_dict as safetensors."""
    native_weights.save(model.state_dict(), path)


def _cast(tensor: torch.Tensor, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """The tensor on a device, of this type unless it counts something."""
    return tensor.to(device, dtype) if tensor.is_floating_point() else tensor.to(device)
