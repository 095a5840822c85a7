"""The source of every network is short, of functions that can be read, and a block of the spec is one definition."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache

import pytest

import archspec
from archspec import zoo
from benchmarks.emission import LINES, Emission, measure
from tests.marks import one_a_family, slow_but

LONGEST = 60
"""Lines of a function, its header among them."""

LONGER = {"zfnet": 73, "zfnet_keras": 72, "vgg_c_same_pools": 69}
"""Those whose documents have named groups in named groups, or rows of which the names tell each apart: all is in one
`__init__`, a line for each layer. They may grow no further."""

BACKENDS = ("torch", "tensorflow")

REACHED = {
    ("torch", "mobilenet_v3_large"): 167,
    ("torch", "efficientnet_b0"): 195,
    ("torch", "inception_v3"): 240,
    ("torch", "regnet_y_400mf"): 138,
    ("torch", "convnext_tiny"): 129,
}
"""Lines of the sources that are still longer than they should be, which is in `LINES`: they may grow no further."""

LIMITS = {(backend, name): lines for backend, limits in LINES.items() for name, lines in limits.items()}

TOTALS = {"torch": (18074, 499), "tensorflow": (11872, 494)}
"""Lines and definitions of the whole zoo."""

BACKBONES = [network.name for network in zoo.networks() if "backbone:" in network.path.read_text("utf-8")]

every_network = pytest.mark.parametrize("name", slow_but(one_a_family(), zoo.list_networks()))


@every_network
def test_functions_are_short(name: str) -> None:
    assert _longest(archspec.load(name)) <= LONGER.get(name, LONGEST)


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKBONES)
def test_functions_of_backbones_are_short(name: str) -> None:
    assert _longest(archspec.load(name, params={"backbone": True})) <= LONGEST


@pytest.mark.parametrize("backend", BACKENDS)
@every_network
def test_a_block_is_one_definition(name: str, backend: str) -> None:
    emission = _emission(name, backend)
    # A function of Keras whose name a param has too says that it is a block's: `three_block`.
    written = Counter(emission.definitions)
    assert {block: written[block] or written[f"{block}_block"] for block in emission.blocks} == dict.fromkeys(
        emission.blocks, 1
    )


@pytest.mark.parametrize("backend", BACKENDS)
@every_network
def test_no_definition_has_a_number_that_the_spec_has_not(name: str, backend: str) -> None:
    assert _emission(name, backend).numbered == ()


@pytest.mark.parametrize(("backend", "name"), LIMITS)
def test_source_is_short(name: str, backend: str) -> None:
    assert _emission(name, backend).lines <= REACHED.get((backend, name), LIMITS[backend, name])


def test_what_is_too_long_is_listed_as_long_as_it_is() -> None:
    assert [each for each in REACHED if _emission(each[1], each[0]).lines <= LIMITS[each]] == []


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_zoo_is_short(backend: str) -> None:
    emissions = [_emission(name, backend) for name in zoo.list_networks()]
    lines = sum(emission.lines for emission in emissions)
    definitions = sum(len(emission.definitions) for emission in emissions)
    most_lines, most_definitions = TOTALS[backend]
    assert lines <= most_lines
    assert definitions <= most_definitions


@pytest.mark.parametrize(
    ("block", "layer", "numbered"), [("Conv2", "conv", ()), ("Conv", "conv2", ()), ("Conv", "conv", ("Conv2",))]
)
def test_numbers_that_the_author_wrote_count_for_nothing(block: str, layer: str, numbered: tuple[str, ...]) -> None:
    spec = {
        "archspec": 1,
        "name": "net",
        "inputs": {"x": [8]},
        "blocks": {block: {"layers": [{"layer_type": "Dense", "units": 4}]}},
        "layers": [{"layer_type": block, "name": layer}],
    }
    emission = measure(archspec.load(spec).graph, "torch", "class Conv2: ...\n\n\ndef initialize(): ...\n")
    assert emission == Emission(4, ("Conv2",), (block,), numbered)


@cache
def _emission(name: str, backend: str) -> Emission:
    network = archspec.load(name)
    return measure(network.graph, backend, network.emit(backend))


def _longest(network: archspec.Network) -> int:
    """The lines of the longest function in the source of either backend."""
    trees = [ast.parse(network.emit(backend)) for backend in BACKENDS]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return max((node.end_lineno or 0) - node.lineno + 1 for node in functions)
