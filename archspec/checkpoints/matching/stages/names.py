"""The names that tensors can have, also with the prefixes of training programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.weights import NativeWeight

WRAPPERS = ("module.", "model.", "state_dict.", "_orig_mod.", "net.", "network.", "backbone.", "encoder.")
"""The prefixes that training programs put before every name."""


def names_in(checkpoint: Checkpoint, weight: NativeWeight) -> Iterator[str]:
    """The names of a weight's tensor in a file that has the network's names for layers.

    Keras calls a variable as the layer's attribute in some files and not in others: `adapt_mean` and `mean`.
    """
    yield from weight.names
    slot = weight.canonical.rpartition(":")[2]
    for name in weight.names:
        yield f"{checkpoint.split(name)[0]}{checkpoint.separator}{slot}"


def unwrapped(known: Mapping[str, str], checkpoint: Checkpoint, tensors: Iterable[str]) -> dict[str, str]:
    """The tensors' names by canonical names; `known` has the canonical names by the tensors' names without prefixes.

    The number of removed prefixes is the one that gives the most known names.
    """
    best: dict[str, str] = {}
    parts = {name: checkpoint.separator.join(part) for name, part in checkpoint.parts.items()}
    names = {parts.get(name, name): name for name in tensors}
    while names:
        found = {known[inner]: outer for inner, outer in names.items() if inner in known}
        if len(found) > len(best):
            best = found
        wrapper = next((wrapper for wrapper in WRAPPERS if any(name.startswith(wrapper) for name in names)), None)
        if wrapper is None:
            break
        names = {inner.removeprefix(wrapper): outer for inner, outer in names.items() if inner.startswith(wrapper)}
    return best
