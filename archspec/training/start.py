"""The weights at the beginning of a training."""

from __future__ import annotations

from pathlib import Path

from archspec.backend import Arrays
from archspec.checkpoints import CheckpointOptions, read_weights_file
from archspec.network import Network
from archspec.recipe.document import Recipe


def start_weights(recipe: Recipe, network: Network, folder: Path) -> Arrays:
    """The recipe's checkpoint, or weights drawn from its seed. A path is relative to the recipe's folder.

    Raises `WeightsError` for a checkpoint that does not fit, `OSError` for one that cannot be read.
    """
    start = recipe.weights
    if start is None:
        return network.weights(recipe.seed)
    options = CheckpointOptions({}, start.key, start.only_matching, start.by_order)
    found = read_weights_file(network.graph, folder / start.file, options, seed=recipe.seed)
    found.warn()
    return found
