"""A factor for each channel."""

import keras
from keras import KerasTensor, layers


@keras.saving.register_keras_serializable(package="network_layers")
class LayerScale(layers.Layer):
    """Scales each channel: inputs * gamma."""

    def __init__(self, initial_value: float = 1e-6, **kwargs) -> None:
        super().__init__(**kwargs)
        self.initial_value = initial_value

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        initializer = keras.initializers.Constant(self.initial_value)
        self.gamma = self.add_weight((input_shape[-1],), initializer, name="gamma")

    def call(self, inputs: KerasTensor) -> KerasTensor:
        return inputs * self.gamma

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        config = super().get_config()
        config["initial_value"] = self.initial_value
        return config
