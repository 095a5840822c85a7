"""Every layer type on both backends: the same function, which is the one that its definition in numpy says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from random import Random
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.ir import TensorType
from tests.conformance.cases import FAMILIES
from tests.conformance.reference import Case, Conformance
from tests.conformance.side_by_side import SideBySide, distance

QUICK = 24
"""How many cases of a layer type are quick: some are all that several attributes can be together."""


def _cases() -> Iterator[Any]:
    """All cases of all layer types; of those that have many, the same ones drawn from them are quick."""
    for layer_type, conformance in chain.from_iterable(table.items() for table in FAMILIES.values()):
        every = range(len(conformance.cases))
        quick = Random(layer_type).sample(every, min(QUICK, len(every)))
        for index, case in enumerate(conformance.cases):
            marks = () if index in quick else pytest.mark.slow
            yield pytest.param(layer_type, case, id=f"{layer_type}-{index}", marks=marks)


MEANINGS: Mapping[str, Conformance] = {name: found for table in FAMILIES.values() for name, found in table.items()}
"""What each layer type means, by its name."""


@pytest.mark.parametrize(("layer_type", "case"), _cases())
def test_both_backends_are_the_definition(layer_type: str, case: Case) -> None:
    """Outputs, shapes, numbers of parameters, gradients and weights of one use of a layer type."""
    both = SideBySide(layer_type, case)
    shown = f"{layer_type} {dict(case.attributes)} of {list(case.shapes)}"

    inferred = {type_.shape for type_ in both.network.outputs.values()}
    assert inferred == {both.meant.shape[1:]}, shown
    for name in both.network.outputs:
        assert distance(both.torch.outputs[name], both.meant) <= 1e-12, f"PyTorch, {name}: {shown}"
        assert distance(both.tensorflow.outputs[name], both.meant) <= 1e-12, f"TensorFlow, {name}: {shown}"

    types = {type(node.layer).__name__ for node in both.network.graph.nodes}
    tolerance = max(MEANINGS[name].gradients for name in types)
    assert both.torch.gradients.keys() == both.tensorflow.gradients.keys()
    for name, gradient in both.torch.gradients.items():
        assert distance(gradient, both.tensorflow.gradients[name]) <= tolerance, f"gradient of {name}: {shown}"

    _check_parameters(both)
    _check_round_trip(both)


def _check_parameters(both: SideBySide) -> None:
    """The models have as many weights as the network says, all and trainable ones."""
    said = both.network.parameters()
    keras = both.keras_model
    assert keras.count_params() == said.total
    assert sum(TensorType(tuple(weight.shape)).size for weight in keras.trainable_variables) == said.trainable
    torch = both.torch_model
    state = [tensor for tensor in torch.state_dict().values() if tensor.is_floating_point()]
    assert sum(tensor.numel() for tensor in state) == said.total
    assert sum(tensor.numel() for tensor in torch.parameters() if tensor.requires_grad) == said.trainable


def _check_round_trip(both: SideBySide) -> None:
    """What comes out of a model is what went in, to the last bit."""
    for model in (both.torch_model, both.keras_model):
        read = archspec.read_weights(both.network, model)
        assert read.keys() == both.weights.keys()
        for name, array in both.weights.items():
            assert read[name].dtype == np.float64
            assert read[name].tobytes() == array.tobytes(), name
