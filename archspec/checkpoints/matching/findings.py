"""The messages about a matching: its problems, and the assumptions behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec.advice import Message
from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.listing import are_many, section, shown, together
from archspec.checkpoints.matching.differences import AFTER, BEFORE, Difference
from archspec.checkpoints.matching.groups import holds
from archspec.checkpoints.matching.matches import Matching
from archspec.checkpoints.matching.signs import last_activation, sign_notes
from archspec.checkpoints.messages import CheckpointError
from archspec.ir import Shape, TheirNetwork, ThirdParty

_DEFINITION = "The file has its layers in the order of their definition, which need not be that of their execution."
_CHANCE = "Layers of equal shapes have names in common with the network's, maybe by chance."


_NAMED = 4
"""The number of layers that are shown for one that could be each of them."""

_SEVERAL = "layers that could be several of the network's:"
_MISSING = "weights of the network that were not found:"
_UNUSED = "tensors that are left over:"


def require(matching: Matching) -> None:
    """Raise `CheckpointError` unless the matching is complete, with the unmatched weights and tensors.

    Of many only the first are shown, with their number.
    """
    if not matching.complete:
        found = problems(matching)
        title, advice = f"{matching.checkpoint.path} does not fit {matching.network}", found.advice
        if are_many(_left(matching)):
            weights = len(matching.matches) + len(matching.unfit) + len(matching.missing)
            title += f": {len(matching.missing):,} of its {weights:,} weights were not found"
            title += f", and {len(matching.unused):,} tensors are left over" if matching.unused else ""
            advice = (*advice, "{listing} lists all")
        raise CheckpointError(f"{title}\n{found.facts}", *advice)


def problems(matching: Matching) -> Message:
    """The unmatched weights and tensors, a line each, and advice."""
    left = _left(matching)
    lines: list[str] = []
    if matching.out_of_order:
        lines.append("the file has its layers in no order in which the network could run, so their order tells nothing")
    if matching.parting is not None and are_many(left):
        lines += matching.parting.lines()
        left = {title: left[title] for title in left if title not in {_SEVERAL, _MISSING, _UNUSED}}
    lines += together(left)
    return Message("\n".join(lines), tuple(_advice(matching)))


def _left(matching: Matching) -> dict[str, list[str]]:
    """The unmatched weights and tensors by kind."""
    found = matching.checkpoint.tensors
    doubtful = set(matching.doubtful.values())
    return {
        "of another shape or type:": [
            f"{match.weight.canonical} is {_text(match.weight.native_shape, 'floating-point')}, "
            f"and {shown(match.tensor)} is {_text(match.shape, found[match.tensor].dtype)}"
            for match in matching.unfit
        ],
        _SEVERAL: [_may_be(layer, layers) for layer, layers in matching.ambiguous.items()],
        f"{_weak(matching.checkpoint)}:": [f"{mine}: {shown(theirs)}" for mine, theirs in matching.doubtful.items()],
        _MISSING: [
            f"{weight.canonical} {_text(weight.native_shape)}"
            for weight in matching.missing
            if weight.layer not in matching.doubtful
        ],
        _UNUSED: [
            f"{shown(name)} {_text(found[name].shape, found[name].dtype)}"
            for name in matching.unused
            if matching.checkpoint.split(name)[0] not in doubtful
        ],
    }


def _may_be(layer: str, layers: tuple[str, ...]) -> str:
    more = f" and {len(layers) - _NAMED:,} more" if len(layers) > _NAMED else ""
    several = f"is one of {', '.join(layers[:_NAMED])}{more}" if len(layers) > 1 else f"may be {layers[0]} or none"
    return f"{shown(layer)} {several}"


def _weak(checkpoint: Checkpoint) -> str:
    """A sentence about doubtful layers, and the matching that the file's order suggests."""
    if checkpoint.order == "definition":
        return f"layers that only their order tells from others of equal shapes. {_DEFINITION} In that order they are"
    return f"layers that are left over by name. {_CHANCE} If not, these are"


