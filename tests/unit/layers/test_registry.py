"""Finding layers by their names: the built-in ones, and third parties' through entry points."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints

import pytest

import archspec.layers
from archspec.errors import ArchspecError
from archspec.ir import Layer
from archspec.layers import find_layer, layer_names, layer_types
from archspec.layers.conv import Conv2D

ENTRIES = EntryPoints(
    [
        EntryPoint("Swirl", f"{__name__}:Swirl", "archspec.layers"),
        EntryPoint("Conv2D", f"{__name__}:Swirl", "archspec.layers"),
        EntryPoint("Broken", f"{__name__}:ENTRIES", "archspec.layers"),
    ]
)


class Swirl(Layer):
    """A third party's layer."""


@pytest.fixture(autouse=True)
def _third_parties(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(importlib.metadata, "entry_points", ENTRIES.select)
    archspec.layers._third_parties.cache_clear()
    yield
    archspec.layers._third_parties.cache_clear()


def test_third_parties_are_found_by_name() -> None:
    found = find_layer("Swirl")
    assert found is not None
    assert found.__name__ == "Swirl"
    assert "Swirl" in layer_names()
    assert "Swirl" not in layer_types()


def test_built_in_names_are_taken() -> None:
    assert find_layer("Conv2D") is Conv2D


def test_what_nobody_has() -> None:
    assert find_layer("Conv2d") is None


def test_an_entry_point_that_is_no_layer() -> None:
    with pytest.raises(ArchspecError, match="is not a layer class"):
        find_layer("Broken")
