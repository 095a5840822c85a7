"""What a measurement is asked, and the checks before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archspec.advice import SAY_THE_SIZE
from archspec.backend import TimedBackend, find_backend
from archspec.comparison import find_peer
from archspec.errors import AdvisedError, ArchspecError, BackendMissingError
from archspec.ir import shown
from archspec.network import Network
from archspec.timing.turns import LEAST_ROUNDS, ROUNDS

DEVICES = ("cpu", "cuda")
"""The words for devices; auto would leave open what was measured."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The backends, the batches and the third parties' networks, `package:name`; where, how often and how.

    With `optimize` the optimised network is measured beside the plain one. Without `threads` each framework takes as
    many as it does by itself.
    """

    backends: Sequence[str] = ("torch", "tensorflow")
    batches: Sequence[int] = (1, 8)
    against: Sequence[str] = ()
    device: str = "cpu"
    rounds: int = ROUNDS
    threads: int | None = None
    seed: int = 0
    optimize: bool = False

    def check(self, network: Network) -> None:
        """Raises `ArchspecError` for a measurement that cannot be made; imports no framework."""
        for words, numbers in (("backends", self.backends), ("batches", self.batches), ("against", self.against)):
            if len({*numbers}) < len(numbers):
                raise ArchspecError(f"{words}: each is measured once, and one is named twice")
        if not self.backends or not self.batches:
            raise ArchspecError("at least one backend and one batch are needed: there is nothing to measure")
        if min(self.batches) < 1:
            raise ArchspecError(f"a batch has one sample or more, not {min(self.batches)}")
        if self.rounds < LEAST_ROUNDS:
            raise ArchspecError(f"{LEAST_ROUNDS} rounds or more are needed, not {self.rounds}")
        if self.threads is not None and self.threads < 1:
            raise ArchspecError(f"one thread or more is needed, not {self.threads}")
        if self.device not in DEVICES:
            raise ArchspecError(f"there is no device {self.device!r}: it may be {', '.join(DEVICES)}")
        for backend in self.backends:
            timed_backend(backend)
        self._check_peers(network)
        unknown = [name for name, kind in network.inputs.items() if None in kind.axes]
        if unknown:
            axes = shown(network.inputs[unknown[0]].axes)
            raise AdvisedError(f"the input {unknown[0]} is {axes}, and the time depends on its size", SAY_THE_SIZE)

    def _check_peers(self, network: Network) -> None:
        for peer in self.against:
            owner = find_peer(peer)[0].name
            if owner not in self.backends:
                raise ArchspecError(f"{peer} runs in {owner}, which is not among the backends: add it to them")
        if self.against and len(network.inputs) > 1:
            raise ArchspecError(f"{network.name} has several inputs, and third parties' networks one")


def timed_backend(name: str) -> TimedBackend:
    """The backend of this name; raises `BackendMissingError` for one whose models cannot be timed."""
    found = find_backend(name)
    if not isinstance(found, TimedBackend):
        raise BackendMissingError(f"the backend {name} has no way to time its models")
    return found
