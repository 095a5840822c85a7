"""Which flattenings keep torch's order, and which activations overwrite their input."""

from __future__ import annotations

import numpy as np
import pytest

from archspec.ir import Graph
from archspec.layers.activation import Linear, PReLU, ReLU, Sigmoid, Softmax
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Concatenate, Multiply
from archspec.layers.norm import BatchNormalization, LocalResponseNormalization, Scale
from archspec.layers.pool import GlobalAveragePooling2D, MaxPooling2D
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten, Reshape
from archspec_torch.layout import facts, feature_order, flatten_orders, overwriting
from tests.unit.torch_backend.torch_rows import Use, chain, graph

IMAGE = {"x": (3, 4, 5)}
FLATTEN = Flatten()
DENSE = Dense(units=7)
RELU = ReLU()


def torch_order(height: int, width: int, channels: int) -> list[int]:
    """Where each of (channels, height, width) is in (height, width, channels), one by one."""
    return [(h * width + w) * channels + c for c in range(channels) for h in range(height) for w in range(width)]


def test_a_flattening_before_dense_keeps_torchs_order() -> None:
    network = chain((3, 4, 5), FLATTEN, DENSE)
    assert flatten_orders(network) == {"a"}
    orders = feature_order(network)
    assert orders.keys() == {"a", "b"}
    assert orders["b"] is None
    assert orders["a"] is not None
    assert orders["a"].tolist() == torch_order(3, 4, 5)


@pytest.mark.parametrize(
    "between", [RELU, Softmax(), Dropout(rate=0.5), BatchNormalization(), Scale(), PReLU(), Linear(), Flatten()]
)
def test_the_order_goes_through_elementwise_layers(between: ReLU) -> None:
    network = chain((3, 4, 5), FLATTEN, between, DENSE)
    assert flatten_orders(network) == {"a"}
    order = feature_order(network)["b"]
    assert order is not None
    assert order.tolist() == torch_order(3, 4, 5)


def test_a_concatenation_joins_orders() -> None:
    network = graph(
        IMAGE | {"y": (2, 2, 3), "z": (4,)},
        [("f", FLATTEN, "@x"), ("g", FLATTEN, "@y"), ("c", Concatenate(), "@z f @z @z g"), ("d", DENSE, "c")],
        "d",
    )
    assert flatten_orders(network) == {"f", "g"}
    order = feature_order(network)["c"]
    assert order is not None
    expected = [
        *range(4),
        *(4 + i for i in torch_order(3, 4, 5)),
        *range(64, 72),
        *(72 + i for i in torch_order(2, 2, 3)),
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
def test_torchs_order_never_reaches(case: str) -> None:
    uses, outputs = REFUSED[case]
    network = graph(IMAGE | {"v": (60,)}, uses, outputs)
    assert flatten_orders(network) == set()
    assert not any(order is not None for order in feature_order(network).values())


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
    assert flatten_orders(network) == {"f", "g"}
    assert feature_order(network)["m"] is feature_order(network)["f"]


def test_one_refused_flattening_takes_those_with_it_that_are_added_to_it() -> None:
    uses: list[Use] = [
        ("f", FLATTEN, "@x"),
        ("g", FLATTEN, "@y"),
        ("a", Add(), "f g"),
        ("d", DENSE, "a"),
        ("h", FLATTEN, "@x"),
        ("e", DENSE, "h"),
    ]
    assert flatten_orders(graph(IMAGE | {"y": (3, 4, 5)}, uses, "d g e")) == {"h"}


def test_weights_that_are_shared_keep_an_order_that_is_the_same_everywhere() -> None:
    uses: list[Use] = [("f", FLATTEN, "@x"), ("d", DENSE, "f"), ("g", FLATTEN, "@y", "f"), ("e", DENSE, "g", "d")]
    network = graph(IMAGE | {"y": (3, 4, 5)}, uses, "d e")
    assert flatten_orders(network) == {"f", "g"}


@pytest.mark.parametrize("shape", [(3, 4, 1), (1, 1, 5)])
def test_an_order_that_makes_no_difference_is_none(shape: tuple[int, int, int]) -> None:
    network = chain(shape, FLATTEN)
    assert feature_order(network) == {"a": None}


CONV = Conv2D(filters=5, kernel_size=3, padding=1)


def overwrites(network: Graph) -> set[str]:
    return set(overwriting(network))


@pytest.mark.parametrize(
    "producer",
    [
        CONV,
        BatchNormalization(),
        LocalResponseNormalization(),
        MaxPooling2D(),
        GlobalAveragePooling2D(),
        DENSE,
        FLATTEN,
    ],
)
def test_an_activation_overwrites_what_nothing_else_needs(producer: Conv2D) -> None:
    assert overwrites(chain((4, 4, 5), CONV, producer, RELU)) == {"c"}


def test_nor_what_the_gradient_before_it_reads() -> None:
    assert overwrites(chain((4, 4, 5), CONV, Sigmoid(), RELU)) == set()
    assert overwrites(chain((4, 4, 5), CONV, RELU, RELU)) == {"b"}


def test_nor_an_input_or_an_output_of_the_network() -> None:
    assert overwrites(chain((4, 4, 5), RELU)) == set()
    assert overwrites(chain((4, 4, 5), Dropout(rate=0.5), RELU)) == set()
    assert overwrites(graph(IMAGE, [("c", CONV, "@x"), ("r", RELU, "c")], "c r")) == set()
    assert overwrites(graph(IMAGE, [("c", CONV, "@x"), ("f", FLATTEN, "c"), ("r", RELU, "f")], "c r")) == set()


def test_nor_what_another_layer_reads_directly_or_through_a_view() -> None:
    uses: list[Use] = [("c", CONV, "@x"), ("r", RELU, "c"), ("a", Add(), "c r")]
    assert overwrites(graph(IMAGE, uses, "a")) == set()
    uses = [("c", CONV, "@x"), ("p", Dropout(rate=0.5), "c"), ("r", RELU, "p"), ("a", Add(), "c r"), ("s", RELU, "a")]
    assert overwrites(graph(IMAGE, uses, "s")) == {"s"}


def test_a_module_that_is_used_again_overwrites_everywhere_or_nowhere() -> None:
    uses: list[Use] = [("c", CONV, "@x"), ("r", RELU, "c"), ("s", RELU, "@x", "r"), ("a", Add(), "r s")]
    assert overwrites(graph(IMAGE, uses, "a")) == set()
    uses[2] = ("s", RELU, "d", "r")
    uses.insert(2, ("d", CONV, "r"))
    assert overwrites(graph(IMAGE, [*uses[:3], ("e", CONV, "d"), ("s", RELU, "e", "r")], "s")) == {"r", "s"}


def test_facts_has_every_path() -> None:
    found = facts(chain((4, 4, 5), CONV, RELU, FLATTEN, DENSE))
    assert found == {
        "a": frozenset(),
        "b": frozenset({"inplace"}),
        "c": frozenset({"channels_first"}),
        "d": frozenset(),
    }


def test_long_chains_take_linear_time() -> None:
    uses: list[Use] = [("n0", CONV, "@x"), ("f", FLATTEN, "n0")]
    uses += [(f"n{i}", RELU, f"n{i - 1}" if i > 1 else "f") for i in range(1, 5000)]
    network = graph(IMAGE, [*uses, ("d", DENSE, "n4999")], "d")
    order = feature_order(network)["n4999"]
    assert order is not None
    assert np.array_equal(np.sort(order), np.arange(60))
