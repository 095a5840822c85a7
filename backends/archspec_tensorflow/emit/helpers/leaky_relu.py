"""A leaky ReLU with any slope."""

from keras import KerasTensor, ops


def leaky_relu(x: KerasTensor, slope: float) -> KerasTensor:
    """Multiply what is below zero by `slope`; TensorFlow's own rounds that to float32."""
    return ops.where(x > 0, x, slope * x)
