"""A factor and an offset for each channel."""

import keras
from keras import KerasTensor, layers


@keras.saving.register_keras_serializable(package="network_layers")
class Scale(layers.Layer):
    """Scales and shifts each channel: inputs * gamma + beta."""

    def __init__(
        self,
        beta_initializer: str = "zeros",
        gamma_initializer: str = "ones",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.beta_initializer = beta_initializer
        self.gamma_initializer = gamma_initializer

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(shape, self.gamma_initializer, name="gamma")
        self.beta = self.add_weight(shape, self.beta_initializer, name="beta")

    def call(self, inputs: KerasTensor) -> KerasTensor:
        return inputs * self.gamma + self.beta

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        config = super().get_config()
        config["beta_initializer"] = self.beta_initializer
        config["gamma_initializer"] = self.gamma_initializer
        return config
