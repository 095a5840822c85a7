"""PyTorch's initial values of biases."""

import math

import keras


def torch_bias(fan_in: int) -> keras.initializers.Initializer:
    """Draw biases as PyTorch does, evenly within 1 / sqrt(fan_in) of 0."""
    bound = 1 / math.sqrt(fan_in)
    return keras.initializers.RandomUniform(-bound, bound)
