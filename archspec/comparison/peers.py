"""A third party's network as a third vote: backends that are wrong together would agree with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from archspec.backend import Backend, Peer, PeerBackend, backend_names, find_backend
from archspec.checkpoints import Checkpoint, match
from archspec.comparison.compare import TOLERANCE, relative_error
from archspec.errors import ArchspecError
from archspec.ir import Graph


@dataclass(frozen=True, slots=True)
class PeerReport:
    """How far each backend's output is from the third party's, in float64, with the third party's own weights."""

    network: str
    peer: str
    differences: Mapping[str, Mapping[str, float]]
    """By the output's name, and there by the backend's."""

    @property
    def largest(self) -> float:
        """The largest relative difference."""
        return max(value for each in self.differences.values() for value in each.values())

    @property
    def passed(self) -> bool:
        """Whether all backends are the third party's function."""
        return all(self.same(output) for output in self.differences)

    def same(self, output: str) -> bool:
        """Whether all backends have this output as the third party has it."""
        return max(self.differences[output].values()) <= TOLERANCE

    def record(self) -> dict[str, Any]:
        """The report as JSON has it."""
        outputs = {name: dict(each) for name, each in self.differences.items()}
        return {"peer": self.peer, "passed": self.passed, "outputs": outputs}


def compare_with_peer(
    graph: Graph,
    backends: Sequence[Backend],
    peer: str,
    inputs: Mapping[str, Any],
    *,
    names: Mapping[str, str] | None = None,
    seed: int = 0,
) -> PeerReport:
    """Runs a third party's network, `package:name`, and the graph with its weights in every backend, in float64.

    Its weights become canonical as a checkpoint's do; `names` is the map by hand. Raises `WeightsError` if they are not
    the graph's, `ArchspecError` for a package that no backend knows, for several inputs and for other outputs.
    """
    package, _, name = peer.partition(":")
    owner = next((each for each in map(find_backend, backend_names()) if _has(each, package)), None)
    if owner is None or not isinstance(owner, PeerBackend) or not name:
        known = [word for each in map(find_backend, backend_names()) for word in getattr(each, "peers", ())]
        raise ArchspecError(f"{peer!r} is no third party's network: say PACKAGE:NAME, of {', '.join(known)}")
    if len(graph.inputs) != 1:
        raise ArchspecError(f"{graph.name} has several inputs, and third parties' networks one")
    built = owner.peer(package, name, graph, seed)
    weights = _canonical(graph, owner.name, built, names)
    (array,) = (np.asarray(array, np.float64) for array in inputs.values())
    expected = built.run(array)
    if len(expected) != len(graph.outputs):
        raise ArchspecError(f"{peer} has {len(expected)} outputs, and {graph.name} {len(graph.outputs)}")
    differences: dict[str, dict[str, float]] = {output: {} for output in graph.outputs}
    for backend in backends:
        model = backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu")
        found = backend.run(graph, model, dict.fromkeys(graph.inputs, array))
        for output, theirs in zip(graph.outputs, expected, strict=True):
            differences[output][backend.name] = relative_error(found[output], theirs)
    return PeerReport(graph.name, peer, differences)


def _has(backend: Backend, package: str) -> bool:
    return isinstance(backend, PeerBackend) and package in backend.peers


def _canonical(graph: Graph, framework: str, peer: Peer, names: Mapping[str, str] | None) -> dict[str, Any]:
    """The third party's weights by their canonical names."""
    matching = match(graph, Checkpoint(Path(peer.name), framework, peer.tensors), names=names)
    matching.require()
    return {
        found.weight.canonical: found.weight.move_to_canonical(peer.tensors[found.tensor].read())
        for found in matching.matches
    }
