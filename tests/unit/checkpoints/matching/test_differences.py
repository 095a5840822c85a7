"""The attributes in which two steps differ."""

from __future__ import annotations

from archspec.checkpoints.flow import Step
from archspec.checkpoints.matching.differences import of_steps
from archspec.ir import Essence
from archspec.layers.conv import Conv2D


def step(layer: Conv2D) -> Step:
    essence = layer.essence([(8, 8, 4)], (6, 6, 4))
    assert essence is not None
    return Step("conv", essence, ())


PLAIN = step(Conv2D(filters=4, kernel_size=(3, 3)))
OTHER = step(Conv2D(filters=4, kernel_size=(3, 3), dilation_rate=(2, 2), groups=2))


def test_defaults_are_said_too() -> None:
    assert [(each.what, each.value, each.file_value) for each in of_steps(PLAIN, OTHER)] == [
        ("dilation_rate", "[1, 1]", "[2, 2]"),
        ("groups", "1", "2"),
    ]


def test_a_layer_without_attributes_is_unknown() -> None:
    (found,) = of_steps(PLAIN, Step("conv", Essence("Conv2D"), ()))
    assert (found.what, found.file_value) == ("its function is", "unknown")
    assert found.value.startswith("Conv2D of dilation_rate [1, 1], groups 1, ")
