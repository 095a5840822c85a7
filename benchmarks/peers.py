"""The networks of others that ours are held against, without trained weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.peers.torchvision_peer import torchvision

if TYPE_CHECKING:
    import keras
    from torch import nn

KERAS_NAMES = {"resnet50": "ResNet50", "vgg16": "VGG16", "densenet121": "DenseNet121"}
"""keras.applications' names for the zoo's networks."""


def torch_model(name: str) -> nn.Module:
    """The network of this name in torchvision, with the initial weights that it draws."""
    # GoogLeNet announces a change of its defaults unless it is told what to draw.
    options: dict[str, Any] = {"init_weights": True} if name == "googlenet" else {}
    model: nn.Module = torchvision().models.get_model(name, weights=None, **options)
    return model


def keras_model(name: str) -> keras.Model:
    """The network of this name in keras.applications, with the initial weights that it draws."""
    from keras import applications

    return getattr(applications, KERAS_NAMES[name])(weights=None)
