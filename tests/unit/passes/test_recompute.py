"""The blocks whose inner values backward computes again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import archspec
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec.passes import recompute


def _conv(filters: object) -> dict[str, Any]:
    return {"layer_type": "Conv2D", "filters": filters, "kernel_size": 3, "padding": "same"}


def _graph(blocks: dict[str, Any], layers: Sequence[dict[str, Any]], axes: Sequence[int | None] = (8, 8, 2)) -> Graph:
    document = {"archspec": 1, "name": "small", "inputs": {"x": list(axes)}, "blocks": blocks, "layers": list(layers)}
    return archspec.load(document).graph


UNIT = {"params": {"filters": 4}, "layers": [_conv("$filters"), {"layer_type": "ReLU"}, _conv(4)]}


@pytest.mark.parametrize("axes", [(8, 8, 2), (None, None, 2)])
def test_a_block_that_is_used_again_and_again(axes: Sequence[int | None]) -> None:
    graph = recompute(_graph({"Unit": UNIT}, [{"layer_type": "Unit", "repeat": 3}], axes))
    assert graph.recomputed == {"Unit"}


def test_small_blocks_of_a_large_one_rather_than_the_large_one() -> None:
    """Only one small block's values are there at a time; the large one would have all of them at once."""
    stage = {"layers": [{"layer_type": "Unit", "repeat": 6}]}
    assert recompute(_graph({"Unit": UNIT, "Stage": stage}, [{"layer_type": "Stage"}])).recomputed == {"Unit"}


def test_the_large_block_where_small_ones_hold_little() -> None:
    pair = {"layers": [_conv(4), {"layer_type": "ReLU"}]}
    stage = {"layers": [{"layer_type": "Pair"}, _conv(4), _conv(4), {"layer_type": "Pair"}, _conv(4)]}
    layers = [{"layer_type": "Stage", "repeat": 5}]
    assert recompute(_graph({"Pair": pair, "Stage": stage}, layers)).recomputed == {"Stage"}


def test_a_block_that_stands_alone_and_in_a_chosen_one_is_not_computed_twice() -> None:
    stage = {"layers": [{"layer_type": "Unit"}, _conv(4), _conv(4)]}
    layers = [{"layer_type": "Unit"}, {"layer_type": "Stage", "repeat": 4}]
    assert recompute(_graph({"Unit": UNIT, "Stage": stage}, layers)).recomputed == {"Stage"}


@pytest.mark.parametrize(
    ("blocks", "layers"),
    [
        ({}, [_conv(4), _conv(4)]),
        ({"Unit": UNIT}, [{"layer_type": "Unit"}]),
        ({"One": {"layers": [_conv(4)]}}, [{"layer_type": "One", "repeat": 4}]),
    ],
    ids=["no block", "one use", "no inner value"],
)
def test_a_network_that_would_save_nothing_is_refused(blocks: dict[str, Any], layers: Sequence[dict[str, Any]]) -> None:
    with pytest.raises(ArchspecError, match="small has no blocks whose values could be computed again to save memory"):
        recompute(_graph(blocks, layers))
