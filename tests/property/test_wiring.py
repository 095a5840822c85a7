"""However layers are put together, the emitted networks compute what the graph says, and the graph what the spec says.

`pytest tests/property/test_wiring.py --networks 2000 --hypothesis-seed 7` tries others, and as many as wanted.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.errors import EmitError, SpecError
from archspec.ir import Graph, Value
from archspec.layers.activation import ReLU, Tanh
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Concatenate
from archspec.lower.use_cache import UseCache
from tests.marks import slow_but
from tests.parity.agreement import saved
from tests.property.wiring import Spec, random_document
from tests.unit.lower.networks import described

pytest.importorskip("torch")
pytest.importorskip("keras")

PARTS = 5
"""The first is quick."""

IN_A_PART = 50
"""Documents, of which one in five is a network."""

BATCH = 2


def computed(graph: Graph, weights: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """The outputs of a graph, node by node in NumPy."""
    values: dict[Value, Any] = {value: inputs[name] for name, value in graph.input_values.items()}
    for node in graph.nodes:
        read = [values[value] for value in node.inputs]
        match node.layer:
            case Dense():
                owner = node.shares or node.path
                values[node.result] = read[0] @ weights[f"{owner}:kernel"] + weights[f"{owner}:bias"]
            case ReLU():
                values[node.result] = np.maximum(read[0], 0)
            case Tanh():
                values[node.result] = np.tanh(read[0])
            case Add():
                values[node.result] = sum(read)
            case Concatenate():
                values[node.result] = np.concatenate(read, -1)
            case layer:
                raise TypeError(f"no layer of random documents: {layer}")
    return {name: values[value] for name, value in graph.outputs.items()}


def lowered(document: Spec) -> Graph | str:
    """The graph, or what is wrong with the document."""
    try:
        return archspec.load(document).graph
    except SpecError as error:
        return str(error)


def lowered_one_by_one(document: Spec) -> Graph | str:
    """The same without copies of uses that are alike."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(UseCache, "copy", lambda *_: None)
        return lowered(document)


def wrong(graph: Graph, backend: str, seed: int) -> str | None:
    """What a backend makes wrong; None if nothing, or if it refuses the network in words."""
    generator = np.random.default_rng(seed)
    weights = {name: generator.normal(size=array.shape) / 2 for name, array in archspec.weights.draw(graph).items()}
    inputs = {name: generator.normal(size=(BATCH, *kind.shape)) for name, kind in graph.inputs.items()}
    found = find_backend(backend)
    try:
        source = found.emit(graph)
    except EmitError:
        return None
    made = found.run(graph, found.load(graph, source, weights, dtype="float64", device="cpu"), inputs)
    for name, expected in computed(graph, weights, inputs).items():
        if made[name].shape != expected.shape or not np.allclose(made[name], expected, rtol=1e-10, atol=1e-10):
            return f"{backend}: {name} is wrong"
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many documents as `--networks` says at once, or the usual ones in parts."""
    if "part" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--networks")
        metafunc.parametrize("part", slow_but([0], range(PARTS)) if wanted is None else [None])


def test_networks_are_what_their_documents_say(part: int | None, request: pytest.FixtureRequest) -> None:
    wanted = request.config.getoption("--networks") or IN_A_PART
    first = int(request.config.getoption("--hypothesis-seed") or 0 if part is None else part) * wanted
    valid = 0
    for seed in range(first, first + wanted):
        document = random_document(Random(seed))
        try:
            graph, again = lowered(document), lowered_one_by_one(document)
            if isinstance(graph, str) or isinstance(again, str):
                told = None if graph == again else f"{graph}\n# but one by one:\n# {again}"
            else:
                valid += 1
                assert described(graph) == described(again)
                told = wrong(graph, "torch", seed) or (wrong(graph, "tensorflow", seed) if valid % 4 == 0 else None)
        except Exception as error:
            raise AssertionError(saved(document, f"seed {seed}, {type(error).__name__}")) from error
        assert told is None, saved(document, f"seed {seed}, {told}")
    print(f"\n{valid} networks of {wanted} documents")
    assert valid >= wanted // 10
