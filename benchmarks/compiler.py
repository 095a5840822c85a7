"""How long does it take to compile ResNet-50 from its spec to both sources, once archspec is imported?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

import archspec
from archspec.backend import find_backend
from archspec.ir import Graph
from archspec.lower import lower
from archspec.passes import run
from archspec.source import load_source, read_document
from archspec.spec import parse_document
from archspec.zoo import find_network
from benchmarks.measure import Row, Seconds, measure, medians, milliseconds, repeat

NETWORK = "resnet50"
BACKENDS = "torch", "tensorflow"

T = TypeVar("T")

_FIRST = """
from time import perf_counter, process_time
import archspec
{imports}
wall, cpu = perf_counter(), process_time()
network = archspec.load("resnet50")
network.emit("torch")
network.emit("tensorflow")
print(perf_counter() - wall, process_time() - cpu)
"""

_EVERYTHING = """
import archspec.api
from archspec.backend import find_backend
import archspec_torch.emit.module
import archspec_tensorflow.emit.module
find_backend("torch"), find_backend("tensorflow")
"""


def rows() -> Iterator[Row]:
    """The whole as a user calls it, then its phases, then the first time in a process."""
    whole = repeat(_compile, 25)
    _Phases()
    rounds = [_Phases().times for _ in range(25)]
    yield Row(f"{NETWORK}: spec to both sources", whole.wall * 1e3, "ms", 150, milliseconds(whole))
    for phase in rounds[0]:
        time = medians([times[phase] for times in rounds])
        yield Row(f"  {phase}", time.wall * 1e3, "ms", note=milliseconds(time))
    yield _first("the first time, all modules imported", _EVERYTHING)
    yield _first("the first time, after `import archspec`", "")


def _compile() -> None:
    network = archspec.load(NETWORK)
    for backend in BACKENDS:
        network.emit(backend)


class _Phases:
    """One compilation; `times` has how long each of its phases took."""

    def __init__(self) -> None:
        self.times: dict[str, Seconds] = {}
        found = find_network(NETWORK)
        assert found is not None
        value, _ = self._timed("read", lambda: read_document(load_source(found.path), json=False))
        document, _ = self._timed("check", lambda: parse_document(value))
        graph = self._timed("lower", lambda: lower(document, variant=found.variant).graph)
        graph = self._timed("passes", lambda: run(graph))
        for name in BACKENDS:
            self._emit(name, graph)

    def _emit(self, backend: str, graph: Graph) -> None:
        self._timed(f"emit {backend}", lambda: find_backend(backend).emit(graph))

    def _timed(self, phase: str, action: Callable[[], T]) -> T:
        result: list[T] = []
        self.times[phase] = measure(lambda: result.append(action()))
        return result[0]


def _first(name: str, imports: str) -> Row:
    program = [sys.executable, "-c", _FIRST.format(imports=imports)]
    runs = [subprocess.run(program, check=True, capture_output=True, text=True).stdout for _ in range(5)]
    time = medians([Seconds(*map(float, text.split())) for text in runs])
    return Row(name, time.wall * 1e3, "ms", note=milliseconds(time))
