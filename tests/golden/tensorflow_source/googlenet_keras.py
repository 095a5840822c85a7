"""googlenet_keras: Szegedy et al. 2014, arXiv:1409.4842; named as in torchvision"""

import math

import keras
from keras import KerasTensor, layers


def torch_bias(fan_in: int) -> dict[str, object]:
    """Draw biases as PyTorch does, evenly within 1 / sqrt(fan_in) of 0."""
    bound = 1 / math.sqrt(fan_in)
    return {
        "class_name": "RandomUniform",
        "config": {"minval": -bound, "maxval": bound},
    }


KERNEL_INITIALIZER = {"class_name": "RandomNormal", "config": {"stddev": 0.01}}


def conv(
    x: KerasTensor, filters: int, kernel_size: int = 1, strides: int = 1, *, name: str
) -> KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        kernel_initializer=KERNEL_INITIALIZER,
        activation="relu",
        name=f"{name}.conv",
    )(x)
    return layers.BatchNormalization(name=f"{name}.bn")(x)


def inception(
    x: KerasTensor,
    ch1x1: int,
    ch3x3red: int,
    ch3x3: int,
    ch5x5red: int,
    ch5x5: int,
    pool_proj: int,
    *,
    name: str,
) -> KerasTensor:
    branch1 = conv(x, ch1x1, name=f"{name}.branch1")
    y = conv(x, ch3x3red, name=f"{name}.branch2.0")
    branch2 = conv(y, ch3x3, kernel_size=3, name=f"{name}.branch2.1")
    y = conv(x, ch5x5red, name=f"{name}.branch3.0")
    branch3 = conv(y, ch5x5, name=f"{name}.branch3.1")
    x = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    branch4 = conv(x, pool_proj, name=f"{name}.branch4.1")
    return layers.Concatenate()([branch1, branch2, branch3, branch4])


def googlenet_keras(classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = conv(image, 64, kernel_size=7, strides=2, name="conv1")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool1")(x)
    x = conv(x, 192, kernel_size=3, name="conv3")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool2")(x)
    x = inception(x, 64, 64, 64, 64, 64, 64, name="inception3a")
    x = inception(x, 120, 120, 120, 120, 120, 120, name="inception3b")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool3")(x)
    x = inception(x, 128, 128, 128, 128, 128, 128, name="inception4a")
    x = inception(x, 128, 128, 128, 128, 128, 128, name="inception4b")
    x = inception(x, 128, 128, 128, 128, 128, 128, name="inception4c")
    x = inception(x, 132, 132, 132, 132, 132, 132, name="inception4d")
    x = inception(x, 208, 208, 208, 208, 208, 208, name="inception4e")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool4")(x)
    x = inception(x, 208, 208, 208, 208, 208, 208, name="inception5a")
    x = inception(x, 256, 256, 256, 256, 256, 256, name="inception5b")
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Dropout(0.4)(x)
    x = layers.Dense(
        classes,
        kernel_initializer=KERNEL_INITIALIZER,
        bias_initializer=torch_bias(1024),
        activation="relu",
        name="hidden",
    )(x)
    x = layers.Dense(
        classes,
        kernel_initializer=KERNEL_INITIALIZER,
        bias_initializer=torch_bias(classes),
        activation="softmax",
        name="fc",
    )(x)
    return keras.Model(image, x, name="googlenet_keras")


if __name__ == "__main__":
    from pathlib import Path

    model = googlenet_keras()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
