"""The weights at the beginning of a training."""

from __future__ import annotations

from archspec.backend import Arrays
from archspec.checkpoints import CheckpointOptions
from archspec.network import Network, checkpoint_for
from archspec.training.reading import WrittenRecipe


def start_weights(written: WrittenRecipe, network: Network) -> Arrays:
    """The weights of the checkpoint that the recipe begins with, or weights drawn from its seed.

    Raises `WeightsError` for a checkpoint that does not fit, `OSError` for one that cannot be read.
    """
    start, seed = written.recipe.weights, written.recipe.seed
    if start is None:
        return network.weights(seed)
    options = CheckpointOptions({}, start.key, start.only_matching, start.by_order)
    weights = checkpoint_for(network, start.file, options, seed=seed)
    weights.warn()
    return weights
