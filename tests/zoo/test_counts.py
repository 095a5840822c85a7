"""Parameters of the zoo's networks: the published figures, and the rows of the documents that the zoo began from."""

from __future__ import annotations

import pytest

import archspec

TOTAL_AND_TRAINABLE = {
    "lenet": (155_606, 155_606),
    "lenet5": (431_080, 431_080),
    "alexnet_keras": (62_378_344, 62_378_344),
    "alexnet_paper": (60_965_224, 60_965_224),
    "alexnet": (61_100_840, 61_100_840),
    "vgg11": (132_863_336, 132_863_336),
    "vgg_a_lrn": (132_863_336, 132_863_336),
    "vgg13": (133_047_848, 133_047_848),
    "vgg_c": (133_638_952, 133_638_952),
    "vgg16": (138_357_544, 138_357_544),
    "vgg19": (143_667_240, 143_667_240),
    "googlenet_keras": (7_755_704, 7_738_728),
    "googlenet_paper": (6_998_552, 6_998_552),
    "googlenet_paper_aux": (13_378_280, 13_378_280),
    "resnet50_conv_relu_bn": (47_787_880, 47_734_760),
    "densenet121_keras": (14_181_864, 14_045_224),
    "densenet121_keras_reduced": (8_146_152, 8_062_504),
    "cnn_mnist": (80_266, 80_266),
    "y_network": (208_394, 208_394),
    "layer_configs_densenet": (2_065_686, 2_064_806),
    "layer_configs_inception": (1_373_284, 1_373_284),
}
"""As Keras counts: the papers' and documents' figures."""

TRAINABLE = {
    "vgg11_bn": 132_868_840,
    "vgg13_bn": 133_053_736,
    "vgg16_bn": 138_365_992,
    "vgg19_bn": 143_678_248,
    "googlenet": 13_004_888,
    "googlenet_no_aux": 6_624_904,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "resnext50_32x4d": 25_028_904,
    "resnext101_32x8d": 88_791_336,
    "resnext101_64x4d": 83_455_272,
    "wide_resnet50_2": 68_883_240,
    "wide_resnet101_2": 126_886_696,
    "densenet121": 7_978_856,
    "densenet161": 28_681_000,
    "densenet169": 14_149_480,
    "densenet201": 20_013_928,
    "densenet264": 33_337_704,
}
"""As torchvision counts: `sum(p.numel() for p in model.parameters())`; DenseNet-264's is the paper's architecture's."""


@pytest.mark.parametrize("name", TOTAL_AND_TRAINABLE)
def test_total_and_trainable(name: str) -> None:
    assert archspec.load(name).parameters() == TOTAL_AND_TRAINABLE[name]


@pytest.mark.parametrize("name", TRAINABLE)
def test_trainable(name: str) -> None:
    assert archspec.load(name).parameters().trainable == TRAINABLE[name]


def test_every_network_has_its_figure() -> None:
    assert {*TOTAL_AND_TRAINABLE, *TRAINABLE} == set(archspec.list_networks())
