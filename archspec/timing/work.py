"""What the processes do: they build the networks of one framework, and take their times or their memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, NamedTuple

from archspec.backend import Arrays, FreezingBackend, TimedBackend
from archspec.comparison import find_peer, random_inputs, refusing
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec.network import explaining
from archspec.optimizing import optimize
from archspec.timing.asked import timed_backend
from archspec.timing.memory import give_back, peak_of, resident
from archspec.timing.turns import Clock, seconds_by_turns
from archspec.weights import draw

Shapes = list[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The source of a network, or of the network that the optimiser makes of it.

    A `frozen` one runs with constant weights.
    """

    source: str
    optimized: bool = False
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """The work of one framework's processes.

    `graph` is a sendable one. `compiled` is the network in its forms, by the names for the table; `peers` are third
    parties' networks.
    """

    backend: str
    graph: Graph
    compiled: Mapping[str, Compiled]
    peers: Sequence[str]
    batches: Sequence[int]
    device: str
    rounds: int
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all networks: the compiled ones first."""
        return (*self.compiled, *self.peers)


@dataclass(frozen=True, slots=True)
class Times:
    """The seconds of a forward pass by the network's name, for each round.

    `again` are those of the first network, which runs twice in each round. `outputs` are the outputs' shapes by the
    network's name.
    """

    seconds: Mapping[str, Sequence[float]]
    again: Sequence[float]
    outputs: Mapping[str, Shapes]


@dataclass(frozen=True, slots=True)
class Timed:
    """The times by batch, and where they were taken: the device in words, and the number of threads."""

    times: Mapping[int, Times]
    device: str
    threads: int


def sendable(graph: Graph) -> Graph:
    """The graph without the functions and the third parties' expressions, which cannot be pickled."""
    return replace(graph, with_param=None, third_parties=())


def take_times(job: Job, clock: Clock = perf_counter) -> Timed:
    """Builds all networks, and runs them by turns."""
    backend = timed_backend(job.backend)
    models = {name: _built(job, name, _builder(job, backend, name)) for name in job.names}
    times: dict[int, Times] = {}
    for batch in job.batches:
        passes = {name: _first_pass(job, backend, name, model, batch) for name, model in models.items()}
        outputs = {name: each.outputs for name, each in passes.items()}
        _check_outputs(outputs)
        runs = [each.run for each in passes.values()]
        *seconds, again = seconds_by_turns([*runs, runs[0]], job.rounds, clock)
        times[batch] = Times(dict(zip(passes, seconds, strict=True)), again, outputs)
    return Timed(times, backend.device_of(models[job.names[0]]), backend.threads())


def take_memory(job: Job, name: str) -> dict[int, int | None]:
    """The most bytes that one network's weights and values take during a pass, by batch, beyond the framework's own.

    None where the system does not tell. It needs a process of its own, because memory that an earlier network left is
    used again.
    """
    backend = timed_backend(job.backend)
    backend.threads()  # imports the framework
    build = _builder(job, backend, name)
    give_back()
    before = resident()
    model = _built(job, name, build)
    give_back()  # what loading left, as the weights in other layouts
    found: dict[int, int | None] = {}
    for batch in sorted(job.batches):  # a smaller batch leaves nothing that shows beside a larger one
        run = _first_pass(job, backend, name, model, batch).run
        if job.device == "cpu":
            peak = peak_of(run)
            found[batch] = None if peak is None or before is None else max(peak - before, 0)
        else:
            found[batch] = backend.device_peak(run)
    return found


def _builder(job: Job, backend: TimedBackend, name: str) -> Callable[[], Any]:
    """Builds a network; all that it needs is imported."""
    if name not in job.compiled:
        owner, package, word = find_peer(name)
        assert owner.name == backend.name, "each third party's network is in its own framework's job"
        return backend.peer_builder(package, word, job.graph, job.device)

    compiled = job.compiled[name]

    def load() -> Any:
        graph = job.graph
        weights: Arrays = draw(graph, job.seed)
        if compiled.optimized:
            found = optimize(graph)
            graph, weights = found.graph, found.take(weights)
        return backend.load(graph, compiled.source, weights, dtype="float32", device=job.device)

    return load


def _built(job: Job, name: str, build: Callable[[], Any]) -> Any:
    with _faults_of(job, name):
        return build()


class _Pass(NamedTuple):
    """A network's forward pass, and the shapes of its outputs."""

    run: Callable[[], Any]
    outputs: Shapes


def _first_pass(job: Job, backend: TimedBackend, name: str, model: Any, batch: int) -> _Pass:
    """The forward pass of a network, run once."""
    inputs = random_inputs(job.graph, job.seed, batch)
    with _faults_of(job, name):
        run = _runner(job, backend, name)(model, {word: array.astype("float32") for word, array in inputs.items()})
        return _Pass(run, _shapes(run()))


def _runner(job: Job, backend: TimedBackend, name: str) -> Callable[[Any, Arrays], Callable[[], Any]]:
    """The backend's way to make a pass of the network of this name."""
    compiled = job.compiled.get(name)
    if compiled is None or not compiled.frozen:
        return backend.runner
    assert isinstance(backend, FreezingBackend), "only asked of these"
    return backend.frozen_runner


def _faults_of(job: Job, name: str) -> AbstractContextManager[None]:
    """Explains exceptions of the compiled network, and refuses a third party's that raises any."""
    return explaining(job.graph) if name in job.compiled else refusing(f"{name} does not run as {job.graph.name} does")


def _shapes(outputs: Any) -> Shapes:
    if isinstance(outputs, Mapping):
        outputs = list(outputs.values())
    return [tuple(each.shape) for each in (outputs if isinstance(outputs, list | tuple) else [outputs])]


def _check_outputs(outputs: Mapping[str, Shapes]) -> None:
    """Raises `ArchspecError` if the networks' first outputs have several shapes: their times would say nothing."""
    (name, expected), *others = [(name, shapes[0]) for name, shapes in outputs.items()]
    for other, shape in others:
        if shape != expected:
            raise ArchspecError(f"{other} gives {shape}, and {name} {expected}: they are not the same work")
