"""What layers say of themselves is so: each trait against the layer type's definition in numpy, without a framework."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain
from random import Random
from statistics import median

import numpy as np
import pytest

import archspec
from archspec.ir import Layer, Moments, Node
from archspec.layers import layer_types
from archspec.weights import randomised
from tests.conformance.cases import FAMILIES
from tests.conformance.places import is_primitive
from tests.conformance.reference import Array, Case, Conformance, Shape

MEANINGS: Mapping[str, Conformance] = {
    name: found
    for name, found in chain.from_iterable(table.items() for table in FAMILIES.values())
    if is_primitive(layer_types()[name])
}

BATCH = 200
MOST_CASES = 12

NEAR = 4.0
"""How many times too large or too small the estimate of a mean square may be: estimates for pooling are rough, and the
cases' images are small."""


class Use:
    """One use of a layer type by itself: the layer, weights as parity draws them, and what numpy makes of inputs."""

    def __init__(self, layer_type: str, case: Case) -> None:
        self.case = case
        self._meaning = MEANINGS[layer_type].meaning
        names = [f"x{index}" for index in range(len(case.shapes))]
        layer = {"name": "layer", "layer_type": layer_type, "inputs": names, **case.attributes}
        inputs = {name: list(shape) for name, shape in zip(names, case.shapes, strict=True)}
        self.graph = archspec.load({"inputs": inputs, "layers": [layer]}).graph

    @cached_property
    def node(self) -> Node:
        """The layer's own node, which one of its activation may follow."""
        return self.graph.by_path["layer"]

    @property
    def layer(self) -> Layer:
        return self.node.layer

    @cached_property
    def inputs(self) -> list[Array]:
        """Standard normal numbers; neighbours in an image are alike, as in any that is no noise."""
        random = np.random.default_rng(1)
        return [self._alike(random, shape) for shape in self.case.shapes]

    def _alike(self, random: np.random.Generator, shape: Shape) -> Array:
        own, common = (
            random.normal(size=(BATCH, *shape)),
            random.normal(size=(BATCH, *([1] * len(shape[:-1])), *shape[-1:])),
        )
        return (own + common) / math.sqrt(2) if len(shape) > 1 else own

    @cached_property
    def weights(self) -> dict[str, Array]:
        return {name.partition(":")[2]: np.asarray(a, np.float64) for name, a in randomised(self.graph).items()}

    def meant(self, inputs: list[Array], weights: Mapping[str, Array]) -> Array:
        own = {"weights": weights} if weights else {}
        return self._meaning(*inputs, **own, **self.case.attributes)


def _cases(layer_type: str) -> list[Case]:
    every = [each for each in MEANINGS[layer_type].cases if not each.attributes.get("activation")]
    return Random(layer_type).sample(every, min(MOST_CASES, len(every)))


def _all_uses(layer_type: str) -> Iterator[Use]:
    return (Use(layer_type, case) for case in _cases(layer_type))


WEIGHTED = [layer_type for layer_type in MEANINGS if any(use.weights for use in _all_uses(layer_type))]


@pytest.mark.parametrize("layer_type", MEANINGS)
def test_a_layer_is_nonnegative_and_takes_features_in_any_order_where_it_says_so(layer_type: str) -> None:
    for use in _all_uses(layer_type):
        if use.layer.nonnegative(False):
            assert use.meant(use.inputs, use.weights).min() >= 0, use.case
        if use.layer.nonnegative(True):
            rectified = [np.maximum(x, 0) for x in use.inputs]
            assert use.meant(rectified, use.weights).min() >= 0, use.case
        if use.layer.order() != "fixed" and all(len(shape) == 1 for shape in use.case.shapes):
            _check_order_of_features(use)


def _check_order_of_features(use: Use) -> None:
    """The layer makes of features in another order what it makes of them, in another order or as they were."""
    shapes = use.case.shapes
    orders = {size: np.random.default_rng(size).permutation(size) for shape in shapes for size in shape}
    inputs = [x[:, orders[x.shape[1]]] for x in use.inputs]
    weights = dict(use.weights)
    for _, weight in use.graph.owned_weights():
        if weight.features is not None and weight.shape[weight.features] in orders:
            order = orders[weight.shape[weight.features]]
            weights[weight.slot] = weights[weight.slot].take(order, weight.features)
    truth = use.meant(use.inputs, use.weights)
    if use.layer.order() == "summed":
        expected = truth
    elif use.layer.order() == "kept":
        expected = truth[:, orders[truth.shape[1]]]
    else:
        starts = np.cumsum([0, *(shape[0] for shape in shapes[:-1])])
        order = [orders[shape[0]] + start for start, shape in zip(starts, shapes, strict=True)]
        expected = truth[:, np.concatenate(order)]
    np.testing.assert_allclose(use.meant(inputs, weights), expected, rtol=1e-12, atol=1e-12, err_msg=str(use.case))


@pytest.mark.parametrize("layer_type", [name for name in MEANINGS if name not in WEIGHTED])
def test_the_estimate_of_values_is_near(layer_type: str) -> None:
    """In the middle of the layer type's cases, some of which are far from what networks have."""
    found = []
    for use in _all_uses(layer_type):
        shapes = [type_.shape for type_ in use.node.reads]
        for mean in (0.0, 1.0):
            made = use.meant([x + mean for x in use.inputs], {})
            # Padding with zeros is part of the values, and no estimate counts it.
            power = float(np.mean(made[made != 0] ** 2)) if made.any() else 0.0
            estimate = use.layer.moments([Moments(mean, 1.0)] * len(shapes), shapes).power
            found.append(estimate / max(power, 1e-9))
    assert 1 / NEAR < median(found) < NEAR, found


@pytest.mark.parametrize("layer_type", WEIGHTED)
def test_weights_as_parity_draws_them_keep_the_size_of_values(layer_type: str) -> None:
    found = []
    for use in _all_uses(layer_type):
        assert all(np.unique(array).size == array.size for array in use.weights.values())
        found.append(float(np.sqrt(np.mean(use.meant(use.inputs, use.weights) ** 2))))
    assert 1 / NEAR < median(found) < NEAR, found
