"""alexnet_paper: Krizhevsky et al. 2012 (NIPS 25); alexnet is Krizhevsky 2014,
arXiv:1404.5997, named as in torchvision
"""

import math
from functools import partial

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


def torch_bias(fan_in: int) -> dict[str, object]:
    """Draw biases as PyTorch does, evenly within 1 / sqrt(fan_in) of 0."""
    bound = 1 / math.sqrt(fan_in)
    return {
        "class_name": "RandomUniform",
        "config": {"minval": -bound, "maxval": bound},
    }


KERNEL_INITIALIZER = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1 / 3, "distribution": "uniform"},
}
Conv2D = partial(layers.Conv2D, kernel_initializer=KERNEL_INITIALIZER)


def alexnet_paper(classes: int = 1000) -> keras.Model:
    image = keras.Input((227, 227, 3), name="image")
    x = Conv2D(
        96,
        11,
        strides=4,
        bias_initializer=torch_bias(363),
        activation="relu",
        name="features.0",
    )(image)
    x = LocalResponseNormalization()(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = Conv2D(
        256,
        5,
        padding="same",
        groups=2,
        bias_initializer=torch_bias(1200),
        activation="relu",
        name="features.4",
    )(x)
    x = LocalResponseNormalization()(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = Conv2D(
        384,
        3,
        padding="same",
        bias_initializer=torch_bias(2304),
        activation="relu",
        name="features.8",
    )(x)
    x = Conv2D(
        384,
        3,
        padding="same",
        groups=2,
        bias_initializer=torch_bias(1728),
        activation="relu",
        name="features.10",
    )(x)
    x = Conv2D(
        256,
        3,
        padding="same",
        groups=2,
        bias_initializer=torch_bias(1728),
        activation="relu",
        name="features.12",
    )(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = layers.Flatten()(x)
    for i in range(2):
        channels = x.shape[-1]
        x = layers.Dense(
            4096,
            kernel_initializer=KERNEL_INITIALIZER,
            bias_initializer=torch_bias(channels),
            activation="relu",
            name=f"classifier.{3 * i}",
        )(x)
        x = layers.Dropout(0.5)(x)
    x = layers.Dense(
        classes,
        kernel_initializer=KERNEL_INITIALIZER,
        bias_initializer=torch_bias(4096),
        activation="softmax",
        name="classifier.6",
    )(x)
    return keras.Model(image, x, name="alexnet_paper")


if __name__ == "__main__":
    from pathlib import Path

    model = alexnet_paper()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 227, 227, 3)), training=False)
    print(outputs.shape)
