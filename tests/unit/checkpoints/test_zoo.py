"""The zoo's weights go around: names and layouts of a network of each family, and whole files of small ones."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import layout_for, match, open_checkpoint
from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint
from archspec.weights import Stored
from archspec_torch.places import Place
from tests.marks import families
from tests.unit.checkpoints.networks import as_type, weights_of, write

FORMS = ("torch", "tensorflow", CANONICAL)
FEW = 1 << 16
"""Elements up to which a stand-in is as large as the weight."""

LESS = 3
"""The filters or units that a larger one's stand-in has: all are moved alike."""

_MOVED: set[Any] = set()


def no_elements() -> Any:
    raise AssertionError("only names and shapes are looked at")


@pytest.mark.parametrize("name", families())
def test_every_weight_is_found_by_its_name_and_moves_there_and_back(name: str) -> None:
    graph = archspec.load(name).graph
    for form in FORMS:
        layout = layout_for(graph, form)
        tensors = {weight.names[0]: Stored(weight.native_shape, "float32", no_elements) for weight in layout.weights}
        assert len(tensors) == len(layout.weights)
        found = match(graph, Checkpoint(Path(name), form, tensors))
        assert found.complete
        assert [(each.weight.canonical, each.tensor, each.how) for each in found.matches] == [
            (weight.canonical, weight.names[0], "name") for weight in layout.weights
        ]
        for weight in layout.weights:
            assert_moves_there_and_back(weight)


def assert_moves_there_and_back(weight: Any) -> None:
    """No element is lost or changed, in a stand-in whose elements are all different."""
    inner, last = weight.canonical_shape[:-1], weight.canonical_shape[-1]
    if prod(weight.canonical_shape) > FEW and isinstance(weight, Place) and weight.native_shape[0] == last:
        weight = replace(weight, canonical_shape=(*inner, LESS), native_shape=(LESS, *weight.native_shape[1:]))
    order = getattr(weight, "order", None)
    kind = (type(weight), weight.canonical_shape, weight.native_shape, repr(getattr(weight, "rule", None)), id(order))
    if order is None and kind in _MOVED:
        return
    _MOVED.add(kind)
    array = np.arange(prod(weight.canonical_shape), dtype=np.uint32).reshape(weight.canonical_shape)
    native = weight.move_to_native(array)
    assert native.shape == weight.native_shape
    assert native.dtype == array.dtype
    again = weight.move_to_canonical(native)
    assert again.shape == array.shape
    assert np.array_equal(again, array)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("lenet", "bfloat16"),
        ("mtcnn_onet", "float16"),
        pytest.param("mobilenet_v3_small", "bfloat16", marks=pytest.mark.slow),
        pytest.param("shufflenet_v2_x0_5", "float16", marks=pytest.mark.slow),
    ],
)
def test_a_file_goes_around(tmp_path: Path, name: str, dtype: str) -> None:
    pytest.importorskip("keras")
    network = archspec.load(name)
    given = {weight: as_type(array, dtype) for weight, array in weights_of(network).items()}
    source = write(tmp_path / "given.safetensors", given, dtype)
    for file, to in [
        ("first.safetensors", "torch"),
        ("canonical.safetensors", CANONICAL),
        ("there.weights.h5", "tensorflow"),
        ("again.safetensors", CANONICAL),
        ("back.safetensors", "torch"),
    ]:
        archspec.convert_weights(network, source, tmp_path / file, to=to)
        source = tmp_path / file
        assert {stored.dtype for stored in open_checkpoint(source).tensors.values()} - {"int64", "uint32"} == {dtype}
    for first, second in (("first", "back"), ("canonical", "again")):
        assert (tmp_path / f"{first}.safetensors").read_bytes() == (tmp_path / f"{second}.safetensors").read_bytes()
