"""Canonical weights in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from archspec.weights import WeightsError, draw, load, save
from tests.unit.weights.small_networks import classifier


def test_round_trip_is_exact_and_in_order(tmp_path: Path) -> None:
    weights = draw(classifier())
    save(tmp_path / "weights.safetensors", weights)
    loaded = load(tmp_path / "weights.safetensors", classifier())
    assert list(loaded) == list(weights)
    assert all(np.array_equal(loaded[name], weights[name]) for name in weights)


def test_layouts_in_memory_do_not_matter(tmp_path: Path) -> None:
    weights = {name: np.asfortranarray(array) for name, array in draw(classifier()).items()}
    save(tmp_path / "weights.safetensors", weights)
    loaded = load(tmp_path / "weights.safetensors", classifier())
    assert all(np.array_equal(loaded[name], weights[name]) for name in weights)


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save(path, draw(classifier()))
    before = path.read_bytes()
    with pytest.raises(Exception, match=r"object|type"):
        save(path, {"conv:kernel": np.array([None])})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_other_weights_are_refused(tmp_path: Path) -> None:
    weights = dict(draw(classifier()))
    weights["head:kernel"] = weights.pop("fc:kernel")
    weights["bn:gamma"] = weights["bn:gamma"][:8]
    save(tmp_path / "weights.safetensors", weights)
    with pytest.raises(WeightsError) as refusal:
        load(tmp_path / "weights.safetensors", classifier())
    assert str(refusal.value) == (
        "the weights are not those of chain: fc:kernel is missing; head:kernel is not a weight of the network; "
        "bn:gamma is (8,), and the network's is (16,)"
    )


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(b"not weights at all")
    with pytest.raises(WeightsError, match="is not a safetensors file"):
        load(tmp_path / "weights.safetensors", classifier())
