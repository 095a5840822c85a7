"""The unmatched weights and tensors of a checkpoint, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.checkpoints import CheckpointWeights


def left_over(weights: CheckpointWeights) -> list[str]:
    """The weights with initial values, and the unused tensors."""
    from archspec.checkpoints import section, shown

    matching = weights.matching
    unused = [match.tensor for match in matching.unfit] + list(matching.unused)
    return [
        *section("stayed at their initial values:", weights.initial),
        *section("not taken from the file:", list(map(shown, unused))),
    ]
