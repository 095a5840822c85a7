"""How much source does the compiler write for each network of the zoo, and of which definitions?

`python -m benchmarks.emission --backend torch 'regnet*'` answers for some networks and one backend.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from typing import NamedTuple

import archspec
from archspec.ir import Graph
from archspec.program.names import camel, network_class, snake
from benchmarks.measure import Row


class Style(NamedTuple):
    """A backend's room for code generation, and how it makes a definition's name of a word of the spec."""

    room: str
    name: Callable[[str], str]


STYLES = {
    "torch": Style("archspec_torch.emit.helpers", camel),
    "tensorflow": Style("archspec_tensorflow.emit.helpers", snake),
}
"""The backends that are measured, by their names."""

COMMON_HELPERS = frozenset({"make_divisible", "initialize"})
"""Functions that both backends write beside their own helpers."""

LINES = {
    "torch": {
        "resnet50": 100,
        "mobilenet_v3_large": 165,
        "efficientnet_b0": 190,
        "efficientnet_v2_s": 230,
        "regnet_y_400mf": 135,
        "nasnet_mobile": 300,
        "inception_v3": 235,
        "shufflenet_v2_x1_0": 134,
        "googlenet": 146,
        "convnext_tiny": 127,
    },
    "tensorflow": {"mobilenet_v3_large": 150},
}
"""The most lines that the source of a network should have, by backend."""


@dataclass(frozen=True, slots=True)
class Emission:
    """The source of one network from one backend.

    `lines` are those of the whole file. `definitions` are the names of its classes and functions without helpers, the
    network's own among them. `blocks` are the blocks of the spec that the network uses, under the names that their
    definitions should have. `numbered` are the definitions with a number at the end that no name in the spec has.
    """

    lines: int
    definitions: tuple[str, ...]
    blocks: tuple[str, ...]
    numbered: tuple[str, ...]


def measure(graph: Graph, backend: str, source: str) -> Emission:
    """Count in the source that a backend wrote for a graph."""
    style = STYLES[backend]
    helpers = COMMON_HELPERS | set(import_module(style.room).HELPERS)
    tops = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    definitions = tuple([node.name for node in tops if node.name not in helpers])
    declared = {network_class(graph), *map(style.name, _words(graph))}
    return Emission(
        lines=len(source.splitlines()),
        definitions=definitions,
        blocks=tuple(dict.fromkeys([style.name(scope.kind) for scope in graph.scopes if scope.block])),
        numbered=tuple([name for name in definitions if name[-1].isdigit() and name not in declared]),
    )


def _words(graph: Graph) -> Iterator[str]:
    """The names in the spec that may be a definition's: the network's, blocks', and those given to layers."""
    yield graph.name
    for scope in graph.scopes:
        if scope.block:
            yield scope.kind
    yield from (scope.name for scope in graph.scopes if scope.named)
    yield from (node.name for node in graph.nodes if node.named)


def rows(networks: Sequence[str] = ("*",), backends: Sequence[str] = tuple(STYLES)) -> Iterator[Row]:
    """The networks whose names fit one of the patterns, each with each of the backends; the backends' totals last."""
    found: dict[str, list[Emission]] = {backend: [] for backend in backends}
    for name in archspec.list_networks():
        if not any(fnmatchcase(name, pattern) for pattern in networks):
            continue
        network = archspec.load(name)
        for backend in backends:
            emission = measure(network.graph, backend, network.emit(backend))
            found[backend].append(emission)
            yield _row(f"{backend} {name}", [emission], LINES[backend].get(name))
    for backend, emissions in found.items():
        yield _row(f"{backend}, {len(emissions)} networks together", emissions, None)


def _row(name: str, emissions: Sequence[Emission], target: int | None) -> Row:
    names = [name for emission in emissions for name in emission.numbered]
    counts = {
        "definitions": sum(len(emission.definitions) for emission in emissions),
        "blocks": sum(len(emission.blocks) for emission in emissions),
        "numbered names": len(names),
    }
    note = ", ".join(f"{what} {count}" for what, count in counts.items())
    if names and len(emissions) == 1:
        note += f" ({' '.join(names)})"
    return Row(name, sum(emission.lines for emission in emissions), "lines", target, note)


def main(arguments: Sequence[str]) -> int:
    """Print the rows that the arguments choose."""
    parser = argparse.ArgumentParser("python -m benchmarks.emission", description=__doc__)
    parser.add_argument("networks", nargs="*", default=["*"], help="networks of the zoo, or patterns for their names")
    parser.add_argument("--backend", action="append", choices=list(STYLES), help="a backend; all of them without it")
    chosen = parser.parse_args(arguments)
    for row in rows(chosen.networks, chosen.backend or tuple(STYLES)):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
