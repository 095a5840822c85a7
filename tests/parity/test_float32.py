"""Arithmetic that is less exact than float32 is reported; float32 in any order of additions is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import archspec
from archspec.backend import Arrays, find_backend
from archspec.cli.parity_text import inference
from archspec.comparison import ParityReport, Runs, judge, random_inputs, run
from archspec.ir import Graph
from archspec.weights import randomised

torch = pytest.importorskip("torch")
pytest.importorskip("keras")
functional = torch.nn.functional

Tensor = Any
Function = Callable[..., Tensor]

DEEP = {
    "archspec": 1,
    "name": "deep",
    "inputs": {"image": [8, 8, 3]},
    "layers": [
        {
            "name": "stage",
            "layer_type": "Sequential",
            "repeat": 8,
            "layers": [
                {"layer_type": "Conv2D", "filters": 24, "kernel_size": 3, "padding": "same", "use_bias": False},
                {"layer_type": "BatchNormalization"},
                {"layer_type": "LeakyReLU", "negative_slope": 0.3},
            ],
        },
        {"layer_type": "GlobalAveragePooling2D"},
        {"name": "head", "layer_type": "Dense", "units": 10},
    ],
}
"""Many layers, each of which adds to the error."""

WIDE = {
    "archspec": 1,
    "name": "wide",
    "inputs": {"features": [25088]},
    "layers": [
        {"layer_type": "Dense", "units": 16},
        {"layer_type": "LeakyReLU", "negative_slope": 0.3},
        {"name": "head", "layer_type": "Dense", "units": 10},
    ],
}
"""As many products in a sum as in VGG-16's first dense layer: of all that is allowed for, rounding makes most of it."""

NETWORKS = {"deep": DEEP, "wide": WIDE}


def of_layers(shape: list[int], *layers: dict[str, Any]) -> dict[str, Any]:
    return {"archspec": 1, "name": "small", "inputs": {"image": shape}, "layers": list(layers)}


RESIZING = {"layer_type": "Resizing", "height": 37, "width": 29}
CONVOLUTIONS = [{"layer_type": "Conv2D", "name": name, "filters": 64, "kernel_size": 3} for name in ("first", "second")]
SOUND = {
    **NETWORKS,
    "places between pixels": of_layers([224, 224, 3], RESIZING),
    "places before a convolution": of_layers([300, 300, 3], RESIZING, CONVOLUTIONS[0]),
    "a mean that is taken away": of_layers(
        [16, 16, 3],
        {"layer_type": "Rescaling", "scale": 1 / 255, "offset": -1},
        {"layer_type": "LayerNormalization", "epsilon": 1e-6},
    ),
    "a constant that is taken away": of_layers(
        [16, 16, 3],
        {"layer_type": "Rescaling", "scale": 1, "offset": 128},
        {"layer_type": "Rescaling", "scale": 1, "offset": -128},
        CONVOLUTIONS[0],
    ),
    "towers that are nearly alike": of_layers(
        [8, 8, 3],
        {"layer_type": "Rescaling", "scale": 1.001, "name": "near"},
        {**CONVOLUTIONS[0], "inputs": "image"},
        CONVOLUTIONS[1],
        {"layer_type": "Reuse", "layer": "first", "inputs": "near"},
        {"layer_type": "Reuse", "name": "far", "layer": "second"},
        {"layer_type": "Subtract", "inputs": ["second", "far"]},
    ),
    "a steep function": of_layers([64], *[{"layer_type": "Activation", "activation": "exponential"}] * 2),
    "a mean over many": of_layers([64, 64, 8], {"layer_type": "GlobalAveragePooling2D"}),
}
"""Networks in which rounding is made where there are no weights, too."""


def rounded(tensor: Tensor, bits: int) -> Tensor:
    """A float32 tensor rounded to nearest with so many bits of the mantissa left."""
    dropped = 23 - bits
    return ((tensor.view(torch.int32) + (1 << (dropped - 1))) & -(1 << dropped)).view(torch.float32)


