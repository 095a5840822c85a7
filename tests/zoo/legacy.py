"""PyTorch's older exporters, of which nothing is promised."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import torch
from torch import nn

import archspec
from archspec.weights import randomised
from tests.zoo.small import NETWORKS

Inputs = tuple[torch.Tensor, ...]


def script(model: nn.Module, inputs: Inputs) -> Any:
    """The outputs of the model as TorchScript compiles it from its source."""
    return torch.jit.script(model)(*inputs)


def onnx(model: nn.Module, inputs: Inputs) -> Any:
    """The outputs of the file that the exporter by tracing writes, in ONNX Runtime; the batch has any length."""
    import onnxruntime

    file = BytesIO()
    names = [f"input{number}" for number in range(len(inputs))]
    traced = tuple(each[:1] for each in inputs)
    torch.onnx.export(
        model, traced, file, dynamo=False, input_names=names, dynamic_axes={name: {0: "batch"} for name in names}
    )
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    found = session.run(None, {name: each.numpy() for name, each in zip(names, inputs, strict=True)})
    return [torch.from_numpy(each) for each in found]


EXPORTERS: Mapping[str, Callable[[nn.Module, Inputs], Any]] = {"script": script, "onnx": onnx}


def tried(name: str, exporter: str) -> str:
    """What the exporter does with a small network of a family: nothing to say, or its reason in a line."""
    network = archspec.load(name, **NETWORKS[name])
    model: nn.Module = network.compile("torch", weights=randomised(network.graph, 0), device="cpu").eval()
    inputs = tuple(torch.rand(2, *_channels_first(kind.shape)) for kind in network.inputs.values())
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = _listed(model(*inputs))
        try:
            found = _listed(EXPORTERS[exporter](model, inputs))
        except Exception as error:
            return _reason(error)
    distances = (float((made - wanted).norm() / wanted.norm()) for made, wanted in zip(found, expected, strict=True))
    wrong = max(distances)
    return "" if wrong < WRONG else f"another function: {wrong:.1g} apart"


WRONG = 1e-3
"""The distance of another function; rounding is below it by far."""


def _channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[-1], *shape[:-1]) if len(shape) == 3 else shape


def _listed(outputs: Any) -> list[torch.Tensor]:
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    return [*(outputs.values() if isinstance(outputs, Mapping) else outputs)]


def _reason(error: Exception) -> str:
    """The first line that says what is wrong: TorchScript begins with an empty one, ONNX Runtime with codes."""
    told = str(error).rpartition("Status Message: ")[2]
    lines = [line.strip(" :") for line in told.splitlines() if line.strip(" :")]
    return f"{type(error).__name__}: {lines[0][:160]}"
