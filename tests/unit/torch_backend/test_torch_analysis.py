"""The facts about nodes that decide how PyTorch writes layers."""

from __future__ import annotations

import pytest

from archspec.layers.activation import ReLU
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.layers.norm import BatchNormalization, LocalResponseNormalization
from archspec.layers.pool import GlobalAveragePooling2D, MaxPooling2D
from archspec.layers.shape import Flatten
from archspec_torch.emit.analysis import facts, feature_orders_of
from tests.unit.graphs import chain

CONV = Conv2D(filters=5, kernel_size=3, padding=1)


def test_facts_has_every_path() -> None:
    assert facts(chain((4, 4, 5), CONV, ReLU(), Flatten(), Dense(units=7))) == {
        "a": frozenset(),
        "b": frozenset({"inplace"}),
        "c": frozenset({"channels first"}),
        "d": frozenset(),
    }


@pytest.mark.parametrize(
    "producer",
    [BatchNormalization(), LocalResponseNormalization(), MaxPooling2D(), GlobalAveragePooling2D()],
    ids=str,
)
def test_the_rows_of_ordinary_layers_allow_overwriting(producer: Conv2D) -> None:
    assert facts(chain((4, 4, 5), CONV, producer, ReLU()))["c"] == {"inplace"}


def test_a_flattened_image_has_the_order_of_torchs_memory() -> None:
    found = feature_orders_of(chain((2, 1, 3), Flatten(), Dense(units=7)))
    orders = {str(value): order for value, order in found.items()}
    assert orders["b"] is None
    assert orders["a"] is not None
    assert orders["a"].tolist() == [0, 3, 1, 4, 2, 5]
