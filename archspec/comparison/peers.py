"""Compares backends with a third party's network: backends with the same fault would agree with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from archspec.backend import Arrays, Backend, Peer, PeerBackend, backend_names, find_backend
from archspec.checkpoints import Checkpoint, CheckpointWeights, Matching, layout_for, match, require
from archspec.checkpoints.matching import Group, Target, befores, groups_of, pair, targets_of
from archspec.comparison.compare import TOLERANCE
from archspec.comparison.distances import relative_error
from archspec.comparison.json_values import as_json
from archspec.comparison.running import at_size_of, load
from archspec.errors import ArchspecError
from archspec.ir import Graph

DEPENDENCE = 1e5 * TOLERANCE
"""The smallest standard deviation of an output over the samples, over its largest value. It is small, because networks
with gates damp the differences of images from block to block."""


@dataclass(frozen=True, slots=True)
class PeerReport:
    """The differences of each backend's outputs from the third party's, in float64, with the same weights."""

    network: str
    peer: str
    differences: Mapping[str, Mapping[str, float]]
    """By the output's name, then by the backend's."""

    @property
    def largest(self) -> float:
        """The largest relative difference."""
        return max(value for each in self.differences.values() for value in each.values())

    @property
    def passed(self) -> bool:
        """Whether all backends compute the third party's outputs."""
        return all(self.same(output) for output in self.differences)

    def same(self, output: str) -> bool:
        """Whether all backends compute the third party's value of this output."""
        return max(self.differences[output].values()) <= TOLERANCE

    def record(self) -> dict[str, Any]:
        """The report for JSON."""
        outputs = {name: dict(each) for name, each in self.differences.items()}
        return as_json({"peer": self.peer, "passed": self.passed, "outputs": outputs})


def compare_with_peer(
    graph: Graph,
    backends: Sequence[Backend],
    peer: str,
    weights: Arrays,
    inputs: Arrays,
    *,
    names: Mapping[str, str] | None = None,
) -> PeerReport:
    """Runs a third party's network, `package:name`, and the graph in every backend, with the same weights in float64.

    The weights are canonical. They are matched with the third party's tensors like the tensors of a checkpoint; `names`
    is the map by hand. If they come from a checkpoint with the third party's own names, the third party gets its
    tensors unchanged. For an output that ends in a softmax the logarithms are compared, because probabilities near 0 or
    1 hide differences of the softmax's input. Raises `WeightsError` if the weights are not the graph's. Raises
    `ArchspecError` for a package that no backend knows, for a network that the third party refuses, for several inputs,
    for another number of outputs, and for an output that hardly depends on the input, so that equality would say
    nothing.
    """
    (array, *others) = (np.asarray(array, np.float64) for array in inputs.values())
    if others:
        raise ArchspecError(f"{graph.name} has several inputs, and third parties' networks one")
    if len(array) < 2:
        raise ArchspecError("a third party's network is compared on two samples or more, which it tells apart")
    truth = _expected(graph, peer, weights, array, names)
    differences: dict[str, dict[str, float]] = {output: {} for output in graph.outputs}
    for backend in backends:
        found = backend.run(graph, load(graph, backend, weights), dict.fromkeys(graph.inputs, array))
        for output, theirs in truth.items():
            differences[output][backend.name] = relative_error(_scores(graph, output, found[output]), theirs)
    return PeerReport(graph.name, peer, differences)


def _expected(graph: Graph, peer: str, weights: Arrays, array: Any, names: Mapping[str, str] | None) -> dict[str, Any]:
    """The outputs of the third party's network for the input with these weights, by the graph's outputs."""
    owner, package, name = find_peer(peer)
    with refusing(f"{peer} cannot be built for {graph.name}"):
        built = owner.peer(package, name, at_size_of(graph, dict.fromkeys(graph.inputs, array)))
    native = _own(weights, owner.name, built) or _moved(graph, owner.name, built, weights, names)
    with refusing(f"{peer} does not run as {graph.name} does"):
        built.assign({tensor: np.ascontiguousarray(elements, np.float64) for tensor, elements in native.items()})
        found = built.run(array)
    if len(found) != len(graph.outputs):
        raise ArchspecError(f"{peer} has {len(found)} outputs, and {graph.name} {len(graph.outputs)}")
    truth = {output: _scores(graph, output, theirs) for output, theirs in zip(graph.outputs, found, strict=True)}
    for output, theirs in truth.items():
        _check_dependence(peer, output, theirs)
    return truth


