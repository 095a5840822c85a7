"""googlenet: Szegedy et al. 2014, arXiv:1409.4842; named as in torchvision"""

import math
from functools import partial

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
Dense = partial(layers.Dense, kernel_initializer=KERNEL_INITIALIZER)


def conv(
    x: KerasTensor, filters: int, kernel_size: int = 1, strides: int = 1, *, name: str
) -> KerasTensor:
    if kernel_size > 1:
        x = layers.ZeroPadding2D(kernel_size // 2)(x)
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        use_bias=False,
        kernel_initializer=KERNEL_INITIALIZER,
        name=f"{name}.conv",
    )(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}.bn")(x)
    return layers.ReLU()(x)


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
    branch3 = conv(y, ch5x5, kernel_size=3, name=f"{name}.branch3.1")
    x = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    branch4 = conv(x, pool_proj, name=f"{name}.branch4.1")
    return layers.Concatenate()([branch1, branch2, branch3, branch4])


def inception_aux(x: KerasTensor, classes: int, *, name: str) -> KerasTensor:
    x = layers.AdaptiveAveragePooling2D(4)(x)
    x = conv(x, 128, name=f"{name}.conv")
    x = layers.Flatten()(x)
    x = Dense(
        1024, bias_initializer=torch_bias(2048), activation="relu", name=f"{name}.fc1"
    )(x)
    x = layers.Dropout(0.7)(x)
    return Dense(classes, bias_initializer=torch_bias(1024), name=f"{name}.fc2")(x)


def googlenet(classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = conv(image, 64, kernel_size=7, strides=2, name="conv1")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool1")(x)
    x = conv(x, 64, name="conv2")
    x = conv(x, 192, kernel_size=3, name="conv3")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool2")(x)
    x = inception(x, 64, 96, 128, 16, 32, 32, name="inception3a")
    x = inception(x, 128, 128, 192, 32, 96, 64, name="inception3b")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool3")(x)
    inception4a = inception(x, 192, 96, 208, 16, 48, 64, name="inception4a")
    x = inception(inception4a, 160, 112, 224, 24, 64, 64, name="inception4b")
    x = inception(x, 128, 128, 256, 24, 64, 64, name="inception4c")
    inception4d = inception(x, 112, 144, 288, 32, 64, 64, name="inception4d")
    x = inception(inception4d, 256, 160, 320, 32, 128, 128, name="inception4e")
    x = layers.MaxPooling2D(2, name="maxpool4")(x)
    x = inception(x, 256, 160, 320, 32, 128, 128, name="inception5a")
    x = inception(x, 384, 192, 384, 48, 128, 128, name="inception5b")
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    fc = Dense(classes, bias_initializer=torch_bias(1024), name="fc")(x)
    aux1 = inception_aux(inception4a, classes, name="aux1")
    aux2 = inception_aux(inception4d, classes, name="aux2")
    return keras.Model(image, {"fc": fc, "aux2": aux2, "aux1": aux1}, name="googlenet")


if __name__ == "__main__":
    from pathlib import Path

    model = googlenet()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    for name, output in outputs.items():
        print(name, output.shape)
