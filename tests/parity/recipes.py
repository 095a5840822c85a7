"""Small networks and recipes which together have each convention of training in which the frameworks differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

import archspec
from archspec.network import Network

_SPECS: dict[str, dict[str, Any]] = {
    "convolutional": {
        "archspec": 1,
        "name": "convolutional",
        "inputs": {"image": [8, 8, 1]},
        "layers": [
            {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
            {"layer_type": "MaxPooling2D"},
            {"layer_type": "Flatten"},
            {"layer_type": "Dropout", "rate": 0.3},
            {"name": "fc", "layer_type": "Dense", "units": 10, "activation": "softmax"},
        ],
    },
    "residual": {
        "archspec": 1,
        "name": "residual",
        "inputs": {"image": [8, 8, 1]},
        "layers": [
            {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"},
            {"name": "bn", "layer_type": "BatchNormalization"},
            {"layer_type": "ReLU"},
            {
                "layer_type": "Residual",
                "name": "block",
                "layers": [
                    {
                        "name": "conv",
                        "layer_type": "Conv2D",
                        "filters": 4,
                        "kernel_size": 3,
                        "padding": "same",
                        "use_bias": False,
                    },
                    {"name": "bn", "layer_type": "BatchNormalization", "epsilon": 1e-5, "momentum": 0.9},
                ],
            },
            {"layer_type": "ReLU"},
            {"layer_type": "GlobalAveragePooling2D"},
            {"name": "fc", "layer_type": "Dense", "units": 10},
        ],
    },
}

_SPECS["two_heads"] = {
    "archspec": 1,
    "name": "two_heads",
    "inputs": {"image": [8, 8, 1]},
    "layers": [
        {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
        {"name": "flat", "layer_type": "Flatten"},
        {"name": "main", "layer_type": "Dense", "units": 10, "activation": "softmax"},
        {"name": "aux", "layer_type": "Dense", "units": 10, "inputs": "flat"},
    ],
    "outputs": ["main", "aux"],
}

OPTIMIZERS: Mapping[str, dict[str, Any]] = {
    "sgd": {"type": "SGD", "learning_rate": 0.05},
    "momentum": {"type": "SGD", "learning_rate": 0.02, "momentum": 0.9},
    "nesterov": {"type": "SGD", "learning_rate": 0.02, "momentum": 0.9, "nesterov": True},
    "adam": {"type": "Adam", "learning_rate": 0.003, "epsilon": 1e-3},
    "adamw": {"type": "AdamW", "learning_rate": 0.003},
    "rmsprop": {"type": "RMSprop", "learning_rate": 0.001, "epsilon": 1e-3},
    "rmsprop_momentum": {"type": "RMSprop", "learning_rate": 0.001, "momentum": 0.9, "epsilon": 1e-3},
}
"""Adam's usual epsilon, 1e-8, would make noise of gradients that are rounding errors."""

DECAYS: Mapping[str, dict[str, Any] | None] = {
    "no_decay": None,
    "coupled": {"rate": 0.01},
    "decoupled": {"rate": 0.01, "decoupled": True, "except": ["bias", "norm"]},
}

SCHEDULES: Mapping[str, dict[str, Any]] = {
    "milestones": {"type": "Milestones", "epochs": [2, 3], "factor": 0.5},
    "cosine": {"type": "Cosine", "warmup": {"epochs": 1}},
    "plateau": {"type": "Plateau", "patience": 1, "min_delta": 0.5, "factor": 0.5},
}

EXTRAS: tuple[dict[str, Any], ...] = (
    {},
    {"clip": {"type": "GlobalNorm", "at": 0.5}},
    {"accumulate": 3},
    {"average": {"decay": 0.9}},
    {"clip": {"type": "Value", "at": 0.05}, "accumulate": 2},
    {"average": {"decay": 0.9, "statistics": False}, "clip": "GlobalNorm"},
    {"regularizers": [{"type": "L2", "rate": 0.01}, {"type": "L1", "rate": 0.001, "layers": ["Dense"]}]},
)

EPOCHS = 9
"""Of 23 steps: 200 steps are within them."""


@cache
def network(name: str) -> Network:
    """One of the small networks."""
    return archspec.load(_SPECS[name])


def recipe(network: str, optimizer: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A recipe on scikit-learn's digits: 360 for training, whose last batch is half a batch."""
    return {
        "recipe": 1,
        "name": "lockstep",
        "network": network,
        "data": {"source": "digits", "validation": 0.8},
        "loss": "CrossEntropy",
        "optimizer": optimizer,
        "epochs": EPOCHS,
        "batch_size": 16,
        "metrics": ["accuracy"],
        **others,
    }


def combinations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The name, the network and the recipe of each combination."""
    for number, (optimizer, decay, schedule) in enumerate(product(OPTIMIZERS, DECAYS, SCHEDULES)):
        if (optimizer, decay) == ("adamw", "coupled"):
            continue
        extra = EXTRAS[number % len(EXTRAS)]
        own = "residual" if number % 2 else "convolutional"
        words = {**OPTIMIZERS[optimizer], **({"weight_decay": DECAYS[decay]} if DECAYS[decay] else {})}
        name = "-".join((own, optimizer, decay, schedule, *extra))
        yield name, own, recipe(own, words, schedule=SCHEDULES[schedule], **extra)
    yield from _losses()


def _losses() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Combinations of losses and of frozen parts."""
    sgd = OPTIMIZERS["momentum"]
    weighted = {"type": "CrossEntropy", "class_weights": [1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 1.0, 1.0, 0.0, 1.0]}
    both = {"label_smoothing": 0.1, **weighted}
    for name, loss in {
        "smoothed": {"type": "CrossEntropy", "label_smoothing": 0.1},
        "weighted": weighted,
        "both": both,
    }.items():
        yield f"convolutional-{name}", "convolutional", recipe("convolutional", sgd, loss=loss)
    half = {"type": "CrossEntropy", "weight": 0.5}
    several = [{"type": "L2", "rate": 0.1, "paths": ["conv"]}, {"type": "L2", "rate": 0.01, "paths": ["fc"]}]
    yield "convolutional-half", "convolutional", recipe("convolutional", sgd, loss=half, regularizers=several)
    mixed = {"source": "digits", "validation": 0.8, "mix": {"type": "Mixup"}}
    yield "convolutional-mixup", "convolutional", recipe("convolutional", sgd, data=mixed)
    for name, losses in {"one": ("main",), "two": ("main", "aux")}.items():
        weighted = {head: {"type": "CrossEntropy", "weight": 1.0 if head == "main" else 0.3} for head in losses}
        words = recipe("two_heads", {**sgd, "weight_decay": DECAYS["decoupled"]}, losses=weighted, accumulate=2)
        yield f"two_heads-{name}", "two_heads", {**words, "loss": None, "clip": {"type": "Value", "at": 0.05}}
    decay = {**sgd, "weight_decay": 0.01}
    for statistics in ("fixed", "moving"):
        freeze = {"paths": ["bn", "block"], "statistics": statistics}
        yield f"residual-frozen-{statistics}", "residual", recipe("residual", decay, freeze=freeze)
