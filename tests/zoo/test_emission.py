"""The source of every network is short, of functions that can be read, and a block of the spec is one definition."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

import archspec
from archspec import zoo
from benchmarks.emission import LINES, Emission, measure
from tests.marks import one_a_family, rows_but

LONGEST = 60
"""Lines of a function, its header among them."""

LONGER = {
    "alexnet": 64,
    "alexnet_keras": 64,
    "alexnet_paper": 69,
    "vgg_c_same_pools": 69,
    "zfnet": 73,
    "zfnet_keras": 72,
}
"""Those whose documents have named groups in named groups, or rows of which the names tell each apart: all is in one
function, a line for each layer. In AlexNet's Keras source each bias has initial values of its own. They may grow no
further."""

BACKENDS = ("torch", "tensorflow")

REACHED = {
    ("torch", "efficientnet_b0"): 193,
    # A row for each of its 15 blocks, as the spec has it, is longer than five lists.
    ("torch", "mobilenet_v3_large"): 176,
    ("torch", "regnet_y_400mf"): 137,
    ("tensorflow", "mobilenet_v3_large"): 163,
}
"""Lines of the sources that are still longer than they should be, which is in `LINES`: they may grow no further."""

LIMITS = {(backend, name): lines for backend, limits in LINES.items() for name, lines in limits.items()}

TOTALS = {"torch": (23116, 582), "tensorflow": (16893, 577)}
"""Lines and definitions of the whole zoo."""

FAMILIES = one_a_family()

BACKBONES = [
    network.name
    for network in zoo.networks()
    if network.name in FAMILIES and "\nstages:" in network.path.read_text("utf-8")
]
"""One of each family: its functions are those of the whole network without the classifier, which all are held for."""

DEEP = ("inception_v4", "efficientnet_v2_s", "mobilenet_v3_large", "nasnet_mobile", "densenet121", "resnet50_keras")
"""Those with the most layers, or with stages that end inside a block."""

QUICK = ("efficientnet_b0", "mobilenet_v3_large", "regnet_y_400mf", "resnet50")


@pytest.mark.parametrize("name", QUICK)
def test_source_is_well_written(name: str) -> None:
    assert list(_faults(name, _written(name))) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*FAMILIES, *(name for _, name in LIMITS)} - {*QUICK}))
def test_source_of_each_family_is_well_written(name: str) -> None:
    assert list(_faults(name, _written(name))) == []


@pytest.mark.slow
@pytest.mark.table
def test_the_zoo_is_well_written_and_short() -> None:
    """All networks in one test: the totals need them all."""
    zoo_written = {name: _written(name) for name in zoo.list_networks()}
    assert [fault for name, written in zoo_written.items() for fault in _faults(name, written)] == []
    for backend, (most_lines, most_definitions) in TOTALS.items():
        emissions = [written.emissions[backend] for written in zoo_written.values()]
        assert sum(emission.lines for emission in emissions) <= most_lines
        assert sum(len(emission.definitions) for emission in emissions) <= most_definitions


@pytest.mark.parametrize("backend", BACKENDS)
def test_blocks_are_definitions_where_an_output_lies_inside_a_group(backend: str) -> None:
    network = archspec.load("mobilenet_v2", outputs="stages")
    emission = measure(network.graph, backend, network.emit(backend))
    assert set(emission.blocks) <= set(emission.definitions)


@pytest.mark.parametrize("name", rows_but((), DEEP, BACKBONES))
def test_functions_of_backbones_are_short(name: str) -> None:
    network = archspec.load(name, outputs="stages")
    assert max(_longest(network.emit(backend)) for backend in BACKENDS) <= LONGEST


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


@dataclass(frozen=True)
class Written:
    """The sources of one network, by backend: what they consist of, and the lines of the longest function of each."""

    emissions: Mapping[str, Emission]
    longest: Mapping[str, int]


def _written(name: str) -> Written:
    network = archspec.load(name)
    sources = {backend: network.emit(backend) for backend in BACKENDS}
    return Written(
        {backend: measure(network.graph, backend, source) for backend, source in sources.items()},
        {backend: _longest(source) for backend, source in sources.items()},
    )


def _faults(name: str, written: Written) -> Iterator[str]:
    """What should not be so in the sources of a network."""
    for backend, emission in written.emissions.items():
        place = f"{name} for {backend}"
        if written.longest[backend] > LONGER.get(name, LONGEST):
            yield f"{place}: a function of {written.longest[backend]} lines"
        # A function of Keras whose name a param has too says that it is a block's: `three_block`.
        definitions = Counter(emission.definitions)
        for block in emission.blocks:
            if (definitions[block] or definitions[f"{block}_block"]) != 1:
                yield f"{place}: {block} is not one definition"
        if emission.numbered:
            yield f"{place}: {emission.numbered} have a number that the spec has not"
        limit = LIMITS.get((backend, name), emission.lines)
        if emission.lines > REACHED.get((backend, name), limit):
            yield f"{place}: {emission.lines} lines"
        if (backend, name) in REACHED and emission.lines <= limit:
            yield f"{place}: it is listed as too long, and has only {emission.lines} lines"


def _longest(source: str) -> int:
    """The lines of the longest function."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return max((node.end_lineno or 0) - node.lineno + 1 for node in functions)
