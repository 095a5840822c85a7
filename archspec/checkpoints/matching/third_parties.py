"""Matches by the names that a third party gives to the network's layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archspec.advice import Message
from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.listing import section
from archspec.checkpoints.matching.naming import unwrapped
from archspec.ir import Graph, TheirNetwork, ThirdParty
from archspec.weights import NativeWeight


@dataclass(frozen=True, slots=True)
class ByThirdParty:
    """The tensors' names by canonical names, and the third party whose names they are.

    There are no pairs if the third party has the network's own names.
    """

    pairs: Mapping[str, str] = field(default_factory=dict)
    party: ThirdParty | None = None


def by_third_party(
    graph: Graph,
    checkpoint: Checkpoint,
    weights: Sequence[NativeWeight],
    tensors: Sequence[str],
    own: Mapping[str, str],
) -> ByThirdParty:
    """The matches by the names of the third party that has the most of them.

    Names can be equal by chance. So a third party must have names for most of the weights, and for more of them than
    `own`, the matches by the network's names.
    """
    if len(own) == len(weights):
        return ByThirdParty(party=next((party for party in graph.third_parties if not party.renames), None))
    best = ByThirdParty()
    for party in graph.third_parties:
        if party.renames:
            pairs = unwrapped(dict(_names(party, checkpoint, weights)), checkpoint, tensors)
            if len(pairs) > max(len(weights) // 2, len(own), len(best.pairs)):
                best = ByThirdParty(pairs, party)
    return best


def third_party_notes(party: ThirdParty | None) -> Iterator[Message]:
    """A note about the third party's networks with these names and another function, if there are any."""
    others = [each for each in party.networks if each.differs] if party else []
    if party and others:
        title = f"{party.name} has networks of another function with these names, which nothing in the file tells:"
        advice = "{params} sets params" if any(each.params for each in others) else None
        yield Message("\n".join(section(title, [*map(_other, others)])), tuple(filter(None, [advice])))


def _other(network: TheirNetwork) -> str:
    params = ", ".join(f"{name}: {value}" for name, value in network.params.items())
    same = f"{network.network}{f' with {params}' if params else ''}"
    known = f"; {same} has its function" if network.network else ""
    return f"{network.name}: {network.differs}{known}"


def _names(party: ThirdParty, checkpoint: Checkpoint, weights: Sequence[NativeWeight]) -> Iterator[tuple[str, str]]:
    """Their names of the weights' tensors, with the canonical names."""
    layers: dict[str, str | None] = {}
    for weight in weights:
        single = party.calls(weight.canonical)
        if single is not None:
            yield single, weight.canonical
            continue
        path = weight.canonical.rpartition(":")[0]
        if path not in layers:
            layers[path] = party.calls(path)
        theirs = layers[path]
        for name in weight.names:
            own = checkpoint.split(name)[0]
            yield name if theirs is None else theirs + name.removeprefix(own), weight.canonical
