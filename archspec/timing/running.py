"""Measures a network: starts the processes, and makes a report of their times."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from itertools import product

from archspec.backend import FreezingBackend, find_backend, fuses
from archspec.bundle import archspec_version
from archspec.comparison import Phase, Progress, find_peer, unheard
from archspec.network import Network
from archspec.timing.asked import Asked
from archspec.timing.processes import in_process
from archspec.timing.report import BenchReport, Comparison, Environment, Noise, Row
from archspec.timing.spread import Spread, judge, noise_of, ratios
from archspec.timing.work import Compiled, Job, Timed, Times, sendable, take_memory, take_times

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
"""The variables that say a framework how many threads to take; they count when it is imported."""

MemoryByBatch = Mapping[str, Mapping[int, int | None]]
"""Bytes by the network's name and the batch."""


def measure(network: Network, asked: Asked, progress: Progress = unheard) -> BenchReport:
    """Times the forward pass of a network in each backend, beside third parties' networks.

    Raises `ArchspecError` for a measurement that cannot be made, `BackendMissingError` for a missing framework or
    package, `EmitError` for a layer that a backend cannot express, and `OutOfMemoryError`.
    """
    asked.check(network)
    jobs = [_job(network, asked, backend) for backend in asked.backends]
    load = os.getloadavg()[0]
    timed: dict[str, Timed] = {}
    memory: dict[str, MemoryByBatch] = {}
    for job in jobs:
        timed[job.backend], memory[job.backend] = _measured(job, asked, progress)
    return BenchReport(
        network=network.name,
        inputs={name: kind.axes for name, kind in network.inputs.items()},
        rounds=asked.rounds,
        processors=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        load=load,
        environments={
            job.backend: Environment(timed[job.backend].device, timed[job.backend].threads, _versions(job))
            for job in jobs
        },
        rows=[row for job in jobs for row in _rows(job, timed[job.backend], memory[job.backend])],
        comparisons=[each for job in jobs for each in _comparisons(job, timed[job.backend])],
        noise=[each for job in jobs for each in _noise(job, timed[job.backend])],
    )


def _job(network: Network, asked: Asked, backend: str) -> Job:
    return Job(
        backend=backend,
        graph=sendable(network.graph),
        compiled=_forms(network, backend, optimized=asked.optimize),
        peers=[peer for peer in asked.against if find_peer(peer)[0].name == backend],
        batches=asked.batches,
        device=asked.device,
        rounds=asked.rounds,
        seed=asked.seed,
    )


def _forms(network: Network, backend: str, *, optimized: bool) -> dict[str, Compiled]:
    """The network as it is, and if that is asked optimised, also fused or with constant weights where there is such."""
    forms = {network.name: Compiled(network.emit(backend))}
    if optimized:
        found = Compiled(network.optimize().network.emit(backend), optimized=True)
        forms[f"{network.name} optimised"] = found
        if isinstance(find_backend(backend), FreezingBackend):
            forms[f"{network.name} optimised, frozen"] = replace(found, frozen=True)
        if fuses(find_backend(backend)):
            source = network.optimize(fuse=True).network.emit(backend)
            forms[f"{network.name} optimised, fused"] = Compiled(source, optimized=True)
    return forms


def _versions(job: Job) -> dict[str, str]:
    """The versions of the packages that ran."""
    found = {"archspec": archspec_version(), **find_backend(job.backend).versions()}
    for peer in job.peers:
        package = peer.partition(":")[0]
        with suppress(PackageNotFoundError):  # it need not be installed to be imported
            found[package] = version(package)
    return found


def _measured(job: Job, asked: Asked, progress: Progress) -> tuple[Timed, MemoryByBatch]:
    environment = {} if asked.threads is None else dict.fromkeys(_THREADS, str(asked.threads))
    progress(Phase(f"times in {job.backend}"))
    timed = in_process(environment, take_times, job)
    memory: dict[str, Mapping[int, int | None]] = {}
    for name in job.names:
        progress(Phase(f"memory of {name} in {job.backend}"))
        memory[name] = in_process(environment, take_memory, job, name)
    return timed, memory


def _rows(job: Job, timed: Timed, memory: MemoryByBatch) -> Iterator[Row]:
    for batch, times in timed.times.items():
        for name in job.names:
            seconds = Spread.of(times.seconds[name])
            yield Row(job.backend, name, batch, seconds, memory[name][batch], len(times.outputs[name]))


def _comparisons(job: Job, timed: Timed) -> Iterator[Comparison]:
    """Each form of the network beside third parties' networks, and the optimised one beside the plain one."""
    plain, *others = job.compiled
    pairs = [*((other, plain) for other in others), *product(job.compiled, job.peers)]
    for batch, times in timed.times.items():
        for name, against in pairs:
            speed = ratios(times.seconds[against], times.seconds[name])
            yield Comparison(job.backend, batch, name, against, speed, judge(speed, _factor(job, times)))


def _noise(job: Job, timed: Timed) -> Iterator[Noise]:
    return (Noise(job.backend, batch, _factor(job, times)) for batch, times in timed.times.items())


def _factor(job: Job, times: Times) -> float:
    return noise_of(ratios(times.again, times.seconds[job.names[0]]))
