"""What the zoo says of preprocessing is what the packages do whose weights its networks take."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from archspec import list_networks
from archspec.catalogue import summaries
from archspec.spec.preprocessing import Preprocessing

Array = npt.NDArray[Any]

PREPROCESSING = {
    summary.name: Preprocessing(**summary.preprocessing) for summary in summaries() if summary.preprocessing
}

KERAS = {
    **dict.fromkeys(list_networks("convnext_*_keras"), "convnext"),
    **dict.fromkeys(list_networks("efficientnet_b?_keras"), "efficientnet"),
    **dict.fromkeys(list_networks("efficientnet_v2_*_keras"), "efficientnet_v2"),
    "inception_resnet_v2_keras": "inception_resnet_v2",
    "inception_v3_keras": "inception_v3",
    **dict.fromkeys(("mobilenet_v1", "mobilenet_v1_x0_25", "mobilenet_v1_x0_5", "mobilenet_v1_x0_75"), "mobilenet"),
    "mobilenet_v2_keras": "mobilenet_v2",
    **dict.fromkeys(("mobilenet_v3_large_keras", "mobilenet_v3_small_keras"), "mobilenet_v3"),
    **dict.fromkeys(("nasnet_large", "nasnet_mobile"), "nasnet"),
    **dict.fromkeys(("densenet121_keras", "densenet169_keras", "densenet201_keras"), "densenet"),
    **dict.fromkeys(("resnet50_keras", "resnet101_keras", "resnet152_keras"), "resnet"),
    **dict.fromkeys(("resnet50_v2", "resnet101_v2", "resnet152_v2"), "resnet_v2"),
    "vgg16_keras": "vgg16",
    "vgg19_keras": "vgg19",
    "xception_keras": "xception",
}
"""The modules of keras.applications."""

TIMM = {"xception": "legacy_xception", **{f"efficientnet_lite{n}": f"tf_efficientnet_lite{n}" for n in range(5)}}
"""timm's names, where they are others."""

WITHOUT_TRANSFORM = {"googlenet": "GoogLeNet", "googlenet_no_aux": "GoogLeNet", "inception_v3_no_aux": "Inception3"}
WITHOUT_TRANSFORM["inception_v3"] = "Inception3"
"""torchvision's classes that, with weights, transform what is normalised as for ImageNet; archspec's do not."""


def of(weights: str) -> list[str]:
    """The networks for which there are weights of this package."""
    return [name for name, each in PREPROCESSING.items() if each.weights == weights]


def installed(package: str) -> ModuleType:
    """torchvision or timm; skips the test where it is not installed."""
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    from archspec_torch import peers

    return peers.package(package)


def pixels() -> Array:
    """An image, with pixels from 0 to 255."""
    return np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.float64)


def normalised(found: Preprocessing) -> Array:
    """The image as the zoo says."""
    low, high = found.range
    order = {"RGB": slice(None), "BGR": slice(None, None, -1)}[found.channels]
    image: Array = (low + pixels()[..., order] / 255 * (high - low) - np.array(found.mean)) / np.array(found.std)
    return image


@pytest.mark.parametrize("name", of("torchvision"))
def test_torchvisions_weights(name: str) -> None:
    models = installed("torchvision").models
    import torch

    known = name.removesuffix("_no_aux")
    theirs = models.get_model_weights(known).DEFAULT.transforms()
    image = (pixels() / 255 - np.array(theirs.mean)) / np.array(theirs.std)
    if name in WITHOUT_TRANSFORM:
        transform = getattr(models, WITHOUT_TRANSFORM[name])._transform_input
        batch = torch.from_numpy(image).permute(2, 0, 1)[None]
        image = transform(type("With", (), {"transform_input": True}), batch)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(normalised(PREPROCESSING[name]), image, atol=1e-12)


def test_every_network_of_torchvisions_has_it() -> None:
    models = installed("torchvision").models
    known = set(models.list_models(module=models))
    assert {summary.name for summary in summaries()} & known == set(of("torchvision")) - {
        "googlenet_no_aux",
        "inception_v3_no_aux",
    }


@pytest.mark.parametrize("name", of("keras.applications"))
def test_kerass_weights(name: str) -> None:
    pytest.importorskip("keras")
    module = importlib.import_module(f"keras.applications.{KERAS[name]}")
    np.testing.assert_allclose(normalised(PREPROCESSING[name]), module.preprocess_input(pixels()), atol=1e-12)


@pytest.mark.parametrize("name", of("timm"))
def test_timms_weights(name: str) -> None:
    theirs = installed("timm").models.get_pretrained_cfg(TIMM.get(name, name))
    image = (pixels() / 255 - np.array(theirs.mean)) / np.array(theirs.std)
    np.testing.assert_allclose(normalised(PREPROCESSING[name]), image, atol=1e-12)


def test_what_no_installed_package_says() -> None:
    """As facenet-pytorch's detect_face.py and pytorch_resnet_cifar10's trainer.py have it."""
    facenet = (pixels() - 127.5) * 0.0078125
    assert of("facenet-pytorch") == ["mtcnn_onet", "mtcnn_pnet", "mtcnn_rnet"]
    for name in of("facenet-pytorch"):
        np.testing.assert_allclose(normalised(PREPROCESSING[name]), facenet, atol=1e-12)
    for name in of("pytorch_resnet_cifar10"):
        assert PREPROCESSING[name].mean == PREPROCESSING["resnet18"].mean
        assert PREPROCESSING[name].std == PREPROCESSING["resnet18"].std
    assert {each.weights for each in PREPROCESSING.values()} == {
        "facenet-pytorch",
        "keras.applications",
        "pytorch_resnet_cifar10",
        "timm",
        "torchvision",
    }
