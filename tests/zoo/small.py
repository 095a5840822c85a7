"""A network of each family, small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def image(size: int, **params: Any) -> dict[str, Any]:
    """Options for an input of this height and width."""
    return {"inputs": {"": (size, size, 3)}, "params": params}


NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "alexnet_paper": image(67),
    "alexnet_fc2048": image(67),
    "cnn_mnist": {},
    "convnext_tiny": image(32),
    "convnext_tiny_keras": image(32),
    "densenet121": image(64, depths=[1, 3, 2, 2]),
    "densenet121_caffe_reduced": image(64, depths=[1, 3, 2, 2]),
    "densenet121_keras": image(64, depths=[1, 3, 2, 2]),
    "densenet121_narrow": {"params": {"depths": [1, 1, 1, 1]}},
    "densenet_bc_100_12": {"params": {"depth": 22}},
    "efficientnet_b0": image(64),
    "efficientnet_b0_keras": {"params": {"size": 64}},
    "efficientnet_lite0": image(64),
    "efficientnet_v2_s": image(32),
    "efficientnet_v2_b0_keras": image(32),
    "googlenet": image(64),
    "inception_resnet_v1": image(75),
    "inception_v2": image(64),
    "inception_v3_no_aux": image(75),
    "inception_v4": image(75),
    "layer_configs_densenet": {},
    "layer_configs_inception": {},
    "layer_configs_resnet": {},
    "layer_configs_vgg": {},
    "layer_configs_xception": {},
    "lenet5": {},
    "mnasnet0_5": image(64),
    "mobilenet_v1_x0_25": image(64),
    "mobilenet_v2": image(64),
    "mobilenet_v2_keras": image(64),
    "mobilenet_v3_small": image(64),
    "mobilenet_v3_small_keras": image(64),
    "mtcnn_onet": {},
    "nasnet_mobile": {"params": {"size": 32, "depth": 2, "filters": 4}},
    "regnet_y_400mf": image(64),
    "repvgg_a0": image(64, depths=[1, 2, 2, 1]),
    "resnet50": image(64),
    "resnet50_keras": image(64),
    "resnet101_unstrided": image(64, depths=[1, 2, 1, 1]),
    "resnet20_cifar": {},
    "resnet20_v1": {},
    "resnet18_flattened": image(67),
    "resnet50_v2": image(64),
    "shufflenet_v2_x0_5": image(64),
    "squeezenet1_1": image(64),
    "vgg11_bn": image(32),
    "vgg16_keras": image(32),
    "vgg16_no_dropout": image(32),
    "xception": image(71),
    "xception_keras": image(71),
    "y_network": {},
    "zfnet": image(64),
}
"""How each is loaded: small, and not deeper than it takes to have all of its layers."""

TOO_LARGE = ("resnet50_conv_relu_bn", "unet")
"""Families of one network that takes no small image: 16 samples of theirs are too much to judge float32 by."""
