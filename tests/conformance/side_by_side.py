"""Layers compiled by both backends, and what each of them makes of the same inputs and weights."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf
import torch

import archspec
import archspec_tensorflow.runtime
import archspec_tensorflow.weights
import archspec_torch.runtime
import archspec_torch.weights
from archspec.network import Network
from tests.conformance.cases import FAMILIES
from tests.conformance.reference import Array, Case, Shape

BATCH = 3

FEW = 40


@dataclass(frozen=True)
class Results:
    """Outputs by name, and gradients by the names of inputs (`@c0_x0`) and weights; images channels-last."""

    outputs: Mapping[str, Array]
    gradients: Mapping[str, Array]


class SideBySide:
    """Uses of a layer type as one network, with random inputs and weights, in float64.

    Each case has inputs of its own, `c0_x0` and on, and is an output under the name of its layer, `c0`. A layer without
    weights is there a second time, without a name, because backends write named and unnamed layers differently: its
    output is `c0_unnamed`. Of more than `FEW` cases, every third is.
    """

    def __init__(self, layer_type: str, cases: Sequence[Case]) -> None:
        self.layer_type = layer_type
        self.cases = {f"c{index}": case for index, case in enumerate(cases)}
        self._random = np.random.default_rng(len(cases))

    @cached_property
    def network(self) -> Network:
        """All cases."""
        network = archspec.load(self._document(self.cases))
        weighted = {case_of(node.path) for node, _ in network.graph.owned_weights()}
        rest = [name for name in self.cases if name not in weighted]
        unnamed = rest[:: 3 if len(rest) > FEW else 1]
        return archspec.load(self._document({*self.cases} - {*unnamed})) if unnamed else network

    def _document(self, named: Collection[str]) -> dict[str, Any]:
        """The network's document; the cases that are not among the named ones have an unnamed layer too."""
        inputs: dict[str, list[int]] = {}
        layers: list[dict[str, Any]] = []
        outputs: dict[str, str] = {}
        for name, case in self.cases.items():
            reads = [f"{name}_x{index}" for index in range(len(case.shapes))]
            inputs |= {read: list(shape) for read, shape in zip(reads, case.shapes, strict=True)}
            if case.rectified:
                layers += [{"layer_type": "ReLU", "inputs": read} for read in reads]
                reads = [str(_positions(layers) - len(reads) + index) for index in range(len(reads))]
            layer = {"layer_type": self.layer_type, "inputs": reads, **case.attributes}
            layers.append({"name": name, **layer})
            outputs[name] = name
            if name not in named:
                # The output of an unnamed layer is its activation, which has the position after it.
                layers.append(layer)
                outputs[f"{name}_unnamed"] = str(_positions(layers) - 1)
        return {"archspec": 1, "name": "cases", "inputs": inputs, "layers": layers, "outputs": outputs}

    @cached_property
    def inputs(self) -> dict[str, Array]:
        """An array for each input, with a batch axis."""
        return {
            name: self._input(self.cases[case_of(name)], type_.shape) for name, type_ in self.network.inputs.items()
        }

    def _input(self, case: Case, shape: Shape) -> Array:
        array = self._random.normal(0, case.spread, (BATCH, *shape))
        return np.round(array) if case.whole else array

    @cached_property
    def weights(self) -> dict[str, Array]:
        """An array for each weight by its canonical name; variances are positive."""
        return {
            f"{node.path}:{weight.slot}": self._random.uniform(0.5, 1.5, weight.shape)
            if weight.role == "variance"
            else self._random.normal(size=weight.shape)
            for node, weight in self.network.graph.owned_weights()
        }

    def weights_of(self, name: str) -> dict[str, Array]:
        """The weights of a case's layer: `kernel` is its own, `depthwise:kernel` of a layer that it is made of."""
        return {key.removeprefix(name)[1:]: array for key, array in self.weights.items() if case_of(key) == name}

    def shown(self, name: str) -> str:
        """The use of the layer type that an input, an output or a weight belongs to, for a message."""
        case = self.cases[case_of(name)]
        return f"{name}, {self.layer_type} {dict(case.attributes)} of {list(case.shapes)}"

    @cached_property
    def torch_model(self) -> Any:
        return self.network.compile("torch", weights=self.weights, dtype="float64", device="cpu")

    @cached_property
    def keras_model(self) -> Any:
        return self.network.compile("tensorflow", weights=self.weights, dtype="float64", device="cpu")

    @cached_property
    def cotangents(self) -> dict[str, Array]:
        """What outputs are multiplied by before they are summed to the number whose gradients are taken."""
        return {name: self._random.normal(size=(BATCH, *type_.shape)) for name, type_ in self.network.outputs.items()}

    @cached_property
    def meant(self) -> dict[str, Array]:
        """What the layer type's definition says of each case, by the cases' names."""
        meaning = next(table[self.layer_type].meaning for table in FAMILIES.values() if self.layer_type in table)
        found = {}
        for name, case in self.cases.items():
            arrays = [self.inputs[f"{name}_x{index}"] for index in range(len(case.shapes))]
            weights = self.weights_of(name)
            own = {"weights": weights} if weights else {}
            found[name] = meaning(
                *(np.maximum(x, 0) if case.rectified else x for x in arrays), **own, **case.attributes
            )
        return found

    @cached_property
    def torch(self) -> Results:
        """What PyTorch makes of it."""
        model, graph = self.torch_model, self.network.graph
        tensors = {name: archspec_torch.runtime.to_tensor(model, array) for name, array in self.inputs.items()}
        tensors = {name: tensor.double().requires_grad_() for name, tensor in tensors.items()}
        found = archspec_torch.runtime.apply(model, tensors)
        outputs = found if isinstance(found, Mapping) else dict(zip(self.network.outputs, [found], strict=True))
        to_array = archspec_torch.runtime.to_array
        parameters = dict(model.named_parameters())
        targets = [*tensors.values(), *parameters.values()]
        total = sum(
            (outputs[name] * archspec_torch.runtime.to_tensor(model, array).double()).sum()
            for name, array in self.cotangents.items()
        )
        gradients = torch.autograd.grad(total, targets, allow_unused=True, materialize_grads=True)
        of_parameters = dict(zip(parameters, gradients[len(tensors) :], strict=True))
        return Results(
            {name: to_array(value) for name, value in outputs.items()},
            {f"@{name}": to_array(gradient) for name, gradient in zip(tensors, gradients, strict=False)}
            | {
                place.canonical: place.move_to_canonical(of_parameters[place.native].numpy())
                for place in archspec_torch.weights.places(graph)
                if place.native in of_parameters
            },
        )

    @cached_property
    def tensorflow(self) -> Results:
        """What TensorFlow makes of it."""
        model, graph = self.keras_model, self.network.graph
        tensors = {name: tf.constant(array) for name, array in self.inputs.items()}
        variables = archspec_tensorflow.weights.variables(graph, model)
        trainable = {name: variable for name, variable in variables.items() if variable.trainable}
        with archspec_tensorflow.runtime.comparable(model), tf.GradientTape() as tape:
            for tensor in tensors.values():
                tape.watch(tensor)
            found = model(as_keras_takes(model, tensors), training=False)
            outputs = found if isinstance(found, Mapping) else dict(zip(self.network.outputs, [found], strict=True))
            total = tf.add_n([tf.reduce_sum(outputs[name] * array) for name, array in self.cotangents.items()])
        targets = [*tensors.values(), *(variable.value for variable in trainable.values())]
        gradients = tape.gradient(total, targets, unconnected_gradients="zero")
        names = [*(f"@{name}" for name in tensors), *trainable]
        return Results(
            {name: value.numpy() for name, value in outputs.items()},
            {name: tf.convert_to_tensor(value).numpy() for name, value in zip(names, gradients, strict=True)},
        )


def distance(value: Array, truth: Array) -> float:
    """The largest difference over the truth's largest value; infinite for another shape or what is not a number."""
    if value.shape != truth.shape or not np.isfinite(value).all():
        return float("inf")
    return float(np.abs(value - truth).max(initial=0) / (np.abs(truth).max(initial=0) or 1))


def as_keras_takes(model: Any, tensors: Mapping[str, Any]) -> Any:
    """Inputs as a Keras model takes them: by name, as a list, or one alone."""
    if isinstance(model.input, Mapping):
        return tensors
    return [*tensors.values()] if len(tensors) > 1 else next(iter(tensors.values()))


def case_of(name: str) -> str:
    """The case of an input, output, gradient or weight by its name: `c0` of `@c0_x1` and `c0.depthwise:kernel`."""
    return re.split("[_.:]", name.removeprefix("@"))[0]


def _positions(layers: Sequence[Mapping[str, Any]]) -> int:
    """How many positions the layers take: an activation has its own."""
    return len(layers) + sum(layer["layer_type"] != "Activation" and bool(layer.get("activation")) for layer in layers)
