"""The design's own example: a family of residual networks whose paths are torchvision's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from archspec.ir import Graph, Scope
from archspec.lower import lower
from tests.unit.graphs import texts
from tests.unit.lower.networks import document, lowered

TEXT = Path(__file__).with_name("resnet.yaml").read_text(encoding="utf-8")


def torchvision_modules(depths: list[int], convolutions: int, projected: set[int]) -> Iterator[str]:
    """The modules of torchvision's ResNet that have weights."""
    yield from ("conv1", "bn1", "fc")
    for stage, depth in enumerate(depths, start=1):
        for index in range(depth):
            block = f"layer{stage}.{index}"
            for number in range(1, convolutions + 1):
                yield from (f"{block}.conv{number}", f"{block}.bn{number}")
            if index == 0 and stage in projected:
                yield from (f"{block}.downsample.0", f"{block}.downsample.1")


def parameters(graph: Graph) -> int:
    return sum(math.prod(weight.shape) for _, weight in graph.owned_weights() if weight.trainable)


@pytest.mark.parametrize(
    ("variant", "depths", "convolutions", "projected", "count"),
    [
        ("resnet18", [2, 2, 2, 2], 2, {2, 3, 4}, 11_689_512),
        ("resnet50", [3, 4, 6, 3], 3, {1, 2, 3, 4}, 25_557_032),
        ("resnext50_32x4d", [3, 4, 6, 3], 3, {1, 2, 3, 4}, 25_028_904),
    ],
)
def test_paths_and_parameters_are_torchvisions(
    variant: str, depths: list[int], convolutions: int, projected: set[int], count: int
) -> None:
    graph = lowered(TEXT, variant=variant)
    assert graph.name == variant
    assert {node.path for node, _ in graph.owned_weights()} == set(torchvision_modules(depths, convolutions, projected))
    assert parameters(graph) == count


def test_blocks_keep_their_arguments() -> None:
    graph = lowered(TEXT, variant="resnet50")
    layer2 = next(member for member in graph.members if member.path == "layer2")
    assert isinstance(layer2, Scope)
    assert (layer2.kind, layer2.block, layer2.named) == ("repeat", False, True)
    first, second, *_ = layer2.members
    assert isinstance(first, Scope)
    assert isinstance(second, Scope)
    assert (first.kind, first.block, first.named) == ("Bottleneck", True, False)
    assert first.arguments == {"filters": 128, "strides": 2, "project": True}
    assert second.arguments == {"filters": 128, "strides": 1, "project": False}
    assert first.defaults == {"strides": 1, "project": False}


def test_the_shortcut_is_the_blocks_input() -> None:
    nodes = lowered(TEXT, variant="resnet50").by_path
    assert texts(nodes["layer1.0.9"].inputs) == ("layer1.0.bn3", "layer1.0.downsample.1")
    assert texts(nodes["layer1.1.8"].inputs) == ("layer1.1.bn3", "layer1.0.10")
    assert nodes["fc"].type.shape == (1000,)


def test_params_override_the_variant() -> None:
    graph, warnings, _ = lower(document(TEXT), variant="resnet18", params={"classes": 10, "depths": [1, 1, 1, 1]})
    assert not warnings
    assert graph.by_path["fc"].type.shape == (10,)
    assert "layer1.1.conv1" not in graph.by_path
