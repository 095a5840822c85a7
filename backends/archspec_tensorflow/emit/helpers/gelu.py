"""GELU in the precision of its input."""

import math

from keras import KerasTensor, ops


def gelu(x: KerasTensor) -> KerasTensor:
    """GELU in the precision of `x`; TensorFlow's own keeps its constants in float32."""
    return 0.5 * x * (1 + ops.erf(x / math.sqrt(2)))


def approximate_gelu(x: KerasTensor) -> KerasTensor:
    """GELU by tanh, in the precision of `x`; TensorFlow's own keeps its constants in float32."""
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * ops.power(x, 3))
    return 0.5 * x * (1 + ops.tanh(inner))
