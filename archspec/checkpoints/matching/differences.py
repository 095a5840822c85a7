"""Where two graphs that correspond have other functions: attributes that differ, and steps that one of them lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archspec.checkpoints.flow import Step
from archspec.checkpoints.matching.isomorphism import Correspondence
from archspec.checkpoints.matching.skeleton import LEVELS, Chain, Skeleton, skeleton_of

BEFORE, AFTER = "before", "after"
"""Words for what a difference is about: the steps that a layer reads through, and those between it and an output."""

NO_STEPS = "nothing"
"""The value of a side that has no such steps."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the layer on both sides, and both values of an attribute.

    `what` is the attribute, or `BEFORE` or `AFTER`, or empty for the kind of the layer.
    """

    layer: str
    file_layer: str
    what: str
    value: str
    file_value: str


def differences(found: Correspondence) -> Iterator[Difference]:
    """The differences, in the order of the network: of paired steps, of those between them, and before the outputs.

    Steps without weights that read one value are compared by their places between the others.
    """
    mine, theirs = (skeleton_of(graph.flow, LEVELS[-1], False) for graph in found.graphs)
    here, there = ({index: node for node, index in enumerate(graph.steps)} for graph in (mine, theirs))
    steps = ((found.graphs[0].steps[node], found.graphs[1].steps[other]) for node, other in found.nodes.items())
    nodes = {here[step]: there[other] for step, other in steps if step in here and other in there}
    every = _all(Correspondence((mine, theirs), dict(sorted(nodes.items()))))
    yield from dict.fromkeys(every)


def _all(found: Correspondence) -> Iterator[Difference]:
    mine, theirs = found.graphs
    for node, other in found.nodes.items():
        yield from _of_inputs(found, node, other)
        yield from of_steps(mine.step(node), theirs.step(other))
    if len(mine.outputs) == len(theirs.outputs):
        for (node, chain), (other, other_chain) in zip(mine.outputs, theirs.outputs, strict=True):
            if found.nodes.get(node) == other:
                yield from _of_chains((mine, node, chain), (theirs, other, other_chain), AFTER)


def of_steps(step: Step, other: Step) -> Iterator[Difference]:
    """The attributes in which two steps differ, or their kinds."""
    if step.essence.kind != other.essence.kind:
        yield Difference(step.name, other.name, "", step.essence.kind, other.essence.kind)
        return
    own, others = dict(step.essence.attributes), dict(other.essence.attributes)
    if own.keys() != others.keys():
        yield Difference(step.name, other.name, "its function is", _whole(step), _whole(other))
        return
    for key in sorted(own):
        if own[key] != others[key]:
            yield Difference(step.name, other.name, key, _said(own[key]), _said(others[key]))


def _whole(step: Step) -> str:
    """A function in words; without attributes, the layer is one that the language lacks, or reads unknown shapes."""
    attributes = ", ".join(f"{key} {_said(value)}" for key, value in step.essence.attributes)
    return f"{step.essence.kind} of {attributes}" if attributes else "unknown"


def _of_inputs(found: Correspondence, node: int, other: int) -> Iterator[Difference]:
    """The differences between two nodes and what they read."""
    mine, theirs = found.graphs
    for place, there in _places(found, node, other):
        chain, other_chain = mine.chains[node][place], theirs.chains[other][there]
        yield from _of_chains((mine, node, chain), (theirs, other, other_chain), BEFORE)


def _places(found: Correspondence, node: int, other: int) -> Iterator[tuple[int, int]]:
    """The places of inputs that come from paired nodes; of several those that read through equal steps come first."""
    mine, theirs = found.graphs
    pairs = [
        (place, there)
        for place, read in enumerate(mine.inputs[node])
        for there, other_read in enumerate(theirs.inputs[other])
        if found.nodes.get(read) == other_read and (place == there or mine.step(node).commutes)
    ]

    def differ(pair: tuple[int, int]) -> bool:
        own, others = mine.chains[node][pair[0]], theirs.chains[other][pair[1]]
        return [mine.flow.steps[each].essence for each in own] != [theirs.flow.steps[each].essence for each in others]

    used: set[int] = set()
    others_used: set[int] = set()
    for place, there in sorted(pairs, key=differ):
        if place not in used and there not in others_used:
            used.add(place)
            others_used.add(there)
            yield place, there


def _of_chains(
    mine: tuple[Skeleton, int, Chain], theirs: tuple[Skeleton, int, Chain], where: str
) -> Iterator[Difference]:
    """The differences of the steps in two chains before or after two nodes."""
    graph, node, chain = mine
    other_graph, other_node, other_chain = theirs
    steps = [graph.flow.steps[index] for index in chain]
    others = [other_graph.flow.steps[index] for index in other_chain]
    if len(steps) == len(others):
        for step, other in zip(steps, others, strict=True):
            yield from of_steps(step, other)
        return
    own, others_said = _listed(steps), _listed(others)
    yield Difference(graph.step(node).name, other_graph.step(other_node).name, where, own, others_said)


def _listed(steps: Sequence[Step]) -> str:
    return ", ".join(step.essence.kind for step in steps) or NO_STEPS


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_said, value))}]"
    return "none" if value is None else str(value)
