"""Names of tensors with the prefixes of training programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archspec.checkpoints.checkpoint import Checkpoint

WRAPPERS = ("module.", "model.", "state_dict.", "_orig_mod.", "net.", "network.", "backbone.", "encoder.")
"""The prefixes that training programs put before every name."""


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
