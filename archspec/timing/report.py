"""What a measurement found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from archspec.ir import Axes
from archspec.timing.spread import QUIET, Spread, Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One network with one batch in one framework.

    `seconds` are those of a forward pass. `memory` is the most bytes that its weights and values take, without the
    framework's own; None where the system does not tell.
    """

    backend: str
    network: str
    batch: int
    seconds: Spread
    memory: int | None
    outputs: int

    @property
    def images_a_second(self) -> float:
        """The samples of a batch over the median time."""
        return self.batch / self.seconds.median


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many times as fast as another network the first one is, in the same process; above 1 it is faster."""

    backend: str
    batch: int
    network: str
    against: str
    speed: Spread
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Noise:
    """The factor, from 1 on, between two runs of the same network; half of the rounds are within it."""

    backend: str
    batch: int
    factor: float

    @property
    def quiet(self) -> bool:
        """Whether small differences can be told."""
        return self.factor <= QUIET


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a framework ran: the device in words, the number of its threads, the versions of its packages."""

    device: str
    threads: int
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BenchReport:
    """The times of a network's forward pass in float32 and evaluation mode, and of those it is compared with.

    Each number is of `rounds` rounds. `processors` and `load` are the machine's: its number of processors, and the mean
    number of running programs in the minute before the measurement.
    """

    network: str
    inputs: Mapping[str, Axes]
    rounds: int
    processors: int
    load: float
    environments: Mapping[str, Environment]
    rows: Sequence[Row]
    comparisons: Sequence[Comparison]
    noise: Sequence[Noise]

    @property
    def quiet(self) -> bool:
        """Whether two runs of the same network took the same time, everywhere."""
        return all(each.quiet for each in self.noise)

    def noise_in(self, backend: str, batch: int) -> Noise:
        """The noise beside a row or a comparison."""
        return next(each for each in self.noise if (each.backend, each.batch) == (backend, batch))

    def record(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "network": self.network,
            "inputs": {name: list(axes) for name, axes in self.inputs.items()},
            "dtype": "float32",
            "rounds": self.rounds,
            "processors": self.processors,
            "load": round(self.load, 2),
            "quiet": self.quiet,
            "environments": {name: asdict(each) for name, each in self.environments.items()},
            "rows": [{**asdict(row), "images_a_second": row.images_a_second} for row in self.rows],
            "comparisons": [{**asdict(each), "verdict": str(each.verdict)} for each in self.comparisons],
            "noise": [{**asdict(each), "quiet": each.quiet} for each in self.noise],
        }
