"""What of a checkpoint and what of a network found nothing on the other side, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.checkpoints import CheckpointWeights

_LISTED = 10


def left_over(weights: CheckpointWeights) -> list[str]:
    """The weights that stayed at their initial values, and the tensors that were not taken."""
    from archspec.checkpoints import shown

    matching = weights.matching
    unused = [match.tensor for match in matching.unfit] + list(matching.unused)
    lines = []
    for title, names in (
        ("stayed at their initial values:", weights.initial),
        ("not taken from the file:", unused),
    ):
        if names:
            more = [f"  and {len(names) - _LISTED} more"] if len(names) > _LISTED else []
            lines += [title, *(f"  {shown(name)}" for name in names[:_LISTED]), *more]
    return lines
