"""What is declared once is changed in all its copies or in none, and its source keeps blocks and names."""

from __future__ import annotations

from typing import Any

import archspec

Spec = dict[str, Any]

NORM: Spec = {"name": "norm", "layer_type": "BatchNormalization", "activation": "relu"}
CONV: Spec = {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": 1, "use_bias": False}


def of_blocks(*layers: Spec, **block: Any) -> archspec.Network:
    document = {"inputs": {"x": [8, 8, 4]}, "blocks": {"Unit": {"layers": [CONV, NORM], **block}}, "layers": [*layers]}
    return archspec.load(document)


def test_a_block_keeps_its_class_and_the_activation_of_the_layer_that_went() -> None:
    source = of_blocks({"name": "first", "layer_type": "Unit"}, {"name": "second", "layer_type": "Unit"})
    text = source.optimize().network.emit("torch")
    assert "class Unit(nn.Module):" in text
    assert "F.relu(self.conv(x), inplace=True)" in text
    assert "BatchNorm" not in text
    assert text.count("Unit(4)") == 1 + text.count("def __init__(self, in_channels: int) -> None")


def test_a_parameter_that_nothing_needs_any_more_vanishes() -> None:
    block = {"params": {"momentum": 0.9}, "layers": [CONV, {**NORM, "momentum": "$momentum"}]}
    used = {"name": "first", "layer_type": "Unit", "momentum": 0.8}
    network = of_blocks(used, {"name": "second", "layer_type": "Unit"}, **block)
    assert "momentum: float" in network.emit("torch")
    assert "momentum" not in network.optimize().network.emit("torch")


def test_a_layer_of_which_one_copy_cannot_be_folded_stays_in_all() -> None:
    more = {"name": "late", "layer_type": "Conv2D", "filters": 2, "kernel_size": 1, "inputs": "first.conv"}
    layers = [{"name": "first", "layer_type": "Unit"}, {"name": "second", "layer_type": "Unit"}, more]
    document = {"inputs": {"x": [8, 8, 4]}, "blocks": {"Unit": {"layers": [CONV, NORM]}}, "layers": layers}
    network = archspec.load({**document, "outputs": ["second", "late"]})
    assert network.optimize().changes == ()
