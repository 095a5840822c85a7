"""A family is one module: each of its variants is the network that it is when it is compiled alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import archspec
from archspec.errors import EmitError
from archspec.reading import emit_family
from archspec_tensorflow.emit.names import entry_point
from archspec_torch.runtime import without_values
from tests.marks import rows_but, slow_but
from tests.peers.torchvision_peer import build_ours, train
from tests.valueless import valueless
from tests.zoo.listed import is_listed

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")

SPECS = Path(__file__).parents[2] / "specs"

SMALL = {
    "alexnet": "alexnet_paper",
    "alexnet_listings": "alexnet_fc2048",
    "convnext": "convnext_tiny",
    "convnext_keras": "convnext_tiny_keras",
    "densenet": "densenet121",
    "densenet_caffe": "densenet121_caffe_reduced",
    "densenet_keras": "densenet121_keras",
    "efficientnet": "efficientnet_b0",
    "efficientnet_keras": "efficientnet_b0_keras",
    "efficientnet_lite": "efficientnet_lite1",
    "efficientnet_v2": "efficientnet_v2_s",
    "efficientnet_v2_keras": "efficientnet_v2_b0_keras",
    "googlenet": "googlenet",
    "inception_resnet": "inception_resnet_v1",
    "inception_v3": "inception_v3",
    "lenet": "lenet5",
    "mnasnet": "mnasnet0_5",
    "mobilenet": "mobilenet_v1_x0_25",
    "mobilenet_v3": "mobilenet_v3_small",
    "mobilenet_v3_keras": "mobilenet_v3_small_keras",
    "regnet": "regnet_y_400mf",
    "repvgg": "repvgg_a0",
    "resnet": "resnet18",
    "resnet_cifar": "resnet20_cifar",
    "resnet_cifar_keras": "resnet20_v2",
    "resnet_flattened": "resnet18_flattened",
    "resnet_keras": "resnet50_keras",
    "resnet_v2": "resnet50_v2",
    "shufflenet_v2": "shufflenet_v2_x0_5",
    "squeezenet": "squeezenet1_1",
    "vgg": "vgg11_bn",
    "vgg_keras": "vgg16_keras",
    "vgg_listings": "vgg_c_same_pools",
    "zfnet": "zfnet_keras",
}
"""A small variant of each family."""

REFUSED = {
    "torch": {
        "efficientnet_keras": "odd is the name of something else",
        "googlenet": "Dense has several forms",
        "mtcnn": ".* there are 3 to 4 rows",
        "nasnet": "a loop over layers with several inputs",
    },
    "tensorflow": {
        "efficientnet_keras": "odd is the name of something else",
        "mtcnn": ".* there are 3 to 4 rows",
        "nasnet": "a loop over layers with several inputs",
    },
}
"""Documents of which a backend has no one network for all variants, and why."""

QUICK = {"lenet", "mobilenet_v3"}
FEW = {"convnext", "densenet", "efficientnet", "inception_v3", "regnet", "resnet", "shufflenet_v2", "vgg"}
KERAS_QUICK = {"lenet"}
KERAS_FEW = {"convnext", "inception_v3", "mobilenet_v3", "regnet", "resnet", "vgg"}
"""Families whose blocks are written in different ways."""

LINES = {"resnet": 181, "mobilenet_v3": 197, "regnet": 282}
"""How long the source of a family for PyTorch may be."""

FAMILIES = [name for name in SMALL if name not in REFUSED["torch"]]
KERAS_FAMILIES = [name for name in SMALL if name not in REFUSED["tensorflow"]]

OTHERWISE = {
    "alexnet_paper": "alexnet",
    "googlenet": "googlenet",
    "googlenet_keras": "googlenet",
    "squeezenet1_1": "squeezenet",
    "zfnet": "zfnet",
}
"""Variants whose sources for Keras pad or activate in one way alone, and in another in a family: they are compared
in numbers."""

ANOTHER = {
    "alexnet_listings": "alexnet_no_relu",
    "convnext": "convnext_base",
    "convnext_keras": "convnext_base_keras",
    "densenet": "densenet161",
    "densenet_caffe": "densenet121_caffe",
    "densenet_keras": "densenet169_keras",
    "efficientnet": "efficientnet_b5",
    "efficientnet_v2": "efficientnet_v2_m",
    "efficientnet_v2_keras": "efficientnet_v2_s_keras",
    "lenet": "lenet",
    "mobilenet": "mobilenet_v1",
    "mobilenet_v3": "mobilenet_v3_large",
    "mobilenet_v3_keras": "mobilenet_v3_large_keras",
    "regnet": "regnet_x_800mf",
    "resnet": "resnext50_32x4d",
    "resnet_cifar": "resnet32_cifar",
    "resnet_cifar_keras": "resnet32_v1",
    "resnet_keras": "resnet101_keras",
    "resnet_v2": "resnet101_v2",
    "vgg": "vgg13_bn",
    "vgg_listings": "vgg16_3x2",
}
"""The variant for which Keras's sources are compared, and with `--tables` they are for the small one too: of those
that differ from the small one in the most params, the one with the fewest layers. Without a row here it is the family's
last. VGGs without normalisation activate inside their convolutions alone, and behind them in the family."""

KERAS_ALIKE = [name for name in KERAS_FAMILIES if ANOTHER.get(name, SMALL[name]) not in OTHERWISE]
"""The families of which that variant is compared by its configuration."""

RTOL = 1e-5
"""How far their outputs may differ, of the largest."""


@cache
def _variants(name: str) -> list[str]:
    return list(yaml.safe_load((SPECS / f"{name}.yaml").read_text(encoding="utf-8"))["variants"])


@cache
def _module(name: str, backend: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": name}
    exec(compile(_source(name, backend), name, "exec"), found)
    return found


@cache
def _source(name: str, backend: str) -> str:
    return emit_family(SPECS / f"{name}.yaml", backend)


def _load(name: str, variant: str) -> archspec.Network:
    return archspec.load(SPECS / f"{name}.yaml", variant=variant)


@pytest.mark.parametrize("name", slow_but(QUICK, FAMILIES))
def test_each_variant_has_the_weights_of_the_network_alone(name: str) -> None:
    from archspec_torch.places import counters, places

    for variant in _variants(name):
        graph = _load(name, variant).graph
        with without_values():
            model = _module(name, "torch")[variant]()
        expected = {place.native: place.native_shape for place in places(graph)}
        expected |= dict.fromkeys(counters(graph), ())
        assert {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()} == expected


@pytest.mark.parametrize("name", rows_but(QUICK, FEW, FAMILIES))
def test_a_variant_computes_what_the_network_alone_does(name: str) -> None:
    network = _load(name, SMALL[name])
    alone = build_ours(network).to_empty(device="cpu")
    train(alone)
    with without_values():
        model = _module(name, "torch")[SMALL[name]]().eval()
    model.load_state_dict(alone.state_dict(), assign=True)
    ((height, width, channels),) = (kind.shape for kind in network.graph.inputs.values())
    image = torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        outputs, expected = (_by_name(each(image)) for each in (model, alone))
    assert outputs.keys() == expected.keys()
    assert all(torch.equal(outputs[name], value) for name, value in expected.items())


@pytest.mark.parametrize("name", rows_but(KERAS_QUICK, KERAS_FEW, KERAS_ALIKE))
def test_a_variant_of_keras_is_the_network_alone(name: str) -> None:
    """It has the same layers, with the same settings, names and inputs; and they are in the order that is expected."""
    variant = ANOTHER.get(name, _variants(name)[-1])
    alone = _compare_configurations(name, variant)
    assert is_listed(_load(name, variant).graph, alone)


@pytest.mark.slow
@pytest.mark.table
@pytest.mark.parametrize("name", KERAS_ALIKE)
def test_the_small_variant_of_keras_is_the_network_alone(name: str) -> None:
    _compare_configurations(name, SMALL[name])


@pytest.mark.parametrize("variant", rows_but((), ["googlenet", "squeezenet1_1"], OTHERWISE))
def test_a_variant_of_keras_computes_what_the_network_alone_does(variant: str) -> None:
    name = OTHERWISE[variant]
    alone = _load(name, variant).compile("tensorflow", device="cpu")
    model = _module(name, "tensorflow")[variant]()
    weights = {layer.name: layer.get_weights() for layer in alone.layers if layer.get_weights()}
    for layer in model.layers:
        if layer.name in weights:
            layer.set_weights(weights.pop(layer.name))
    assert not weights
    image = np.random.default_rng(0).random((1, *model.input_shape[1:]), np.float32)
    outputs, expected = (_by_name(each(image, training=False)) for each in (model, alone))
    assert outputs.keys() == expected.keys()
    for output, value in expected.items():
        array = np.asarray(value)
        assert np.abs(np.asarray(outputs[output]) - array).max() <= RTOL * np.abs(array).max()


def _compare_configurations(name: str, variant: str) -> Any:
    """The family's model has the configuration of the variant's own, which is the result."""
    family, alone = (_keras_without_values(build, variant) for build in (_family_of(name), _alone(name, variant)))
    assert family.get_config() == alone.get_config()
    return alone


def _family_of(name: str) -> Callable[[str], Any]:
    return lambda variant: _module(name, "tensorflow")[variant]()


def _alone(name: str, variant: str) -> Callable[[str], Any]:
    """What makes the variant's own model; layers of its source are called as those of the family's are."""
    network = _load(name, variant)
    found: dict[str, Any] = {"__name__": name}
    exec(compile(network.emit("tensorflow"), variant, "exec"), found)
    return lambda _: found[entry_point(network.graph)]()


def _keras_without_values(build: Callable[[str], Any], variant: str) -> Any:
    keras.backend.clear_session(free_memory=False)
    with valueless():
        return build(variant)


def _by_name(outputs: Any) -> dict[str, Any]:
    return outputs if isinstance(outputs, dict) else {"": outputs}


@pytest.mark.parametrize("name", LINES)
def test_a_family_is_short(name: str) -> None:
    assert len(_source(name, "torch").splitlines()) <= LINES[name]


@pytest.mark.slow
@pytest.mark.table  # it is about this file's own table
def test_the_second_variant_differs_in_the_most_params() -> None:
    for name, variant in ANOTHER.items() - {("vgg", "vgg13_bn")}:
        first, *others = [dict(_load(name, each).graph.arguments) for each in (SMALL[name], *_variants(name))]
        differing = {
            each: sum(value != first[key] for key, value in other.items())
            for each, other in zip(_variants(name), others, strict=True)
        }
        assert differing[variant] == max(differing.values()), differing


def test_all_documents_with_several_variants_are_families_or_refused() -> None:
    documents = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in SPECS.glob("*.yaml")}
    several = {name for name, document in documents.items() if len(document.get("variants", {})) > 1}
    for refused in REFUSED.values():
        assert several == SMALL.keys() | refused.keys()


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        pytest.param(backend, name, marks=() if name == "googlenet" else pytest.mark.slow)
        for backend, refused in REFUSED.items()
        for name in refused
    ],
)
def test_a_family_that_cannot_be_said_is_refused_with_the_reason(backend: str, name: str) -> None:
    with pytest.raises(EmitError, match=f"for all variants of {name}: {REFUSED[backend][name]}"):
        emit_family(SPECS / f"{name}.yaml", backend)


def test_a_param_of_the_document_is_an_argument_of_each_variant() -> None:
    with without_values():
        assert _module("resnet", "torch")["resnet18"](classes=7).fc.out_features == 7


def test_a_param_of_the_document_is_an_argument_of_each_variant_of_keras() -> None:
    with valueless():
        assert _module("mobilenet_v3", "tensorflow")["mobilenet_v3_small"](classes=7).output_shape == (None, 7)