def _own(weights: Arrays, framework: str, peer: Peer) -> dict[str, Any]:
    """The tensors of the weights' checkpoint by the third party's names, if the checkpoint has all of these.

    They need no matching, so the comparison also tests the matching with the graph's weights.
    """
    if not isinstance(weights, CheckpointWeights) or weights.matching.checkpoint.framework != framework:
        return {}
    found = weights.matching.checkpoint.tensors
    if any(name not in found or found[name].shape != tensor.shape for name, tensor in peer.tensors.items()):
        return {}
    return {name: found[name].values() for name in peer.tensors}


def _moved(
    graph: Graph, framework: str, peer: Peer, weights: Arrays, names: Mapping[str, str] | None
) -> dict[str, Any]:
    """The weights with the third party's names and layouts."""
    matches = _matched(graph, framework, peer, names).matches
    return {
        each.tensor: each.weight.move_to_native(weights[each.weight.canonical]).reshape(each.shape) for each in matches
    }


def find_peer(peer: str) -> tuple[PeerBackend, str, str]:
    """The backend, the package and the name of a third party's network.

    Raises `ArchspecError` for a text that is not `package:name`, and for a package that no backend knows.
    """
    package, _, name = peer.partition(":")
    owners = [each for each in map(find_backend, backend_names()) if isinstance(each, PeerBackend)]
    for owner in owners:
        if name and package in owner.peers:
            return owner, package, name
    known = [word for each in owners for word in each.peers]
    raise ArchspecError(f"{peer!r} is no third party's network: say PACKAGE:NAME, of {', '.join(known)}")


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turns any exception of a third party into an `ArchspecError`."""
    try:
        yield
    except (ArchspecError, MemoryError):
        raise
    except Exception as error:
        raise ArchspecError(f"{what}: {' '.join(str(error).split())[:200]}") from error


def _matched(graph: Graph, framework: str, peer: Peer, names: Mapping[str, str] | None) -> Matching:
    """Match the third party's tensors with the weights: as a checkpoint, or by the data flow if it is known."""
    checkpoint = Checkpoint(Path(peer.name), framework, peer.tensors)
    matching = match(graph, checkpoint, names=names)
    if not matching.complete and not names:
        matching = match(graph, checkpoint, names=_by_dataflow(graph, checkpoint, peer))
    require(matching)
    return matching


def _by_dataflow(graph: Graph, checkpoint: Checkpoint, peer: Peer) -> dict[str, str]:
    """The third party's layers by the graph's, matched by the shapes of weights and the number of earlier layers.

    Only unique matches count. In equal networks both properties are equal.
    """
    targets = targets_of(layout_for(graph, checkpoint.framework).weights)
    before = befores(graph, [target.layer for target in targets])
    mine: dict[object, list[Target]] = {}
    for target, layers in zip(targets, before, strict=True):
        shapes = sorted(weight.native_shape for weight in target.weights)
        mine.setdefault((layers.bit_count(), *shapes), []).append(target)
    theirs: dict[object, list[Group]] = {}
    for group in groups_of(checkpoint, checkpoint.tensors):
        theirs.setdefault((peer.before.get(group.layer), *sorted(group.shapes)), []).append(group)
    alone = [(found[0], mine[key][0]) for key, found in theirs.items() if len(found) == len(mine.get(key, ())) == 1]
    return {target.layer: group.layer for group, target in alone if pair(group, target)}


def _scores(graph: Graph, output: str, array: Any) -> Any:
    """The input of a softmax at the end, up to a constant; other outputs unchanged."""
    node = graph.maker(graph.outputs[output])
    if node is None or node.layer.gives() != "softmax":
        return array
    return np.log(np.maximum(array, np.finfo(np.float64).tiny))


def _check_dependence(peer: str, output: str, array: Any) -> None:
    """Raises `ArchspecError` for an output that varies too little to show faults of the network."""
    varies, largest = float(array.std(axis=0).max()), float(np.abs(array).max())
    if np.isfinite(largest) and not varies > DEPENDENCE * largest:
        raise ArchspecError(
            f"the output {output} of {peer} varies by {varies:.0e} from sample to sample, and is as large as "
            f"{largest:.0e}: that another network has the same would say nothing; try other weights or samples"
        )