def _advice(matching: Matching) -> Iterator[str]:
    if are_many(_left(matching)):
        yield "{auto} looks for a network of the zoo that the file fits"
        if matching.checkpoint.layers:
            yield "{importing} writes the spec of the file's own model"
    elif matching.missing and matching.unused:
        yield "a map says which is which ({names}, with lines like `conv1: features.0`)"
    if matching.doubtful:
        yield "these can be taken as they are listed, too ({by_order})"
    if matching.matches:
        yield "only what matches can be taken, too ({only_matching})"


def file_notes(checkpoint: Checkpoint) -> Iterator[Message]:
    """Notes about choices in a file that the caller did not ask for."""
    if checkpoint.others and not checkpoint.asked:
        taken = f"the tensors under {shown(checkpoint.key)}" if checkpoint.key else "the outermost tensors"
        lines = section(
            f"{checkpoint.path}: {taken} are taken; there are others under:", [*map(shown, checkpoint.others)]
        )
        yield Message("\n".join(lines), ("{key} takes those",))


def notes(matching: Matching) -> Iterator[Message]:
    """Notes about assumptions, and about choices that the caller did not ask for."""
    yield from file_notes(matching.checkpoint)
    reshaped: dict[bool, list[str]] = {}
    for match in matching.matches:
        if match.reshaped:
            shape, wanted = match.shape, match.weight.native_shape
            line = f"{shown(match.tensor)} {_text(shape)} as {match.weight.canonical} {_text(wanted)}"
            reshaped.setdefault(holds(shape, wanted), []).append(line)
    for by_ones, taken in reshaped.items():
        how = "axes of length 1 more or less" if by_ones else "neighbouring axes in one, as of a flattened image"
        yield Message("\n".join(section(f"taken with {how}:", taken)))
    yield from _third_party_notes(matching.third_party)
    if matching.unproved:
        lines = section(
            "layers that only their order, or numbers in names too, told from others of equal shapes. "
            f"{_DEFINITION if matching.checkpoint.order == 'definition' else _CHANCE}",
            [f"{mine}: {shown(theirs)}" for mine, theirs in matching.unproved.items()],
        )
        yield Message("\n".join(lines), ("{against} tests it, where a third party has the network",))
    if matching.listed:
        lines = section(_LISTED, [f"{mine}: {shown(theirs)}" for mine, theirs in matching.listed.items()])
        yield Message("\n".join(lines))
    if matching.idle:
        found = matching.checkpoint.tensors
        idle = [f"{shown(name)} {_text(found[name].shape, found[name].dtype)}" for name in matching.idle]
        yield Message(
            "\n".join(section("tensors left out, as no output of the model in the file depends on them:", idle))
        )
    if matching.differences:
        title = f"the weights fit, and the model in the file computes another function than {matching.network}:"
        lines = section(title, _differing(matching.differences))
        yield Message("\n".join(lines), settings=last_activation(matching))
    yield from sign_notes(matching)


def _third_party_notes(party: ThirdParty | None) -> Iterator[Message]:
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


def _differing(differences: Iterable[Difference]) -> list[str]:
    """A line for the layers that differ in the same way, with the first of them."""
    alike: dict[tuple[str, str, str], list[Difference]] = {}
    for each in differences:
        alike.setdefault((each.what, each.value, each.file_value), []).append(each)
    lines = []
    for (what, value, file_value), those in alike.items():
        said = {
            BEFORE: f"it reads through {value}, and in the file through {file_value}",
            AFTER: f"{value} comes after it, and in the file {file_value}",
            "": f"{value}, and in the file {file_value}",
        }.get(what, f"{what} {value}, and in the file {file_value}")
        more = f"; the same for {len(those) - 1:,} more" if len(those) > 1 else ""
        lines.append(f"{those[0].layer} (in the file {shown(those[0].file_layer)}): {said}{more}")
    return lines


_LISTED = (
    "layers that only the order in which Keras lists the layers of this network told from others of equal shapes. A "
    "model whose merges read their inputs in another order may list them otherwise:"
)


def _text(shape: Shape, dtype: str = "") -> str:
    return f"{' x '.join(map(str, shape)) or 'scalar'} {dtype}".strip()