def with_operands_of(bits: int) -> Callable[[Function], Function]:
    """TensorFloat-32 has 10 bits, bfloat16 has 7; both add up in float32."""

    def plant(function: Function) -> Function:
        return lambda x, weight, *rest: function(rounded(x, bits), rounded(weight.detach(), bits), *rest)

    return plant


def adding_up_in_half(function: Function) -> Function:
    """A sum of which each part is rounded to float16."""

    def added(x: Tensor, weight: Tensor, bias: Tensor | None = None, *rest: Any) -> Tensor:
        total: Tensor = 0
        for begin in range(0, x.shape[1], 8):
            part = function(x[:, begin : begin + 8], weight[:, begin : begin + 8], None, *rest)
            total = (total + part).half().float()
        if bias is None:
            return total
        return total + (bias if total.dim() == 2 else bias[:, None, None])

    return added


def slope_in_half(function: Function) -> Function:
    return lambda x, slope=0.01, inplace=False: function(x, float(torch.tensor(slope).half()), inplace)


def variance_in_half(function: Function) -> Function:
    return lambda x, mean, variance, *rest, **named: function(x, mean, variance.half().float(), *rest, **named)


CONVOLUTION, DENSE, SLOPE, NORMALISATION = "conv2d", "linear", "leaky_relu", "batch_norm"

FAULTS: dict[str, tuple[tuple[str, ...], Callable[[Function], Function]]] = {
    "TensorFloat-32": ((CONVOLUTION, DENSE), with_operands_of(10)),
    "bfloat16": ((CONVOLUTION, DENSE), with_operands_of(7)),
    "float16 accumulation": ((CONVOLUTION, DENSE), adding_up_in_half),
    "a constant in half precision": ((SLOPE,), slope_in_half),
    "a statistic in half precision": ((NORMALISATION,), variance_in_half),
}

PLANTED = [
    pytest.param(network, fault, id=f"{fault} in {network}")
    for fault, (functions, _) in FAULTS.items()
    for network in NETWORKS
    if NORMALISATION not in functions or network == "deep"
]


def sound(name: str) -> tuple[Graph, Arrays, Arrays, Runs]:
    """The network, its weights and inputs, and what both backends make of them."""
    if name not in _sound:
        graph = archspec.load(SOUND[name]).graph
        weights, inputs = randomised(graph), random_inputs(graph, batch=16)
        backends = [find_backend("torch"), find_backend("tensorflow")]
        _sound[name] = graph, weights, inputs, run(graph, backends, weights, inputs)
    return _sound[name]


_sound: dict[str, tuple[Graph, Arrays, Arrays, Runs]] = {}


def with_fault(name: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> ParityReport:
    """The report where PyTorch computes float32 with the fault."""
    graph, weights, inputs, runs = sound(name)
    functions, plant = FAULTS[fault]
    for function in functions:
        monkeypatch.setattr(functional, function, _in_float32(getattr(functional, function), plant))
    backend = find_backend("torch")
    model = backend.load(graph, backend.emit(graph), weights, dtype="float32", device="cpu")
    outputs = backend.run(graph, model, {key: array.astype("float32") for key, array in inputs.items()})
    return judge(graph, replace(runs, single={**runs.single, "torch": outputs}))


def _in_float32(function: Function, plant: Callable[[Function], Function]) -> Function:
    planted = plant(function)
    return lambda x, *rest, **named: (planted if x.dtype == torch.float32 else function)(x, *rest, **named)


@pytest.mark.parametrize("name", SOUND)
def test_float32_is_as_good_as_it_can_be(name: str) -> None:
    graph, _, _, runs = sound(name)
    (output,) = judge(graph, runs).outputs
    assert output.passed
    assert not output.sensitive


@pytest.mark.parametrize(("name", "fault"), PLANTED)
def test_less_than_float32_is_seen(name: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = with_fault(name, fault, monkeypatch)
    (output,) = report.outputs
    assert output.float64 <= 1e-12
    assert output.inexact == ("torch",)
    assert "but the float32 of torch is further off" in inference(report).verdict
