"""A flow as a graph for comparison: which steps are nodes, and what two nodes must have in common."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from archspec.checkpoints.flow import INPUT, Flow, Step
from archspec.checkpoints.matching.groups import bare
from archspec.ir import Essence
from archspec.layers.activation import ACTIVATIONS

_POOLS = frozenset(f"{scope}{kind}Pooling2D" for scope in ("", "Global", "Adaptive") for kind in ("Average", "Max"))
_ACTIVATIONS = frozenset({*(type(layer).__name__ for layer in ACTIVATIONS.values()), "PReLU"})


class Level(NamedTuple):
    """What nodes must have in common.

    `ignored` are attributes that may differ; None for all attributes and for the kind of an activation. Steps without
    weights that read one value are no nodes if `skips` says so: none, all but poolings, or all.
    """

    ignored: frozenset[str] | None
    skips: str


LEVELS = (
    Level(frozenset(), "none"),
    Level(frozenset({"epsilon"}), "none"),
    Level(frozenset({"epsilon", "padding"}), "none"),
    Level(None, "none"),
    Level(None, "plain"),
    Level(None, "all"),
)
"""From the same function to the same weights in the same places."""

Chain = tuple[int, ...]
"""Steps between two nodes, in order."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The nodes of a flow by their indices: their steps, labels, inputs, and the layers that own their weights.

    `chains` has for each input of each node the steps in between. `outputs` are the nodes that the outputs come from,
    with the steps in between.
    """

    flow: Flow
    steps: tuple[int, ...]
    labels: tuple[Hashable, ...]
    inputs: tuple[tuple[int, ...], ...]
    chains: tuple[tuple[Chain, ...], ...]
    outputs: tuple[tuple[int, Chain], ...]

    def step(self, node: int) -> Step:
        """The step of a node."""
        return self.flow.steps[self.steps[node]]


def skeleton_of(flow: Flow, level: Level, is_marked: bool) -> Skeleton:
    """The nodes of a flow; with `is_marked`, inputs are told apart by their positions."""
    base: list[tuple[int, Chain]] = []
    nodes: list[int] = []
    inputs: list[tuple[int, ...]] = []
    chains: list[tuple[Chain, ...]] = []
    for index, step in enumerate(flow.steps):
        if _is_skipped(step, level):
            node, chain = base[step.inputs[0]]
            base.append((node, (*chain, index)))
            continue
        base.append((len(nodes), ()))
        nodes.append(index)
        inputs.append(tuple(base[each][0] for each in step.inputs))
        chains.append(tuple(base[each][1] for each in step.inputs))
    place = {index: number for number, index in enumerate(flow.inputs)} if is_marked else {}
    labels = tuple((_label(flow.steps[index], level), place.get(index)) for index in nodes)
    outputs = tuple(base[each] for each in flow.outputs)
    return Skeleton(flow, tuple(nodes), labels, tuple(inputs), tuple(chains), outputs)


def _is_skipped(step: Step, level: Level) -> bool:
    if level.skips == "none" or step.shapes or len(step.inputs) != 1:
        return False
    return level.skips == "all" or step.essence.kind not in _POOLS


def _label(step: Step, level: Level) -> Hashable:
    shapes = tuple(sorted(map(bare, step.shapes)))
    if level.ignored is None:
        kind = step.essence.kind
        if shapes:
            return "weights", shapes
        return ("activation" if kind in _ACTIVATIONS else kind), shapes
    return without(step.essence, level.ignored), shapes


def without(essence: Essence, ignored: frozenset[str]) -> Essence:
    """The function without some attributes."""
    return Essence(essence.kind, tuple(item for item in essence.attributes if item[0] not in ignored))


def is_input(step: Step) -> bool:
    """Whether the step is an input of the network."""
    return step.essence.kind == INPUT
