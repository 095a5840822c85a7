"""Positions count the layers that are left."""

from __future__ import annotations

from typing import Any

import archspec

Spec = dict[str, Any]

NORM: Spec = {"layer_type": "BatchNormalization"}


def paths(*layers: Spec, **more: Any) -> list[str]:
    network = archspec.load({"inputs": {"x": [8, 8, 2]}, "layers": list(layers), **more})
    return [node.path for node in network.optimize().network.graph.nodes]


def conv(**more: Any) -> Spec:
    return {"layer_type": "Conv2D", "filters": 2, "kernel_size": 2, **more}


def test_inside_of_groups_and_beside_names() -> None:
    group: Spec = {"name": "group", "layers": [conv(), NORM, conv(), NORM]}
    assert paths(group, {"name": "late", **conv()}, NORM, conv()) == ["group.0", "group.1", "late", "2"]


def test_copies_keep_their_numbers_and_positions_in_them_are_counted() -> None:
    block = {"layers": [conv(), NORM, conv()]}
    unit: Spec = {"name": "units", "layer_type": "Unit", "repeat": 2}
    assert paths(unit, blocks={"Unit": block}) == ["units.0.0", "units.0.1", "units.1.0", "units.1.1"]


def test_a_scope_that_shares_weights_has_the_positions_of_the_first() -> None:
    block = {"layers": [conv(), {"layer_type": "Dropout", "rate": 0.5}, {"layer_type": "ReLU"}]}
    layers = [{"name": "first", "layer_type": "Unit"}, {"name": "again", "layer_type": "Reuse", "layer": "first"}]
    assert paths(*layers, blocks={"Unit": block}) == ["first.0", "first.1", "again.0", "again.1"]
