"""The weights at the beginning of a training."""

from __future__ import annotations

from pathlib import Path

from archspec.backend import Arrays
from archspec.checkpoints import CheckpointOptions, read_weights_file
from archspec.network import Network
from archspec.training.reading import WrittenRecipe


def start_weights(written: WrittenRecipe, network: Network) -> Arrays:
    """The weights of the checkpoint that the recipe begins with, or weights drawn from its seed.

    Raises `WeightsError` for a checkpoint that does not fit, `OSError` for one that cannot be read.
    """
    start, seed = written.recipe.weights, written.recipe.seed
    if start is None:
        return network.weights(seed)
    options = CheckpointOptions({}, start.key, start.only_matching, start.by_order)
    weights = read_weights_file(network.graph, Path(start.file), options, seed=seed)
    weights.warn()
    return weights
