"""A layer type has four places; a test that fails names the one that is missing."""

from __future__ import annotations

from importlib import import_module

import pytest

from archspec.ir import CompositeLayer, Layer
from archspec.layers import layer_types
from tests.conformance.cases import FAMILIES
from tests.conformance.places import BACKENDS, missing_places


@pytest.mark.parametrize("name", layer_types())
def test_a_layer_type_is_in_all_its_places(name: str) -> None:
    missing = missing_places(layer_types()[name])
    assert not missing, f"{name} is missing in {' and in '.join(missing)}"


def test_nothing_is_left_of_a_layer_type_that_is_gone() -> None:
    known = set(layer_types())
    for family, table in FAMILIES.items():
        assert set(table) <= known, f"tests/conformance/cases/{family}.py has cases for what is no layer type"
        for backend in BACKENDS:
            rows = {kind.__name__ for kind in import_module(f"{backend}.emit.{family}").ROWS}
            assert rows <= known, f"backends/{backend}/emit/{family}.py has rows for what is no layer type"


def test_the_missing_places_are_named() -> None:
    class Softer(Layer):
        """A layer that has only begun."""

    Softer.__module__ = "archspec.layers.activation"
    assert missing_places(Softer) == [
        "backends/archspec_torch/emit/activation.py",
        "backends/archspec_tensorflow/emit/activation.py",
        "tests/conformance/cases/activation.py",
    ]
    Softer.__module__ = "archspec.layers.soft"
    assert missing_places(Softer) == [
        "backends/archspec_torch/emit/soft.py",
        "backends/archspec_tensorflow/emit/soft.py",
        "tests/conformance/cases/soft.py",
    ]


def test_a_layer_made_of_others_needs_no_rows() -> None:
    class Twice(CompositeLayer):
        """A layer that has only begun."""

    Twice.__module__ = "archspec.layers.conv"
    assert missing_places(Twice) == ["tests/conformance/cases/conv.py"]
