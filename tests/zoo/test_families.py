"""A family is one module: each of its variants is the network that it is when it is compiled alone."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import archspec
from archspec.errors import EmitError
from archspec.reading import emit_family
from tests.marks import slow_but

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")

SPECS = Path(__file__).parents[2] / "specs"

SMALL = {
    "alexnet": "alexnet_paper",
    "alexnet_listings": "alexnet_fc2048",
    "convnext": "convnext_tiny",
    "densenet": "densenet121",
    "densenet_keras": "densenet121_keras_reduced",
    "efficientnet": "efficientnet_b0",
    "efficientnet_lite": "efficientnet_lite1",
    "efficientnet_v2": "efficientnet_v2_s",
    "googlenet": "googlenet",
    "inception_resnet": "inception_resnet_v1",
    "inception_v3": "inception_v3",
    "lenet": "lenet5",
    "mnasnet": "mnasnet0_5",
    "mobilenet": "mobilenet_v1_x0_25",
    "mobilenet_v2": "mobilenet_v2_keras",
    "mobilenet_v3": "mobilenet_v3_small",
    "regnet": "regnet_y_400mf",
    "resnet": "resnet18",
    "resnet_cifar": "resnet20_cifar",
    "resnet_cifar_keras": "resnet20_v2",
    "resnet_flattened": "resnet18_flattened",
    "resnet_v2": "resnet50_v2",
    "shufflenet_v2": "shufflenet_v2_x0_5",
    "squeezenet": "squeezenet1_1",
    "vgg": "vgg11_bn",
    "vgg_listings": "vgg_c_same_pools",
    "xception": "xception_keras",
    "zfnet": "zfnet_keras",
}
"""A small variant of each family."""

REFUSED = {
    "torch": {
        "googlenet": "Dense has several forms",
        "mtcnn": ".* there are 3 to 4 rows",
        "nasnet": "a loop over layers with several inputs",
    },
    "tensorflow": {
        "mtcnn": ".* there are 3 to 4 rows",
        "nasnet": "a loop over layers with several inputs",
    },
}
"""Documents of which a backend has no one network for all variants, and why."""

QUICK = {"lenet", "mobilenet_v2", "mobilenet_v3"}
KERAS_QUICK = {"lenet", "mobilenet_v3"}

LINES = {"resnet": 181, "mobilenet_v3": 197, "regnet": 281}
"""How long the source of a family for PyTorch may be."""

FAMILIES = [name for name in SMALL if name not in REFUSED["torch"]]
KERAS_FAMILIES = [name for name in SMALL if name not in REFUSED["tensorflow"]]

RTOL = 1e-5
"""How far outputs may differ, of the largest: Keras may pad in one way alone, and in another in a family."""


@cache
def _variants(name: str) -> list[str]:
    return list(yaml.safe_load((SPECS / f"{name}.yaml").read_text(encoding="utf-8"))["variants"])


@cache
def _module(name: str, backend: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": name}
    exec(compile(emit_family(SPECS / f"{name}.yaml", backend), name, "exec"), found)
    return found


def _load(name: str, variant: str) -> archspec.Network:
    return archspec.load(SPECS / f"{name}.yaml", variant=variant)


@pytest.mark.parametrize("name", slow_but(QUICK, FAMILIES))
def test_each_variant_has_the_weights_of_the_network_alone(name: str) -> None:
    from archspec_torch.places import counters, places

    for variant in _variants(name):
        graph = _load(name, variant).graph
        with torch.device("meta"):
            model = _module(name, "torch")[variant]()
        expected = {place.native: place.native_shape for place in places(graph)}
        expected |= dict.fromkeys(counters(graph), ())
        assert {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()} == expected


@pytest.mark.parametrize("name", slow_but(KERAS_QUICK, KERAS_FAMILIES))
def test_each_variant_of_keras_has_the_weights_of_the_network_alone(name: str) -> None:
    from archspec_tensorflow.weights import variables

    for variant in _variants(name):
        graph = _load(name, variant).graph
        with keras.StatelessScope(initialize_variables=False):
            model = _module(name, "tensorflow")[variant]()
        assert len(variables(graph, model)) == len(model.weights)
        assert model.name == variant
        keras.backend.clear_session()


@pytest.mark.parametrize("name", slow_but(QUICK, FAMILIES))
def test_a_variant_computes_what_the_network_alone_does(name: str) -> None:
    network = _load(name, SMALL[name])
    alone = network.compile("torch", device="cpu")
    model = _module(name, "torch")[SMALL[name]]().eval()
    model.load_state_dict(alone.state_dict())
    ((height, width, channels),) = (kind.shape for kind in network.graph.inputs.values())
    image = torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        outputs, expected = (_by_name(each(image)) for each in (model, alone))
    assert outputs.keys() == expected.keys()
    assert all(torch.equal(outputs[name], value) for name, value in expected.items())


@pytest.mark.parametrize("name", slow_but(KERAS_QUICK, KERAS_FAMILIES))
def test_a_variant_of_keras_computes_what_the_network_alone_does(name: str) -> None:
    network = _load(name, SMALL[name])
    alone = network.compile("tensorflow", device="cpu")
    model = _module(name, "tensorflow")[SMALL[name]]()
    assert _given_names(model) == _given_names(alone)
    weights = {layer.name: layer.get_weights() for layer in alone.layers if layer.get_weights()}
    for layer in model.layers:
        if layer.name in weights:
            layer.set_weights(weights.pop(layer.name))
    assert not weights
    image = np.random.default_rng(0).random((1, *model.input_shape[1:]), np.float32)
    outputs, expected = (_by_name(each(image, training=False)) for each in (model, alone))
    assert outputs.keys() == expected.keys()
    for name, value in expected.items():
        array = np.asarray(value)
        assert np.abs(np.asarray(outputs[name]) - array).max() <= RTOL * np.abs(array).max()


def _by_name(outputs: Any) -> dict[str, Any]:
    return outputs if isinstance(outputs, dict) else {"": outputs}


def _given_names(model: Any) -> set[str]:
    """The names of a Keras model's layers, without those that Keras made up of their classes."""
    automatic = {layer.name: keras.src.utils.naming.to_snake_case(type(layer).__name__) for layer in model.layers}
    return {name for name, word in automatic.items() if not re.fullmatch(rf"{re.escape(word)}(_\d+)?", name)}


