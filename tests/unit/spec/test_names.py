"""What may be a name: it becomes an identifier in the emitted source, so Python's own words are none anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import archspec
from archspec.spec.names import is_layer_name, is_name
from tests.marks import slow_but

Document = dict[str, Any]

DENSE: Document = {"layer_type": "Dense", "units": 4}


def _network(**more: Any) -> Document:
    return {"inputs": {"x": [4]}, "layers": [DENSE], **more}


PLACES: dict[str, Callable[[str], Document]] = {
    "param": lambda name: _network(params={name: 4}, layers=[{**DENSE, "units": f"${name}"}]),
    "input": lambda name: _network(inputs={name: [4]}),
    "output": lambda name: _network(layers=[{"name": "fc", **DENSE}], outputs={name: "fc"}),
    "block": lambda name: _network(blocks={name: {"layers": [DENSE]}}, layers=[{"layer_type": name}]),
    "block's param": lambda name: _network(
        blocks={"B": {"params": {name: "required"}, "layers": [{**DENSE, "units": f"${name}"}]}},
        layers=[{"layer_type": "B", name: 4}, {"layer_type": "B", name: 5}],
    ),
    "block's input": lambda name: _network(
        blocks={"B": {"inputs": [name, "b"], "layers": [{"layer_type": "Add", "inputs": [name, "b"]}]}},
        layers=[{"layer_type": "B", "inputs": ["x", "x"]}, DENSE],
    ),
    "layer": lambda name: _network(layers=[{"name": name, **DENSE}]),
    "scope": lambda name: _network(layers=[{"name": name, "layer_type": "Sequential", "layers": [DENSE]}]),
    "copies": lambda name: _network(layers=[{"name": name, "repeat": 2, **DENSE}]),
    "made name": lambda name: _network(params={"end": name[1:]}, layers=[{"name": f"{name[:1]}$end", **DENSE}]),
    "merge": lambda name: _network(
        layers=[
            {"layer_type": "Parallel", "branches": [[], []], "merge": {"layer_type": "Add", "name": name}},
            DENSE,
        ]
    ),
    "column": lambda name: _network(layers=[{"for": {name: [4, 5]}, **DENSE, "units": f"${name}"}]),
    "computed column": lambda name: _network(params={"table": {name: [4, 5]}}, layers=[{"for": "$table", **DENSE}]),
}
"""Networks with a name in each of the places where a spec can have one."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["__class__", "__a", "class", "None"])
def test_a_word_of_pythons_is_no_name(place: str, name: str) -> None:
    with pytest.raises(archspec.SpecError) as refused:
        archspec.load(PLACES[place](name))
    assert f'"{name}" is not a name' in str(refused.value)


def _odd() -> Iterator[str]:
    """Words that Python or a framework has a use for, and that are names all the same."""
    yield from ("self", "cls", "super", "names", "print", "len", "match", "type", "torch", "nn", "F", "Tensor")
    yield from ("keras", "layers", "ops", "x_2", "_x", "model", "forward", "initialize", "math", "range", "init_")


@pytest.mark.parametrize(
    "place", [place for place in PLACES if place not in {"layer", "scope", "copies", "merge", "made name"}]
)
@pytest.mark.parametrize("backend", slow_but(["torch"], ["torch", "tensorflow"]))
def test_any_other_word_is_one_in_either_source(place: str, backend: str) -> None:
    for name in _odd():
        network = archspec.load(PLACES[place](name))
        source = network.emit(backend)
        compile(source, name, "exec")


@pytest.mark.parametrize(
    ("word", "layers_too"), [("_", True), ("_a", True), ("a__b", True), ("a-b", None), ("__", False)]
)
def test_two_underscores_in_front_are_too_many(word: str, layers_too: bool | None) -> None:
    assert is_name(word) is bool(layers_too)
    assert is_layer_name(word) is (layers_too is None or layers_too)
