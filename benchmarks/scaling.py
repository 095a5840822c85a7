"""How much does a step of a training on many devices communicate, and how long does it wait for that?

`python -m benchmarks scaling`. Nothing is timed: bytes are counted from the networks' weights, and a step is simulated
with the bandwidths below. The assumptions are in docs/scaling.md, which is made of these rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import archspec
from archspec.ir import Graph, Scope, TensorType, walk
from benchmarks.measure import Row

NETWORKS = ("resnet50", "efficientnet_b0", "densenet121")

FLOPS = 50e12
"""Operations of a device in a second, a multiply-add counted as two."""

IMAGES = 64
"""Images of a device in a step."""

BUCKET = 25 * 2**20
"""Bytes of gradients that PyTorch's DDP sums at a time; 1 MiB for the first."""

FIRST_BUCKET = 2**20

LATENCY = 10e-6
"""Seconds for a message. A sum takes 2 log2(devices) messages, as in a tree."""


@dataclass(frozen=True)
class Cluster:
    """Devices that send so many bytes in a second to each other."""

    name: str
    devices: int
    bandwidth: float

    def pass_around(self, volume: float, turns: int) -> float:
        """The seconds until a ring has passed a volume: 2 turns sum it, 1 turn gathers or scatters it."""
        share = (self.devices - 1) / self.devices
        return turns * (share * volume / self.bandwidth + LATENCY * math.log2(self.devices))


CLUSTERS = (
    Cluster("8 in one machine, 450 GB/s", 8, 450e9),
    Cluster("64 in 8 machines, 50 GB/s", 64, 50e9),
    Cluster("1,024 in 128 machines, 50 GB/s", 1024, 50e9),
    Cluster("64 in 8 machines, 0.4 GB/s", 64, 0.4e9),
    Cluster("1,024 in 128 machines, 0.4 GB/s", 1024, 0.4e9),
)
"""50 GB/s: a link of 400 Gb/s for each device. 0.4 GB/s: Ethernet of 25 Gb/s for a machine of 8."""


@dataclass(frozen=True)
class Unit:
    """A part of a network: seconds of its forward pass, and the bytes of its weights in float32."""

    forward: float
    volume: int


def layers_of(graph: Graph) -> list[Unit]:
    """The layers with weights or multiply-adds, in execution order."""
    sizes: dict[str, int] = {}
    for node, weight in graph.owned_weights():
        if weight.trainable:
            sizes[node.path] = sizes.get(node.path, 0) + 4 * TensorType(weight.shape).size
    counts = {node.path: graph.operations[node.path].multiply_adds or 0 for node in graph.nodes}
    return [Unit(2 * counts[path] * IMAGES / FLOPS, sizes.get(path, 0)) for path in counts]


def sharded_of(graph: Graph) -> list[Unit]:
    """The network's outermost parts, each of which FSDP gathers as a whole."""
    layers = dict(zip((node.path for node in graph.nodes), layers_of(graph), strict=True))
    members = [walk(each.members) if isinstance(each, Scope) else [each] for each in graph.members]
    units = [[layers[node.path] for node in nodes] for nodes in members]
    return [Unit(sum(each.forward for each in unit), sum(each.volume for each in unit)) for unit in units]


def replicated_step(layers: Sequence[Unit], cluster: Cluster) -> float:
    """The seconds of a step with DDP, whose sums of gradients overlap the backward pass."""
    clock = sum(each.forward for each in layers)
    link, waiting, bucket = clock, 0, FIRST_BUCKET
    for layer in reversed(layers):
        clock += 2 * layer.forward
        waiting += layer.volume
        if waiting >= bucket:
            link = max(link, clock) + cluster.pass_around(waiting, turns=2)
            waiting, bucket = 0, BUCKET
    return max(link, clock) + cluster.pass_around(waiting, turns=2)


def sharded_step(units: Sequence[Unit], cluster: Cluster) -> float:
    """The seconds of a step with FSDP: weights are gathered for both passes, a part ahead, and gradients scattered."""
    passes = [(unit, 1) for unit in units] + [(unit, 2) for unit in reversed(units)]
    seconds = [cluster.pass_around(unit.volume, turns=1) for unit, _ in passes]
    clock, link = 0.0, seconds[0]
    gathered = link
    for (unit, length), own, following in zip(passes, seconds, [*seconds[1:], 0.0], strict=True):
        clock = max(clock, gathered)
        gathered = link = max(link, clock) + following
        clock += length * unit.forward
        if length == 2:
            link = max(link, clock) + own
    return max(clock, link)


@dataclass(frozen=True)
class Share:
    """The megabytes that a device sends in a step, and the part of the step in which it computes."""

    network: str
    strategy: str
    cluster: Cluster
    sent: float
    computing: float


def shares() -> Iterator[Share]:
    """A share for each network, cluster and strategy."""
    for name in NETWORKS:
        graph = archspec.load(name).graph
        layers, units = layers_of(graph), sharded_of(graph)
        volume, computing = sum(each.volume for each in layers), 3 * sum(each.forward for each in layers)
        for cluster in CLUSTERS:
            once = volume * (cluster.devices - 1) / cluster.devices / 1e6
            yield Share(name, "ddp", cluster, 2 * once, computing / replicated_step(layers, cluster))
            yield Share(name, "fsdp", cluster, 3 * once, computing / sharded_step(units, cluster))


def rows() -> Iterator[Row]:
    """The shares as rows of the table."""
    for each in shares():
        name = f"{each.network}, {each.strategy}, {each.cluster.name}"
        yield Row(name, 100 * each.computing, "%", note=f"{each.sent:.0f} MB")
