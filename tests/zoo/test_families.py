"""A family is one module: each of its variants is the network that it is when it is compiled alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

import archspec
from archspec.errors import EmitError
from archspec.reading import emit_family
from archspec_torch.places import counters, places

SPECS = Path(__file__).parents[2] / "specs"

FAMILIES = (
    "alexnet", "convnext", "densenet", "densenet_keras", "efficientnet", "efficientnet_v2", "inception_resnet", "lenet",
    "mnasnet", "mobilenet", "mobilenet_v3", "regnet", "resnet", "resnet_cifar", "resnet_flattened", "resnet_v2",
    "shufflenet_v2", "squeezenet", "vgg",
)  # fmt: skip
"""The documents of which PyTorch has one class for all variants."""

LINES = {"resnet": 225, "mobilenet_v3": 220, "regnet": 310}
"""How long the source of a family may be."""

QUICK = ("resnet", "mobilenet_v3", "densenet", "squeezenet")


def _variants(name: str) -> list[str]:
    return list(yaml.safe_load((SPECS / f"{name}.yaml").read_text(encoding="utf-8"))["variants"])


def _module(source: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": name}
    exec(compile(source, name, "exec"), found)
    return found


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES]
)
def test_each_variant_has_the_weights_of_the_network_alone(name: str) -> None:
    made = _module(emit_family(SPECS / f"{name}.yaml", "torch"), name)
    for variant in _variants(name):
        graph = archspec.load(SPECS / f"{name}.yaml", variant=variant).graph
        with torch.device("meta"):
            model = made[variant]()
        expected = {place.native: place.native_shape for place in places(graph)}
        expected |= dict.fromkeys(counters(graph), ())
        assert {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()} == expected


@pytest.mark.parametrize("name", ["mobilenet_v3", "squeezenet"])
def test_a_variant_computes_what_the_network_alone_does(name: str) -> None:
    made = _module(emit_family(SPECS / f"{name}.yaml", "torch"), name)
    variant = _variants(name)[-1]
    alone = archspec.load(SPECS / f"{name}.yaml", variant=variant).compile("torch", device="cpu")
    model = made[variant]().eval()
    model.load_state_dict(alone.state_dict())
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(model(image), alone(image))


@pytest.mark.parametrize("name", LINES)
def test_a_family_is_short(name: str) -> None:
    assert len(emit_family(SPECS / f"{name}.yaml", "torch").splitlines()) <= LINES[name]


def test_a_family_that_one_class_cannot_say_is_refused_with_the_reason() -> None:
    with pytest.raises(EmitError, match="no one class for all variants of inception_v3: the outputs have other names"):
        emit_family(SPECS / "inception_v3.yaml", "torch")


def test_a_param_of_the_document_is_an_argument_of_each_variant() -> None:
    made = _module(emit_family(SPECS / "resnet.yaml", "torch"), "resnet")
    with torch.device("meta"):
        assert made["resnet18"](classes=7).fc.out_features == 7
