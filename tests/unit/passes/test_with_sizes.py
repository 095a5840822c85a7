"""Sizes for a network of any size: the same network with all axes known."""

from __future__ import annotations

import pytest

import archspec
from archspec.errors import ShapeError
from archspec.ir import TensorType
from archspec.passes import COMPARED_AT, at_usual_sizes, verify, with_sizes

NETWORK = {
    "inputs": {"image": [None, None, 3]},
    "blocks": {"Down": {"layers": [{"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3}]}},
    "layers": [{"name": "down", "layer_type": "Down"}, {"layer_type": "MaxPooling2D"}],
}


def test_all_types_are_those_of_the_size() -> None:
    graph = archspec.load(NETWORK).graph
    known = verify(with_sizes(graph, {"image": (20, 31, 3)}))
    assert not graph.is_known
    assert known.is_known
    assert [value.type for value in known.values.values()] == [
        TensorType(axes) for axes in [(20, 31, 3), (18, 29, 4), (9, 14, 4)]
    ]
    assert [node.path for node in known.nodes] == [node.path for node in graph.nodes]
    assert known.multiply_adds() == 18 * 29 * 4 * 27
    assert graph.multiply_adds() is None


def test_a_network_of_one_size_stays_as_it_is() -> None:
    graph = archspec.load(NETWORK, inputs={"image": (8, 8, 3)}).graph
    assert with_sizes(graph, {"image": (9, 9, 3)}) is graph
    assert at_usual_sizes(graph, 3) == [graph]


def test_a_size_that_does_not_fit_names_the_layer() -> None:
    with pytest.raises(ShapeError, match=r"^down\.conv: kernel \(3, 3\) is larger than its padded input \(2, 40\)$"):
        with_sizes(archspec.load(NETWORK).graph, {"image": (2, 40, 3)})


def test_the_usual_sizes() -> None:
    found = at_usual_sizes(archspec.load(NETWORK).graph, 3, COMPARED_AT)
    assert [each.inputs["image"].shape for each in found] == [(75, 101, 3), (64, 96, 3), (128, 64, 3)]


def test_sizes_are_searched_for_a_network_that_fits_few() -> None:
    up = {"name": "up", "layer_type": "UpSampling2D", "inputs": "half"}
    half = {"name": "half", "layer_type": "MaxPooling2D", "pool_size": 4}
    document = {
        "inputs": {"image": [None, None, 3]},
        "layers": [
            {"name": "less", "layer_type": "Cropping2D", "cropping": [[3, 0], [3, 0]]},
            half,
            {**up, "size": 4},
            {"layer_type": "Add", "inputs": ["less", "up"]},
        ],
    }
    (found,) = at_usual_sizes(archspec.load(document).graph)
    assert [size % 4 for size in found.inputs["image"].shape[:2]] == [3, 3]


def test_no_size_fits() -> None:
    layers = [
        {"name": "rows", "layer_type": "Cropping2D", "cropping": [[1, 0], [0, 0]]},
        {"name": "all", "layer_type": "Cropping2D", "cropping": 0, "inputs": "image"},
        {"layer_type": "Add", "inputs": ["rows", "all"]},
    ]
    graph = archspec.load({"inputs": {"image": [None, None, 3]}, "layers": layers}).graph
    with pytest.raises(ShapeError, match=r"fits no usual size; at 224 x 224 2: inputs .* do not have the same shape"):
        at_usual_sizes(graph)
