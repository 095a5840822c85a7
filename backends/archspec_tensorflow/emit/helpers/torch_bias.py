"""PyTorch's initial values of biases."""

import math


def torch_bias(fan_in: int) -> dict[str, object]:
    """Draw biases as PyTorch does, evenly within 1 / sqrt(fan_in) of 0."""
    bound = 1 / math.sqrt(fan_in)
    return {
        "class_name": "RandomUniform",
        "config": {"minval": -bound, "maxval": bound},
    }
