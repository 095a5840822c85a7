"""alexnet: Krizhevsky et al. 2012 (NIPS 25); alexnet is Krizhevsky 2014,
arXiv:1404.5997, named as in torchvision
"""

import math
from functools import partial

import keras
from keras import layers


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


def alexnet(classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = layers.ZeroPadding2D(2)(image)
    x = Conv2D(
        64,
        11,
        strides=4,
        bias_initializer=torch_bias(363),
        activation="relu",
        name="features.0",
    )(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = Conv2D(
        192,
        5,
        padding="same",
        bias_initializer=torch_bias(1600),
        activation="relu",
        name="features.3",
    )(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = Conv2D(
        384,
        3,
        padding="same",
        bias_initializer=torch_bias(1728),
        activation="relu",
        name="features.6",
    )(x)
    x = Conv2D(
        256,
        3,
        padding="same",
        bias_initializer=torch_bias(3456),
        activation="relu",
        name="features.8",
    )(x)
    x = Conv2D(
        256,
        3,
        padding="same",
        bias_initializer=torch_bias(2304),
        activation="relu",
        name="features.10",
    )(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = layers.Flatten()(x)
    for i in range(2):
        channels = x.shape[-1]
        x = layers.Dropout(0.5)(x)
        x = layers.Dense(
            4096,
            kernel_initializer=KERNEL_INITIALIZER,
            bias_initializer=torch_bias(channels),
            activation="relu",
            name=f"classifier.{3 * i + 1}",
        )(x)
    x = layers.Dense(
        classes,
        kernel_initializer=KERNEL_INITIALIZER,
        bias_initializer=torch_bias(4096),
        name="classifier.6",
    )(x)
    return keras.Model(image, x, name="alexnet")


if __name__ == "__main__":
    from pathlib import Path

    model = alexnet()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
