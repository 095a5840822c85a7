"""Normalisation across neighbouring channels."""

import keras
from keras import KerasTensor, layers, ops


@keras.saving.register_keras_serializable(package="network_layers")
class LocalResponseNormalization(layers.Layer):
    """Divides by (bias + alpha * sum of squares over `size` channels) ** beta."""

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        bias: float = 2.0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.bias = bias

    def call(self, inputs: KerasTensor) -> KerasTensor:
        channels = inputs.shape[-1]
        reach = self.size // 2
        margins = [(0, 0)] * (len(inputs.shape) - 1) + [(reach, reach)]
        squares = ops.pad(ops.square(inputs), margins)
        total = sum(squares[..., i : i + channels] for i in range(self.size))
        return inputs / (self.bias + self.alpha * total) ** self.beta

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        config = super().get_config()
        config["size"] = self.size
        config["alpha"] = self.alpha
        config["beta"] = self.beta
        config["bias"] = self.bias
        return config
