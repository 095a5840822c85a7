"""Faults that a backend could have, and how each is planted into one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pytest

from archspec.backend import Gradients, Optimiser, find_backend

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """A fault in a network of `tests.parity.networks`; `seen` says which comparison has to see it.

    `guilty` are the layers that have to be named, or the optimiser.
    """

    name: str
    network: str
    plant: Plant
    seen: Literal["inference", "training", "optimiser"] = "inference"
    guilty: tuple[str, ...] = ("target",)


def text(backend: str, pattern: str, replacement: str) -> Plant:
    """The emitted source has another text in one place; it has to have the first one."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        found = find_backend(backend)
        emit, first = found.emit, [True]

        def wrong(graph: Any) -> str:
            source = emit(graph)
            changed = re.sub(pattern, replacement, source)
            assert not first[0] or changed != source, f"{pattern} is not in:\n{source}"
            first[0] = False
            return changed

        monkeypatch.setattr(found, "emit", wrong, raising=False)

    return plant


def torch_weight(layer_type: str, **slots: Mapping[str, Any]) -> Plant:
    """PyTorch's rows say of these slots that the weight lives elsewhere or otherwise."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        from archspec_torch.emit import ROWS

        row = next(row for kind, row in ROWS.items() if kind.__name__ == layer_type)
        usual = dict(row.weights)
        for slot, changes in slots.items():
            monkeypatch.setitem(row.weights, slot, replace(usual[slot], **changes))

    return plant


def keras_weights(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Plant:
    """Keras's models are given other weights than they should."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        import archspec_tensorflow.runtime
        import archspec_tensorflow.training

        assign = archspec_tensorflow.runtime.assign

        def wrong(graph: Any, model: Any, weights: Mapping[str, Any]) -> None:
            assign(graph, model, change(dict(weights)))

        for module in (archspec_tensorflow.runtime, archspec_tensorflow.training):
            monkeypatch.setattr(module, "assign", wrong)

    return plant


