"""Layers that are applied together several times: a model inside the network's, and its weights."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import yaml

import archspec

SHARED = """
archspec: 1
name: shared
params: {width: 4, depth: 2}
variants:
  small: {}
  large: {width: 6, depth: 3}
inputs: {image: [20, 20, 3]}
blocks:
  Head:
    params: {filters: required, depth: required}
    layers:
      - {name: conv, layer_type: Conv2D, repeat: $depth, filters: $filters, kernel_size: 3, padding: 1}
      - {name: bn, layer_type: BatchNormalization}
layers:
  - {name: a, layer_type: Conv2D, filters: $width, kernel_size: 3, padding: 1}
  - {name: b, layer_type: MaxPooling2D}
  - {name: head, layer_type: Head, each: [a, b], filters: $width, depth: $depth}
  - name: tail
    each: head
    layers:
      - {name: tower, layer_type: Dense, units: 3}
      - {layer_type: GlobalAveragePooling2D}
  - {name: score, layer_type: Dense, each: {x: tail_a, y: tail_b}, units: 2}
outputs: [score]
"""


def network(variant: str | None = None) -> archspec.Network:
    return archspec.load(yaml.safe_load(SHARED), variant=variant)


def test_a_block_makes_its_layers_once_and_a_single_layer_is_a_variable() -> None:
    source = network().emit("tensorflow")
    calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    assert calls.count("head") == 1
    assert calls.count("head_model") == calls.count("tail_model") == calls.count("score_layer") == 2
    assert "head_input = keras.Input((None, None, a.shape[-1]))" in source


def test_inputs_of_one_shape_are_the_shape_of_the_first() -> None:
    spec = yaml.safe_load(SHARED)
    spec["layers"][1] = {"name": "b", "layer_type": "ReLU"}
    assert "head_input = keras.Input(a.shape[1:])" in archspec.load(spec).emit("tensorflow")


def test_families_have_shared_blocks() -> None:
    for backend in ("torch", "tensorflow"):
        source = archspec.emit_family(yaml.safe_load(SHARED), backend)
        compile(source, backend, "exec")
        assert "depth" in source


def test_the_weights_make_the_round_trip(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    weights = network().weights(seed=3)
    model = network().compile("tensorflow", weights=weights, device="cpu")
    model.save(tmp_path / "shared.keras")
    again = keras.models.load_model(tmp_path / "shared.keras")
    model.save_weights(tmp_path / "shared.weights.h5")
    for found in (
        archspec.read_weights(network(), model),
        archspec.read_weights(network(), again),
        archspec.read_checkpoint(network(), tmp_path / "shared.keras"),
    ):
        assert found.keys() == weights.keys()
        assert all(np.array_equal(found[name], weights[name]) for name in weights)
