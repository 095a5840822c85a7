"""The order of features in a framework whose images are channels-first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from archspec.analyses import Order, channels_first_flattens, feature_orders, weight_order
from archspec.ir import Graph, Layer, TensorType, Value, WeightSpec
from archspec.layers.activation import Linear, PReLU, ReLU, Sigmoid, Softmax
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Concatenate, Multiply
from archspec.layers.norm import BatchNormalization, Scale
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten, Reshape
from tests.unit.analyses.random_graphs import random_graphs
from tests.unit.graphs import Use, chain, graph

IMAGE = {"x": (3, 4, 5)}
FLATTEN = Flatten()
DENSE = Dense(units=7)
RELU = ReLU()


def flattens(network: Graph) -> frozenset[str]:
    return channels_first_flattens(network, is_flatten)


def orders_of(network: Graph) -> Mapping[Value, Order | None]:
    return feature_orders(network, is_flatten)


def orders_by_text(network: Graph) -> Mapping[str, Order | None]:
    return {str(value): order for value, order in orders_of(network).items()}


def is_flatten(layer: Layer) -> bool:
    return isinstance(layer, Flatten)


def channels_first(height: int, width: int, channels: int) -> list[int]:
    """Where each of (channels, height, width) is in (height, width, channels), one by one."""
    return [(h * width + w) * channels + c for c in range(channels) for h in range(height) for w in range(width)]


def test_a_flattening_before_dense_keeps_the_other_order() -> None:
    network = chain((3, 4, 5), FLATTEN, DENSE)
    assert flattens(network) == {"a"}
    orders = orders_by_text(network)
    assert orders.keys() == {"a", "b"}
    assert orders["b"] is None
    assert orders["a"] is not None
    assert orders["a"].tolist() == channels_first(3, 4, 5)


@pytest.mark.parametrize(
    "between", [RELU, Softmax(), Dropout(rate=0.5), BatchNormalization(), Scale(), PReLU(), Linear(), Flatten()]
)
def test_the_order_goes_through_elementwise_layers(between: ReLU) -> None:
    network = chain((3, 4, 5), FLATTEN, between, DENSE)
    assert flattens(network) == {"a"}
    order = orders_by_text(network)["b"]
    assert order is not None
    assert order.tolist() == channels_first(3, 4, 5)


def test_a_concatenation_joins_orders() -> None:
    network = graph(
        IMAGE | {"y": (2, 2, 3), "z": (4,)},
        [("f", FLATTEN, "@x"), ("g", FLATTEN, "@y"), ("c", Concatenate(), "@z f @z @z g"), ("d", DENSE, "c")],
        "d",
    )
    assert flattens(network) == {"f", "g"}
    order = orders_by_text(network)["c"]
    assert order is not None
    expected = [
        *range(4),
        *(4 + i for i in channels_first(3, 4, 5)),
        *range(64, 72),
        *(72 + i for i in channels_first(2, 2, 3)),
    ]
    assert order.tolist() == expected


REFUSED: dict[str, tuple[list[Use], str]] = {
    "an output": ([("f", FLATTEN, "@x")], "f"),
    "an output beside a Dense": ([("f", FLATTEN, "@x"), ("d", DENSE, "f")], "f d"),
    "an output after an activation": ([("f", FLATTEN, "@x"), ("s", Softmax(), "f")], "s"),
    "a reshape": ([("f", FLATTEN, "@x"), ("r", Reshape(target_shape=[6, 10]), "f"), ("d", DENSE, "r")], "d"),
    "a reshape to the same shape": (
        [("f", FLATTEN, "@x"), ("r", Reshape(target_shape=[60]), "f"), ("d", DENSE, "r")],
        "d",
    ),
    "a sum with another order": ([("f", FLATTEN, "@x"), ("a", Add(), "f @v"), ("d", DENSE, "a")], "d"),
    "weights used on another order": ([("f", FLATTEN, "@x"), ("d", DENSE, "f"), ("e", DENSE, "@v", "d")], "d e"),
    "a module used on another path": (
        [("f", FLATTEN, "@x"), ("d", DENSE, "f"), ("g", FLATTEN, "@x", "f"), ("s", Sigmoid(), "g")],
        "d s",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_other_order_never_reaches(case: str) -> None:
    uses, outputs = REFUSED[case]
    network = graph(IMAGE | {"v": (60,)}, uses, outputs)
    assert flattens(network) == set()
    assert not any(order is not None for order in orders_of(network).values())


class SilentScale(Scale):
    """A layer that keeps the order and does not say which axes of its weights have the features."""

    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        return tuple(replace(weight, features=None) for weight in super().weights(inputs))


def test_the_other_order_never_reaches_weights_without_an_axis_of_features() -> None:
    assert flattens(chain((3, 4, 5), FLATTEN, Scale(), DENSE)) == {"a"}
    assert flattens(chain((3, 4, 5), FLATTEN, SilentScale(), DENSE)) == set()
    assert flattens(chain((3, 4, 5), FLATTEN, PReLU(shared_axes=[1]), DENSE)) == {"a"}


def test_a_weight_has_the_order_of_its_owners_input() -> None:
    network = chain((3, 4, 5), FLATTEN, PReLU(shared_axes=[1]), Scale(), DENSE)
    orders, order = orders_of(network), channels_first(3, 4, 5)
    found = {
        f"{node.path}:{weight.slot}": weight_order(orders, node, weight) for node, weight in network.owned_weights()
    }
    assert {name: None if each is None else each.tolist() for name, each in found.items()} == {
        "b:alpha": None,
        "c:gamma": order,
        "c:beta": order,
        "d:kernel": order,
        "d:bias": None,
    }


def test_equal_orders_may_be_added() -> None:
    network = graph(
        IMAGE | {"y": (3, 4, 5), "one": (1,)},
        [
            ("f", FLATTEN, "@x"),
            ("g", FLATTEN, "@y"),
            ("a", Add(), "f g"),
            ("m", Multiply(), "a @one"),
            ("d", DENSE, "m"),
        ],
        "d",
    )
    assert flattens(network) == {"f", "g"}
    assert orders_by_text(network)["m"] is orders_by_text(network)["f"]


def test_one_refused_flattening_takes_those_with_it_that_are_added_to_it() -> None:
    uses: list[Use] = [
        ("f", FLATTEN, "@x"),
        ("g", FLATTEN, "@y"),
        ("a", Add(), "f g"),
        ("d", DENSE, "a"),
        ("h", FLATTEN, "@x"),
        ("e", DENSE, "h"),
    ]
    assert flattens(graph(IMAGE | {"y": (3, 4, 5)}, uses, "d g e")) == {"h"}


def test_weights_that_are_shared_keep_an_order_that_is_the_same_everywhere() -> None:
    uses: list[Use] = [("f", FLATTEN, "@x"), ("d", DENSE, "f"), ("g", FLATTEN, "@y", "f"), ("e", DENSE, "g", "d")]
    network = graph(IMAGE | {"y": (3, 4, 5)}, uses, "d e")
    assert flattens(network) == {"f", "g"}


@pytest.mark.parametrize("shape", [(3, 4, 1), (1, 1, 5)])
def test_an_order_that_makes_no_difference_is_none(shape: tuple[int, int, int]) -> None:
    network = chain(shape, FLATTEN)
    assert orders_by_text(network) == {"a": None}


def test_long_chains_take_linear_time() -> None:
    uses: list[Use] = [("f", FLATTEN, "@x")]
    uses += [(f"n{i}", RELU, f"n{i - 1}" if i > 1 else "f") for i in range(1, 5000)]
    network = graph(IMAGE, [*uses, ("d", DENSE, "n4999")], "d")
    order = orders_by_text(network)["n4999"]
    assert order is not None
    assert np.array_equal(np.sort(order), np.arange(60))


Array = npt.NDArray[Any]


def test_random_networks_compute_the_same_in_both_orders() -> None:
    found = 0
    for seed, network in enumerate(random_graphs()):
        first, orders = flattens(network), orders_of(network)
        found += bool(first)
        expected, values = computed(network, frozenset(), {}), computed(network, first, orders)
        for output in network.outputs.values():
            np.testing.assert_allclose(values[output], expected[output], rtol=1e-12, atol=1e-12, err_msg=str(seed))
        for value, order in orders.items():
            ordered = expected[value] if order is None else expected[value][order]
            np.testing.assert_allclose(values[value], ordered, rtol=1e-12, atol=1e-12, err_msg=f"{value} of {seed}")
    assert found > 50


def test_random_networks_have_flattens_that_must_be_canonical() -> None:
    wrong = 0
    for network in random_graphs():
        every = frozenset(node.path for node in network.nodes if is_flatten(node.layer))
        expected, values = computed(network, frozenset(), {}), computed(network, every, orders_of(network))
        wrong += not all(np.allclose(values[output], expected[output]) for output in network.outputs.values())
    assert wrong > 100


def computed(network: Graph, first: frozenset[str], orders: Mapping[Value, Order | None]) -> dict[Value, Array]:
    """All values if the nodes in `first` flatten channels-first and the weights have these orders."""
    random = np.random.default_rng(3)
    values: dict[Value, Array] = {value: random.normal(size=value.type.shape) for value in network.values.values()}
    weights: dict[str, list[Array]] = {}
    for node, weight in network.owned_weights():
        array, order = random.normal(size=weight.shape), weight_order(orders, node, weight)
        weights.setdefault(node.path, []).append(array if order is None else array.take(order, weight.features))
    for node in network.nodes:
        arrays = [values[value] for value in node.inputs]
        if node.path in first:
            arrays = [arrays[0].transpose(2, 0, 1)]
        values[node.result] = meaning(node.layer, arrays, weights.get(node.shares or node.path, []))
    return values


def meaning(layer: Layer, arrays: list[Array], weights: list[Array]) -> Array:
    match layer:
        case Flatten():
            return arrays[0].ravel()
        case Reshape():
            return arrays[0].reshape(layer.target_shape) * np.arange(1, 13)  # each feature in its own way
        case Dense():
            return arrays[0] @ weights[0] / 4 + weights[1]
        case Scale():
            return arrays[0] * weights[0] + weights[1]
        case Softmax():
            powers = np.exp(arrays[0] - arrays[0].max(-1, keepdims=True))
            return np.asarray(powers / powers.sum(-1, keepdims=True))
        case ReLU():
            return np.maximum(arrays[0], 0)
        case Add():
            return arrays[0] + arrays[1]
        case Concatenate():
            return np.concatenate(arrays, axis=-1)
        case Dropout():
            return arrays[0]
    raise AssertionError(layer)
