"""Bounds for each channel."""

import keras
from keras import KerasTensor, layers, ops


@keras.saving.register_keras_serializable(package="network_layers")
class ChannelClip(layers.Layer):
    """Keeps each channel between two bounds: minimum(maximum(inputs, low), high)."""

    def __init__(self, low: float = 0.0, high: float = 6.0, **kwargs) -> None:
        super().__init__(**kwargs)
        self.first = {"low": low, "high": high}

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.low, self.high = [
            self.add_weight(
                (input_shape[-1],), keras.initializers.Constant(value), name=name
            )
            for name, value in self.first.items()
        ]

    def call(self, inputs: KerasTensor) -> KerasTensor:
        return ops.minimum(ops.maximum(inputs, self.low), self.high)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        return super().get_config() | self.first
