"""Every layer type on both backends: the same function, which is the one that its definition in numpy says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

import archspec
from archspec.ir import TensorType
from tests.conformance.cases import FAMILIES
from tests.conformance.reference import Conformance
from tests.conformance.side_by_side import SideBySide, case_of, distance

MEANINGS: Mapping[str, Conformance] = {name: found for table in FAMILIES.values() for name, found in table.items()}
"""What each layer type means, by its name."""


@pytest.mark.parametrize("layer_type", MEANINGS)
def test_both_backends_are_the_definition(layer_type: str) -> None:
    """Outputs, shapes, numbers of parameters, gradients and weights of all cases of a layer type, as one network."""
    both = SideBySide(layer_type, MEANINGS[layer_type].cases)
    wrong = [*_wrong_outputs(both), *_wrong_gradients(both)]
    assert not wrong, "\n".join(wrong)
    _check_parameters(both)
    _check_round_trip(both)


def _wrong_outputs(both: SideBySide) -> Iterator[str]:
    """Each output of another shape or value than the definition says."""
    assert {case_of(name) for name in both.network.outputs} == both.cases.keys()
    for name, type_ in both.network.outputs.items():
        meant = both.meant[case_of(name)]
        if type_.shape != meant.shape[1:]:
            yield f"the compiler, {type_.shape} for {meant.shape[1:]}: {both.shown(name)}"
        for backend, results in (("PyTorch", both.torch), ("TensorFlow", both.tensorflow)):
            apart = distance(results.outputs[name], meant)
            if not apart <= 1e-12:
                yield f"{backend}, an output is {apart} away: {both.shown(name)}"


def _wrong_gradients(both: SideBySide) -> Iterator[str]:
    """Each gradient, of an input or a weight, in which the backends differ."""
    types = {type(node.layer).__name__ for node in both.network.graph.nodes}
    tolerance = max(MEANINGS[name].gradients for name in types)
    assert both.torch.gradients.keys() == both.tensorflow.gradients.keys()
    for name, gradient in both.torch.gradients.items():
        apart = distance(gradient, both.tensorflow.gradients[name])
        if not apart <= tolerance:
            yield f"gradients of {name} are {apart} apart: {both.shown(name)}"


def _check_parameters(both: SideBySide) -> None:
    """The models have as many weights as the network says, all and trainable ones."""
    said = both.network.parameters()
    keras = both.keras_model
    # Normalization's `count` is a whole number, and no weight.
    floating = [weight for weight in keras.weights if "int" not in str(weight.dtype)]
    assert sum(TensorType(tuple(weight.shape)).size for weight in floating) == said.total
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