def changed(slot: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """This weight of the layer `target` changed, also where the layer is alone."""
    seen: list[Any] = []

    def weights_of(weights: dict[str, Any]) -> dict[str, Any]:
        seen.extend(array for name, array in weights.items() if name == f"target:{slot}" and not seen)
        return {name: change(array) if seen and array is seen[0] else array for name, array in weights.items()}

    return weights_of


def module_attribute(module: str, name: str, value: Any) -> Plant:
    """Something else in a module of a backend."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(f"{module}.{name}", value)

    return plant


def torch_optimiser(name: str, make: Callable[[Any, Any, Optimiser], Any]) -> Plant:
    """PyTorch's optimiser is another one: `make` gets torch.optim, the parameters and the numbers."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        import torch

        from archspec_torch import training

        monkeypatch.setitem(training.OPTIMISERS, name, lambda parameters, wanted: make(torch.optim, parameters, wanted))

    return plant


def frozen_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch's moving means stay as they are."""
    from torch.nn.modules.batchnorm import _BatchNorm

    forward = _BatchNorm.forward

    def stale(self: Any, x: Any) -> Any:
        before = self.running_mean.clone()
        found = forward(self, x)
        self.running_mean = before
        return found

    monkeypatch.setattr(_BatchNorm, "forward", stale)


def noisy_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch's gradient of the target's kernel is another each time, by up to one per cent."""
    torch = find_backend("torch")
    gradients, generator = torch.gradients, np.random.default_rng(0)

    def noisy(*arguments: Any) -> Gradients:
        found = gradients(*arguments)
        weights = dict(found.of_weights)
        for name in {"target:kernel", "layer:kernel"} & weights.keys():
            weights[name] = weights[name] * generator.uniform(0.99, 1.01, weights[name].shape)
        return replace(found, of_weights=weights)

    monkeypatch.setattr(torch, "gradients", noisy, raising=False)


IN_TORCH = [
    ("an epsilon of batch normalisation", "norm", r"eps=0\.001", "eps=1e-05"),
    ("an epsilon, of vectors", "norm of vectors", r"eps=0\.001", "eps=0.00101"),
    ("an epsilon of layer normalisation", "layer norm", r"eps=0\.001", "eps=1e-05"),
    ("LRN's alpha divided by the size", "response", r"alpha=0\.3", "alpha=0.1"),
    ("LRN's k", "response", r"k=2\.0", "k=1.0"),
    ("LRN's size", "response", r"LocalResponseNorm\(3", "LocalResponseNorm(5"),
    ("the side of a pad", "strided", r"\[total // 2, total - total // 2\]", "[total - total // 2, total // 2]"),
    ("the axes of a pad", "lopsided", r"pad=\(1, 0, 0, 2\)", "pad=(0, 2, 1, 0)"),
    ("the axes of strides", "lopsided", r"stride=\(2, 1\)", "stride=(1, 2)"),
    ("a dilation", "dilated", r"padding=2, dilation=2", "padding=1"),
    ("the side of a crop", "transposed", r"crop=\(0, 1, 0, 1\)", "crop=(1, 0, 1, 0)"),
    ("floor in place of ceil", "ceil pool", r", ceil_mode=True", ""),
    ("a padding counted", "average pool", r", count_include_pad=False", ""),
    (
        "a padding not counted",
        "counted pool",
        r"stride=1, padding=1\)",
        "stride=1, padding=1, count_include_pad=False)",
    ),
    ("a slope", "leaky", r"LeakyReLU\(0\.3, ", "LeakyReLU("),
    ("a bound", "relu6", r"Hardtanh\(0\.0, 0\.5", "Hardtanh(0.0, 0.6"),
    ("ELU's alpha", "elu", r"ELU\(0\.5\)", "ELU()"),
    ("the approximation of GELU", "gelu", r"GELU\(\)", 'GELU(approximate="tanh")'),
    ("hard swish for swish", "silu", r"nn\.SiLU", "nn.Hardswish"),
    ("a sigmoid for the hard one", "hard sigmoid", r"nn\.Hardsigmoid\(inplace=True\)", "nn.Sigmoid()"),
    ("the axis of a softmax", "softmax", r"Softmax\(dim=1\)", "Softmax(dim=2)"),
    ("a bilinear resize by corners", "bilinear", r'mode="bilinear"', 'mode="bilinear", align_corners=True'),
    ("bilinear for nearest", "nearest", r"scale_factor=2\)", 'scale_factor=2, mode="bilinear")'),
    ("the groups of a shuffle", "shuffle", r"ChannelShuffle\(2\)", "ChannelShuffle(4)"),
    ("the axes of zero padding", "zero padding", r"ZeroPad2d\(\(0, 2, 1, 0\)\)", "ZeroPad2d((1, 0, 0, 2))"),
    ("the start of a slice", "slice", r"Slice\(1, stop=2\)", "Slice(1, start=1, stop=3)"),
    ("an order of concatenation", "concatenate", r"torch\.cat\(\((\w+), (\w+)\)", r"torch.cat((\2, \1)"),
    ("an order of subtraction", "subtract", r"(\w+) - (\w+)", r"\2 - \1"),
]

IN_KERAS = [
    ("an epsilon of Keras's", "norm", r"BatchNormalization\(", "BatchNormalization(epsilon=1e-05, "),
    ("a zero for minus infinity", "max pool", r'float\("-inf"\)', "0.0"),
    ("a sum for a mean", "average", r"layers\.Average\(", "layers.Add("),
    ("the smaller for the larger", "maximum", r"layers\.Maximum\(", "layers.Minimum("),
    ("the side of Keras's pad", "lopsided", r"\(\(0, 2\), \(1, 0\)\)", "((2, 0), (1, 0))"),
    ("the axes of a pool's window", "ceil pool", r"MaxPooling2D\(2", "MaxPooling2D((1, 2)"),
    ("an axis of Keras's softmax", "softmax", r"Softmax\(", "Softmax(axis=1, "),
]

CONVERTED = [
    ("a kernel with swapped axes", "conv", torch_weight("Conv2D", kernel={"axes": (3, 2, 1, 0)})),
    (
        "the order of Flatten",
        "flatten",
        module_attribute("archspec_torch.places", "feature_orders_of", lambda graph: {}),
    ),
    ("a depthwise layout", "depthwise", torch_weight("DepthwiseConv2D", kernel={"axes": (3, 2, 0, 1)})),
    ("a kernel not transposed", "all square", torch_weight("Dense", kernel={"axes": ()})),
    ("scale and shift swapped", "scale", torch_weight("Scale", gamma={"name": "bias"}, beta={"name": "weight"})),
    ("a dropped bias", "conv", keras_weights(changed("bias", lambda array: array * 0))),
    ("a stale running mean", "norm", keras_weights(changed("moving_mean", lambda array: array * 0))),
    ("a deviation for a variance", "norm", keras_weights(changed("moving_variance", lambda array: array**0.5))),
    ("slopes of other channels", "prelu", keras_weights(changed("alpha", lambda array: array[..., ::-1].copy()))),
    ("a kernel turned", "transposed", keras_weights(changed("kernel", lambda array: array[::-1, ::-1].copy()))),
]

IN_FLOAT32 = [("a slope", "leaky"), ("constants of GELU", "gelu"), ("an interpolation", "bilinear")]
"""What TensorFlow rounds to float32 in float64 models too."""

TRAINING = [
    ("a momentum convention", "norm", text("torch", r"momentum=0\.01", "momentum=0.99")),
    ("a momentum of Keras's", "norm", text("tensorflow", r"BatchNormalization\(", "BatchNormalization(momentum=0.9, ")),
    ("the unbiased variance", "norm", module_attribute("archspec_torch.training", "biased_variances", nullcontext)),
    ("a mean that does not move", "norm", frozen_statistics),
    (
        "no gradient to what is before",
        "conv",
        text("torch", r"(?s)(4, 4, 3.*?self\.(?:target|layer))\((\w+)\)", r"\1(\2.detach())"),
    ),
    ("a gradient that is not deterministic", "conv", noisy_gradient),
    ("1/6 in float32", "hard sigmoid", module_attribute("archspec_torch.training", "ExactSixth", nullcontext)),
]

OPTIMISERS = [
    ("dampening", "sgd", lambda optim, weights, it: optim.SGD(weights, it.learning_rate, it.momentum, 0.5)),
    (
        "Nesterov's momentum",
        "sgd",
        lambda optim, weights, it: optim.SGD(weights, it.learning_rate, it.momentum, nesterov=True),
    ),
    ("no momentum", "sgd", lambda optim, weights, it: optim.SGD(weights, it.learning_rate)),
    (
        "another epsilon",
        "adam",
        lambda optim, weights, it: optim.Adam(weights, it.learning_rate, (it.beta_1, it.beta_2), 1e-7),
    ),
    (
        "betas swapped",
        "adam",
        lambda optim, weights, it: optim.Adam(weights, it.learning_rate, (it.beta_2, it.beta_1), it.epsilon),
    ),
    (
        "a rate that is off by a float32 epsilon",
        "adam",
        lambda optim, weights, it: optim.Adam(
            weights, it.learning_rate * (1 + 2.0**-23), (it.beta_1, it.beta_2), it.epsilon
        ),
    ),
    (
        "a decay that is coupled",
        "adamw",
        lambda optim, weights, it: optim.Adam(
            weights, it.learning_rate, (it.beta_1, it.beta_2), it.epsilon, it.weight_decay
        ),
    ),
    (
        "epsilon outside of the root",
        "rmsprop",
        lambda optim, weights, it: optim.RMSprop(weights, it.learning_rate, it.rho, it.epsilon),
    ),
]


def _guilty(network: str) -> tuple[str, ...]:
    """Rows are of a type: in one network all layers are of it."""
    return ("stem", "target", "scores") if network == "all square" else ("target",)


FAULTS: tuple[Fault, ...] = (
    *(Fault(name, network, text("torch", *change)) for name, network, *change in IN_TORCH),
    *(Fault(name, network, text("tensorflow", *change)) for name, network, *change in IN_KERAS),
    *(Fault(name, network, plant, guilty=_guilty(network)) for name, network, plant in CONVERTED),
    *(
        Fault(
            f"{name} in float32",
            network,
            module_attribute("archspec_tensorflow.runtime", "exact_functions", nullcontext),
        )
        for name, network in IN_FLOAT32
    ),
    *(Fault(name, network, plant, "training") for name, network, plant in TRAINING),
    *(Fault(name, "square", torch_optimiser(kind, make), "optimiser", (kind,)) for name, kind, make in OPTIMISERS),
    Fault(
        "epsilon before the correction",
        "square",
        module_attribute("archspec_tensorflow.training", "CORRECTED", frozenset({"adamw"})),
        "optimiser",
        ("adam",),
    ),
)
