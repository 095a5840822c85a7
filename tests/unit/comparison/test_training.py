"""Training parity: what agrees, what is told apart, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import Gradients, find_backend
from archspec.cli import parity_text
from archspec.comparison import (
    LayersReport,
    TensorParity,
    TrainingReport,
    compare_training,
    compare_training_layers,
    random_inputs,
)
from archspec.comparison.training import OPTIMISERS
from archspec.errors import ArchspecError
from archspec.passes import switch_off_random
from archspec.weights import randomised

pytest.importorskip("torch")
pytest.importorskip("keras")


def document(*layers: dict[str, Any], **inputs: list[int]) -> dict[str, Any]:
    return {"archspec": 1, "name": "small", "inputs": inputs or {"image": [6, 6, 3]}, "layers": list(layers)}


CONV = {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same"}
NORM = {"name": "norm", "layer_type": "BatchNormalization", "momentum": 0.9}
DENSE = {"name": "fc", "layer_type": "Dense", "units": 3}

NETWORKS = {
    "batch normalisation": document(
        CONV, NORM, {"layer_type": "ReLU"}, {"layer_type": "GlobalAveragePooling2D"}, DENSE
    ),
    "shared at two sizes": document(
        {**CONV, "filters": 3},
        NORM,
        {"layer_type": "MaxPooling2D", "pool_size": 2},
        {"layer_type": "Reuse", "layer": "norm"},
        {"layer_type": "Flatten"},
        DENSE,
    ),
    "random layers": document(
        CONV,
        {"layer_type": "SpatialDropout2D", "rate": 0.5},
        {
            "layer_type": "Residual",
            "layers": [{**CONV, "name": "b"}, {"name": "depth", "layer_type": "StochasticDepth", "rate": 0.25}],
        },
        {"layer_type": "Flatten"},
        {"name": "drop", "layer_type": "Dropout", "rate": 0.5},
        DENSE,
    ),
    "two inputs": document(
        {"name": "left", "layer_type": "Dense", "units": 4, "inputs": "a"},
        {"name": "right", "layer_type": "Reuse", "layer": "left", "inputs": "b"},
        {"layer_type": "Subtract", "inputs": ["left", "right"]},
        {"layer_type": "BatchNormalization", "scale": False},
        DENSE,
        a=[5],
        b=[5],
    ),
    "no weights": document({"layer_type": "MaxPooling2D", "pool_size": 2}, {"layer_type": "Flatten"}),
}


def trained(network: archspec.Network, **options: Any) -> TrainingReport:
    graph = network.graph
    backends = [find_backend("torch"), find_backend("tensorflow")]
    return compare_training(graph, backends, randomised(graph), random_inputs(graph, batch=6), **options)


@pytest.mark.parametrize("name", NETWORKS)
def test_backends_train_alike(name: str) -> None:
    report = trained(archspec.load(NETWORKS[name]))
    assert report.passed, report
    assert report.largest < 1e-11
    assert [each.optimiser.name for each in report.optimisers] == ["sgd", "adam", "adamw", "rmsprop"]


def test_a_gradient_of_nothing_but_rounding_is_said_to_be_zero() -> None:
    report = trained(archspec.load(NETWORKS["batch normalisation"]), steps=0)
    assert report.zero_gradients == ("conv:bias",)
    assert all(tensor.passed for tensor in report.gradients)
    assert not report.optimisers


def test_what_is_rounding_or_set_right_is_told() -> None:
    report = trained(archspec.load(document(CONV, {"name": "gate", "layer_type": "HardSigmoid"})), steps=0)
    note = "Layers that torch rounds to float32 in float64, compared by exact functions: gate."
    assert note in parity_text.training(report).text()
    rounded = TensorParity("conv:bias", 1e-5, passed=True, rounding=True)
    report = replace(report, gradients=(*report.gradients, rounded))
    assert report.largest < 1e-11
    said = parity_text.training(report).text()
    assert "1.0e-05" not in said
    assert "Weights whose gradient differs by the rounding of its terms: conv:bias." in said


def test_layers_that_keras_rounds_are_told() -> None:
    network = archspec.load(document(CONV, {"name": "gate", "layer_type": "GELU"}))
    note = "Layers that tensorflow rounds to float32 in float64, compared by exact functions: gate."
    inference = archspec.parity(network)
    assert inference.passed
    assert inference.record()["replaced"] == {"tensorflow": ["gate"]}
    assert note in parity_text.inference(inference).text()
    assert note in parity_text.training(trained(network, steps=0)).text()


def test_random_layers_are_switched_off_and_told() -> None:
    network = archspec.load(NETWORKS["random layers"])
    report = trained(network, steps=1)
    assert report.switched_off == ("1", "depth", "drop")
    graph, _ = switch_off_random(network.graph)
    assert switch_off_random(graph) == (graph, ())
    assert {node.layer.rate for node in graph.nodes if node.layer.random} == {0.0}


def test_what_steps_do_depends_on_every_number_of_the_optimiser() -> None:
    """Each number moves the weights by more than what is allowed: another convention could not hide."""
    graph = archspec.load(NETWORKS["batch normalisation"]).graph
    backend, weights, inputs = find_backend("torch"), randomised(graph), random_inputs(graph, batch=6)
    model = backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu")
    used = {
        "sgd": ["learning_rate", "momentum"],
        "adam": ["learning_rate", "beta_1", "beta_2", "epsilon"],
        "adamw": ["learning_rate", "beta_1", "beta_2", "epsilon", "weight_decay"],
        "rmsprop": ["learning_rate", "rho", "epsilon"],
    }
    coefficients = {"fc": np.full((6, 3), 0.1)}
    for optimiser in OPTIMISERS:

        def after_five(wanted: Any) -> Any:
            steps = backend.train(graph, model, weights, inputs, coefficients, wanted)
            return [next(steps) for _ in range(5)][-1].weights["fc:kernel"]

        usual = after_five(optimiser)
        for name in used[optimiser.name]:
            other = after_five(replace(optimiser, **{name: getattr(optimiser, name) * 0.99}))
            assert np.abs(other - usual).max() > 1e-9 * np.abs(usual).max(), (optimiser.name, name)


def test_a_wrong_gradient_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = find_backend("torch")
    gradients = torch.gradients

    def wrong(*arguments: Any) -> Gradients:
        found = gradients(*arguments)
        return replace(found, of_weights={**found.of_weights, "fc:kernel": found.of_weights["fc:kernel"] * (1 + 1e-8)})

    monkeypatch.setattr(torch, "gradients", wrong, raising=False)
    report = trained(archspec.load(NETWORKS["batch normalisation"]), steps=1)
    assert [tensor.name for tensor in report.tensors() if not tensor.passed] == ["fc:kernel"]
    assert not report.passed


def test_ties_excuse_no_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pixels tie before a pool, the least movement of the input moves the gradient by as much as itself."""
    torch = find_backend("torch")
    gradients = torch.gradients

    def wrong(*arguments: Any) -> Gradients:
        found = gradients(*arguments)
        # Not where a layer is alone.
        of_inputs = {name: array * (1.5 if name == "image" else 1) for name, array in found.of_inputs.items()}
        return replace(found, of_inputs=of_inputs)

    monkeypatch.setattr(torch, "gradients", wrong, raising=False)
    graph = archspec.load(document(*NETWORKS["no weights"]["layers"], DENSE)).graph
    images = {"image": np.random.default_rng(0).integers(0, 3, (6, 6, 6, 3)).astype(float)}
    report = compare_training(graph, [torch, find_backend("tensorflow")], randomised(graph), images, steps=0)
    (image, *_) = report.gradients
    assert (image.name, image.passed, image.zero) == ("@image", False, False)
    assert report.largest > 0.3
    # No layer explains it, and yet the layers are not said to be the same.
    layers = compare_training_layers(graph, [torch, find_backend("tensorflow")], randomised(graph), images)
    assert (layers.layers, layers.inputs, layers.passed) == ((), ("@image",), False)
    assert layers.record()["inputs"] == ["@image"]
    assert "Gradients that differ: @image." in parity_text.layers(layers).text()


