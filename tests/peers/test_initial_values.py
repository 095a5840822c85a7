"""Networks begin as those of torchvision and keras.applications do, when nobody gives weights."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from archspec import Network, load, read_weights, zoo
from archspec.ir import WeightSpec
from archspec.ir.initializers import Constant, Initializer, VarianceScaling, is_constant, meaning
from archspec.weights import canonical_name
from tests.conformance.initial_values import check_all, spread
from tests.conformance.reference import Array
from tests.marks import rows_but
from tests.peers.keras_peer import without_values
from tests.peers.torchvision_peer import build_ours, torchvision

FAMILIES = (
    "alexnet",
    "convnext",
    "densenet",
    "efficientnet",
    "efficientnet_v2",
    "googlenet",
    "inception_v3",
    "mnasnet",
    "mobilenet_v2",
    "mobilenet_v3",
    "regnet",
    "resnet",
    "shufflenet_v2",
    "squeezenet",
    "vgg",
)
"""The documents that have torchvision's networks."""

OTHERS = (
    "alexnet_keras",
    "alexnet_paper",
    "densenet264",
    "googlenet_keras",
    "googlenet_no_aux",
    "googlenet_paper",
    "googlenet_paper_aux",
    "inception_v3_keras",
    "inception_v3_no_aux",
    "vgg_a_lrn",
    "vgg_c",
)
"""Their networks that torchvision does not have under this name."""

OF_TORCHVISION = [
    network.name for network in zoo.networks() if network.path.stem in FAMILIES and network.name not in OTHERS
]

QUICK = ("mobilenet_v3_small", "regnet_y_400mf", "resnet18", "squeezenet1_1")

FEW = (
    *("convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3"),
    *("mnasnet0_5", "mobilenet_v2", "shufflenet_v2_x0_5"),
)
"""With the quick ones, one of each family: its networks are drawn by the same code. AlexNet and the VGGs draw a hundred
million weights for that, so they are left to `--tables`."""

HEADS: Mapping[str, Mapping[str, Any]] = {
    "googlenet": {"aux_logits": True, "init_weights": True},
    "inception_v3": {"aux_logits": True, "init_weights": True},
}

MOST = 1_000_000
"""The numbers of a class of weights that are compared."""


@pytest.mark.parametrize("name", rows_but(QUICK, FEW, OF_TORCHVISION))
def test_begins_as_torchvisions(name: str) -> None:
    """Each weight has the mean, deviation and ends that the spec says, and so have all of a class together."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    network = load(name)
    peer = torchvision().models.get_model(name, weights=None, **HEADS.get(name, {}))
    ours = build_ours(network)
    ours.load_state_dict(peer.state_dict(), strict=True, assign=True)
    theirs = read_weights(network, ours)
    check_all(network, theirs)
    _compare(_pooled(network, network.weights(seed=0)), _pooled(network, theirs))


def _pooled(network: Network, weights: Mapping[str, Array]) -> Mapping[tuple[str, str, str], Array]:
    """The numbers of each class of weights, less their mean and divided by their deviation, as the spec has both.

    Of a class with more than `MOST`, some are taken evenly from all.
    """
    classes = defaultdict(list)
    for node, weight in network.graph.owned_weights():
        if not is_constant(weight):
            kind = type(meaning(weight.initializer)).__name__
            classes[type(node.layer).__name__, weight.slot, kind].append((canonical_name(node, weight), weight))
    found = {}
    for key, members in classes.items():
        step = -(-sum(weights[name].size for name, _ in members) // MOST)
        found[key] = np.concatenate([_standard(weight, weights[name].ravel()[::step]) for name, weight in members])
    return found


def _standard(weight: WeightSpec, values: Array) -> Array:
    mean, deviation, _ = spread(weight)
    return (values - mean) / deviation


def _compare(ours: Mapping[Any, Array], theirs: Mapping[Any, Array]) -> None:
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        found, count = ours[key], len(expected)
        for values in (found, expected):
            assert abs(values.mean()) < 6 / np.sqrt(count), key
            assert abs(values.std() - 1) < 6 / np.sqrt(count), key
        # The largest of a million normal numbers is 4.9 deviations away, and rarely 0.5 more or less.
        for end in (np.min, np.max):
            assert end(found) == pytest.approx(end(expected), abs=1.2 if count > 1000 else 2.5), key


KERAS_QUICK = ("mobilenet_v2_keras",)

KERAS_FEW = ("convnext_tiny_keras", "efficientnet_b0_keras", "mobilenet_v3_large_keras", "resnet50_v2", "vgg16_keras")
"""With the quick one, a few families that begin in different ways."""

OF_KERAS = {
    "densenet121_keras": "DenseNet121",
    "densenet169_keras": "DenseNet169",
    "densenet201_keras": "DenseNet201",
    "convnext_tiny_keras": "ConvNeXtTiny",
    "efficientnet_b0_keras": "EfficientNetB0",
    "efficientnet_v2_b0_keras": "EfficientNetV2B0",
    "inception_resnet_v2_keras": "InceptionResNetV2",
    "nasnet_large": "NASNetLarge",
    "resnet101_v2": "ResNet101V2",
    "resnet152_v2": "ResNet152V2",
    "inception_v3_keras": "InceptionV3",
    "mobilenet_v1": "MobileNet",
    "mobilenet_v2_keras": "MobileNetV2",
    "mobilenet_v3_large_keras": "MobileNetV3Large",
    "mobilenet_v3_small_keras": "MobileNetV3Small",
    "nasnet_mobile": "NASNetMobile",
    "resnet50_keras": "ResNet50",
    "resnet101_keras": "ResNet101",
    "resnet152_keras": "ResNet152",
    "resnet50_v2": "ResNet50V2",
    "vgg16_keras": "VGG16",
    "vgg19_keras": "VGG19",
    "xception_keras": "Xception",
}


@pytest.mark.parametrize("name", rows_but(KERAS_QUICK, KERAS_FEW, OF_KERAS))
def test_begins_as_the_network_of_keras_applications(name: str) -> None:
    """The weights of each shape have the same initializers."""
    keras = pytest.importorskip("keras")
    network = load(name)
    ours = Counter((weight.shape, meaning(weight.initializer)) for _, weight in network.graph.owned_weights())
    with without_values():
        model = getattr(keras.applications, OF_KERAS[name])(weights=None)
    assert Counter(_begins(model)) == ours


_OWN = {
    ("Normalization", "mean"): Constant(0.0),
    ("Normalization", "variance"): Constant(1.0),
}
"""The initial values of layers that do not keep their initializers."""


def _begins(model: Any) -> Iterator[tuple[tuple[int, ...], Initializer]]:
    """The shape and the initializer of each weight of a Keras model."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _begins(layer)
            continue
        for variable in layer.weights:
            if variable.dtype.startswith("int"):
                continue
            if own := _OWN.get((type(layer).__name__, variable.name)):
                yield tuple(variable.shape), own
                continue
            if type(layer).__name__ == "LayerScale":
                yield tuple(variable.shape), Constant(layer.init_values)
                continue
            slot = variable.name.removesuffix("_kernel")
            depthwise = slot == "kernel" and isinstance(layer, keras.layers.DepthwiseConv2D)
            yield tuple(variable.shape), _meant(getattr(layer, f"{'depthwise' if depthwise else slot}_initializer"))


def _meant(initializer: Any) -> Initializer:
    kind = type(initializer).__name__
    if kind in ("Zeros", "Ones"):
        return Constant(float(kind == "Ones"))
    if kind == "Constant":
        return Constant(float(initializer.value))
    return VarianceScaling(initializer.scale, initializer.mode, initializer.distribution)