@pytest.mark.parametrize("name", LINES)
def test_a_family_is_short(name: str) -> None:
    assert len(emit_family(SPECS / f"{name}.yaml", "torch").splitlines()) <= LINES[name]


def test_all_documents_with_several_variants_are_families_or_refused() -> None:
    documents = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in SPECS.glob("*.yaml")}
    several = {name for name, document in documents.items() if len(document.get("variants", {})) > 1}
    for refused in REFUSED.values():
        assert several == SMALL.keys() | refused.keys()


@pytest.mark.parametrize(
    ("backend", "name"), [(backend, name) for backend, refused in REFUSED.items() for name in refused]
)
def test_a_family_that_cannot_be_said_is_refused_with_the_reason(backend: str, name: str) -> None:
    with pytest.raises(EmitError, match=f"for all variants of {name}: {REFUSED[backend][name]}"):
        emit_family(SPECS / f"{name}.yaml", backend)


def test_a_param_of_the_document_is_an_argument_of_each_variant() -> None:
    with torch.device("meta"):
        assert _module("resnet", "torch")["resnet18"](classes=7).fc.out_features == 7


def test_a_param_of_the_document_is_an_argument_of_each_variant_of_keras() -> None:
    with keras.StatelessScope(initialize_variables=False):
        assert _module("mobilenet_v3", "tensorflow")["mobilenet_v3_small"](classes=7).output_shape == (None, 7)
