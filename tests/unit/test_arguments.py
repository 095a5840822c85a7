"""The API refuses an argument of another type in words, as an error of archspec, before it does anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.errors import ArchspecError, ArgumentError

LAYERS = [{"name": "fc", "layer_type": "Dense", "units": 2, "input_shape": [3]}]
NETWORK = archspec.load(LAYERS)

GIVEN: dict[Callable[..., Any], dict[str, Any]] = {
    archspec.load: {"source": LAYERS},
    archspec.emit_family: {"source": "resnet18", "backend": "torch"},
    archspec.list_networks: {},
    archspec.read_weights: {"network": LAYERS, "model": None},
    archspec.read_checkpoint: {"network": LAYERS, "path": "x.pth"},
    archspec.find_networks: {"path": "x.pth"},
    archspec.import_model: {"path": "x.keras"},
    archspec.convert_weights: {"network": LAYERS, "source": "x.pth", "target": "y.pth", "to": "torch"},
    archspec.parity: {"network": LAYERS},
    archspec.training_parity: {"network": LAYERS},
    archspec.layer_parity: {"network": LAYERS},
    archspec.peer_parity: {"network": LAYERS, "peer": "torchvision:resnet18"},
    archspec.bench: {"network": LAYERS},
    archspec.export: {"network": LAYERS, "to": "onnx"},
    archspec.quantize: {"network": LAYERS, "to": "onnx", "data": "mnist"},
    archspec.read_recipe: {"recipe": "lenet"},
    archspec.recipe_parity: {"recipe": "lenet"},
    archspec.train: {"recipe": "lenet", "backend": "torch"},
    archspec.evaluate: {"run": "run"},
    archspec.predict: {"run": "run", "images": ["x.png"]},
    NETWORK.place: {"path": "fc"},
    NETWORK.weights: {},
    NETWORK.optimize: {},
    NETWORK.emit: {"backend": "torch"},
    NETWORK.compile: {"backend": "torch"},
}
"""Every function of the API, with the arguments that it must be given."""

NO_TEXT: list[Any] = [5, 1.5, True, b"x", ["torch"], {"a": 1}, object(), np.zeros(2), {1, 2}]
NO_PATH: list[Any] = [5, b"x", ["x"], {}, object(), "a\0b"]
NO_NUMBER: list[Any] = [1.5, True, "3", [3], {}, float("nan"), 10**400, np.zeros(2)]
NO_TRUTH: list[Any] = [1, "yes", None, [], np.zeros(2)]
NO_NAMED: list[Any] = [5, "x", ["torch"], {5: 1}, {None: None}, np.zeros(2), {1, 2}]
NO_TEXTS: list[Any] = [5, "torch", [1, 2], None, {"torch": 1}]

WRONG: dict[str, list[Any]] = {
    **dict.fromkeys(("variant", "pattern", "to", "key", "dtype", "device", "peer"), NO_TEXT),
    **dict.fromkeys(("path", "source", "target", "run"), NO_PATH),
    **dict.fromkeys(("seed", "batch", "steps", "top", "rounds", "threads"), NO_NUMBER),
    "devices": [*NO_NUMBER, 0, -1],
    **dict.fromkeys(("only_matching", "by_order", "training", "resume", "force", "optimize", "fuse"), NO_TRUTH),
    **dict.fromkeys(("params", "inputs", "weights", "changes"), NO_NAMED),
    "names": [*NO_NAMED, {"fc": 1}],
    **dict.fromkeys(("backends", "against"), NO_TEXTS),
    "batches": [5, "1,8", ["1"], [1.5], None, {1: 8}],
    "outputs": [5, [1, 2], {"fc": 1}, {5: "fc"}, {"fc"}, np.zeros(2)],
    "progress": [5, "x", [], {}],
    "data": [5, ["mnist"], {}, np.zeros(2), lambda: [1]],
    "transforms": [5, "Normalize", [1], [{"type": "Normalize"}]],
    "images": [5, "x.png", None, [1], {"x.png": 1}],
}
"""Values that an argument of this name cannot have, in whatever function. A new argument has its own here."""

OPEN = {
    ("read_recipe", "recipe"),
    ("recipe_parity", "recipe"),
    ("train", "recipe"),
    ("train", "backend"),
    ("load", "source"),
    ("emit_family", "source"),
    ("emit_family", "backend"),
    ("compile", "weights"),
    ("place", "path"),
    ("emit", "backend"),
    ("compile", "backend"),
}
"""What is told otherwise, where it is read, if it cannot be."""


def _cases() -> Iterator[Any]:
    for function, given in GIVEN.items():
        for name in signature(function).parameters:
            if name not in {"network", "model"} and (function.__name__, name) not in OPEN:
                yield pytest.param(function, given, name, id=f"{function.__name__}-{name}")


@pytest.mark.parametrize(("function", "given", "name"), list(_cases()))
def test_another_type_is_refused(function: Callable[..., Any], given: dict[str, Any], name: str) -> None:
    for value in WRONG[name]:
        with pytest.raises(ArgumentError, match=rf"^{name} is .+, not ") as refused:
            function(**{**given, name: value})
        assert isinstance(refused.value, archspec.ArchspecError)
        assert isinstance(refused.value, TypeError)


def test_no_function_is_missing() -> None:
    public = {getattr(archspec, name) for name in archspec.__all__}
    functions = {each for each in public if callable(each) and not isinstance(each, type)}
    assert functions <= GIVEN.keys()
    members = [getattr(NETWORK, name) for name in vars(archspec.Network) if name[0] != "_"]
    methods = {each for each in members if callable(each) and signature(each).parameters}
    assert methods == GIVEN.keys() - functions


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"variant": 5}, "variant is a text, not int"),
        ({"params": {5: 1}}, "params is a mapping of names to values, not dict of int: params={...}"),
        ({"inputs": (3,)}, "inputs is a mapping of names to shapes, not tuple: inputs={...}"),
    ],
)
def test_the_message_says_what_it_may_be(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        archspec.load(LAYERS, **given)
    assert str(refused.value) == message


def test_an_argument_may_be_given_by_its_place() -> None:
    with pytest.raises(ArgumentError, match=r"dtype is one of float32, .*, not 'half'"):
        NETWORK.emit("torch", dtype="half")
    with pytest.raises(ArgumentError, match=r"seed is a whole number below 2\*\*63, not '1'"):
        NETWORK.weights("1")  # type: ignore[arg-type]


def test_numpys_integers_and_none_are_fine() -> None:
    drawn = NETWORK.weights(np.int64(3))
    assert all(np.array_equal(array, NETWORK.weights(3)[name]) for name, array in drawn.items())
    assert archspec.load(LAYERS, variant=None, params=None, inputs=None).name == "network"


def test_a_path_with_a_nul_is_that_of_no_checkpoint() -> None:
    with pytest.raises(ArgumentError, match=r"weights is a path, not 'a\\x00b'"):
        NETWORK.compile("torch", weights="a\0b")


@pytest.mark.parametrize("compared", [archspec.parity, archspec.training_parity, archspec.layer_parity])
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "inputs has an array for each input of network, input of (batch, 3), and these are for none"),
        (
            {"x": np.zeros((2, 3))},
            "inputs has an array for each input of network, input of (batch, 3), and these are for x",
        ),
        ({"input": [[1.0, 2.0, 3.0]]}, "inputs['input'] is list, and the network reads input of (batch, 3)"),
        (
            {"input": np.zeros((2, 4))},
            "inputs['input'] is an array of (2, 4) and type float64, and the network reads input of (batch, 3)",
        ),
        (
            {"input": np.zeros((2, 3), "U1")},
            "inputs['input'] is an array of (2, 3) and type <U1, and the network reads input of (batch, 3)",
        ),
        ({"input": np.zeros((0, 3))}, "inputs['input'] has no samples, so there is nothing to compare"),
    ],
    ids=["none", "another", "list", "shape", "texts", "no samples"],
)
def test_inputs_are_those_of_the_network(compared: Callable[..., Any], inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        compared(LAYERS, inputs=inputs)
    assert str(refused.value) == message


@pytest.mark.parametrize("compared", [archspec.parity, archspec.training_parity, archspec.layer_parity])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(compared: Callable[..., Any], number: float) -> None:
    """They would count as a difference between the backends."""
    kernel, bias = np.full((3, 2), number), np.full(2, number)
    refusal = "NaN or infinite numbers, so there is nothing to compare"
    with pytest.raises(ArchspecError, match=f"^input has {refusal}$"):
        compared(LAYERS, inputs={"input": np.full((2, 3), number)})
    with pytest.raises(ArchspecError, match=f"^fc:kernel and 1 more have {refusal}$"):
        compared(LAYERS, weights={"fc:kernel": kernel, "fc:bias": bias})


@pytest.mark.parametrize("compared", [archspec.parity, archspec.training_parity, archspec.layer_parity])
def test_inputs_have_equally_many_samples(compared: Callable[..., Any]) -> None:
    layers = {"inputs": {"x": [3], "y": [3]}, "layers": [{"layer_type": "Add", "inputs": ["x", "y"]}]}
    message = "the inputs of network should have equally many samples, and have: x 2, y 4"
    with pytest.raises(ArgumentError, match=message):
        compared(layers, inputs={"x": np.zeros((2, 3)), "y": np.zeros((4, 3))})
