"""A layer compiled by both backends, and what each of them makes of the same inputs and weights."""

from __future__ import annotations

from collections.abc import Mapping
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
from tests.conformance.reference import Array, Case

BATCH = 3


@dataclass(frozen=True)
class Results:
    """Outputs by name, and gradients by the names of inputs (`@x0`) and weights; images channels-last."""

    outputs: Mapping[str, Array]
    gradients: Mapping[str, Array]


class SideBySide:
    """One use of a layer type as a network, with random inputs and weights, in float64.

    The layer is there twice: under the name `layer`, and if it has no weights without a name as well, because
    backends write named and unnamed layers differently.
    """

    def __init__(self, layer_type: str, case: Case) -> None:
        self.layer_type = layer_type
        self.case = case
        self._random = np.random.default_rng(len(case.shapes) + sum(map(sum, case.shapes)))

    @cached_property
    def network(self) -> Network:
        """The layer on its inputs."""
        network = archspec.load(self._document(unnamed=False))
        return network if network.parameters().total else archspec.load(self._document(unnamed=True))

    def _document(self, *, unnamed: bool) -> dict[str, Any]:
        inputs = {f"x{index}": list(shape) for index, shape in enumerate(self.case.shapes)}
        layers: list[dict[str, Any]] = []
        reads = list(inputs)
        if self.case.rectified:
            layers = [{"layer_type": "ReLU", "inputs": name} for name in inputs]
            reads = [str(index) for index in range(len(layers))]
        layer = {"layer_type": self.layer_type, "inputs": reads, **self.case.attributes}
        layers.append({"name": "layer", **layer})
        outputs = {"named": "layer"}
        if unnamed:
            outputs["unnamed"] = str(len(layers))
            layers.append(layer)
        return {"archspec": 1, "name": "case", "inputs": inputs, "layers": layers, "outputs": outputs}

    @cached_property
    def inputs(self) -> dict[str, Array]:
        """An array for each input, with a batch axis."""
        arrays = {
            name: self._random.normal(0, self.case.spread, (BATCH, *type_.shape))
            for name, type_ in self.network.inputs.items()
        }
        return {name: np.round(array) if self.case.whole else array for name, array in arrays.items()}

    @cached_property
    def weights(self) -> dict[str, Array]:
        """An array for each weight by its canonical name; variances are positive."""
        return {
            f"{node.path}:{weight.slot}": self._random.uniform(0.5, 1.5, weight.shape)
            if weight.role == "variance"
            else self._random.normal(size=weight.shape)
            for node, weight in self.network.graph.owned_weights()
        }

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
    def meant(self) -> Array:
        """What the layer type's definition says."""
        meaning = next(table[self.layer_type].meaning for table in FAMILIES.values() if self.layer_type in table)
        arrays = [np.maximum(x, 0) if self.case.rectified else x for x in self.inputs.values()]
        # layer:kernel is the layer's own, layer.depthwise:kernel of a layer that it is made of.
        weights = {name.removeprefix("layer")[1:]: array for name, array in self.weights.items()}
        own = {"weights": weights} if weights else {}
        return meaning(*arrays, **own, **self.case.attributes)

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
        with tf.GradientTape() as tape:
            for tensor in tensors.values():
                tape.watch(tensor)
            given = model.input
            found = model(
                tensors if isinstance(given, Mapping) else [*tensors.values()] if len(tensors) > 1 else tensors["x0"],
                training=False,
            )
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