def test_a_difference_that_no_layer_explains_is_one() -> None:
    report = LayersReport("small", ("torch", "tensorflow"), "inference", 3, (), together=True)
    assert not report.passed
    assert "0 of 3 layers differ in inference, none by itself" in parity_text.layers(report).text()


def test_a_backend_that_cannot_train_is_named() -> None:
    network = archspec.load(NETWORKS["no weights"])

    class Other:
        name = "other"

    with pytest.raises(ArchspecError, match="the backend other does not offer training"):
        compare_training(network.graph, [find_backend("torch"), Other()], {}, random_inputs(network.graph))


def test_pytorch_still_has_a_sixth_in_float32() -> None:
    """What training parity sets right: the gradient of the hard sigmoid. Once this fails, `ExactSixth` can go."""
    import torch

    from archspec_torch.training import ExactSixth

    def gradient() -> float:
        x = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
        torch.nn.functional.hardsigmoid(x).backward()
        return float(x.grad)

    assert abs(gradient() * 6 - 1) > 1e-8
    with ExactSixth():
        assert abs(gradient() * 6 - 1) < 1e-15


def test_uses_of_shared_statistics_are_in_the_specs_order() -> None:
    """Keras would run what is further from the outputs first: here the branch that the spec has last."""
    norm = {"name": "norm", "layer_type": "BatchNormalization", "momentum": 0.5, "inputs": "features"}
    again = {"name": "again", "layer_type": "Reuse", "layer": "norm", "inputs": "doubled"}
    doubled = {"name": "doubled", "layer_type": "Rescaling", "scale": 2.0, "offset": 1.0, "inputs": "features"}
    last = {"layer_type": "Dense", "units": 4}
    joined = {"layer_type": "Concatenate", "inputs": ["norm", "long"]}
    network = archspec.load(document(norm, doubled, again, last, {"name": "long", **last}, joined, features=[3]))
    report = trained(network, steps=2)
    assert report.ordered == ("norm",)
    assert report.passed, report
