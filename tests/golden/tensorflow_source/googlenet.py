"""googlenet: Szegedy et al. 2014, arXiv:1409.4842; parameters named as in
torchvision
"""

import keras
from keras import KerasTensor, layers


def conv(
    x: KerasTensor,
    filters: int,
    kernel_size: int = 1,
    padding: str = "valid",
    *,
    name: str,
) -> KerasTensor:
    x = layers.Conv2D(
        filters, kernel_size, padding=padding, use_bias=False, name=f"{name}.conv"
    )(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}.bn")(x)
    return layers.ReLU()(x)


def branch(x: KerasTensor, filters: int, filters2: int, *, name: str) -> KerasTensor:
    x = conv(x, filters, name=f"{name}.0")
    return conv(x, filters2, kernel_size=3, padding="same", name=f"{name}.1")


def branch2(x: KerasTensor, filters: int, *, name: str) -> KerasTensor:
    x = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    return conv(x, filters, name=f"{name}.1")


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
    y = branch(x, ch3x3red, ch3x3, name=f"{name}.branch2")
    branch3 = branch(x, ch5x5red, ch5x5, name=f"{name}.branch3")
    branch4 = branch2(x, pool_proj, name=f"{name}.branch4")
    return layers.Concatenate()([branch1, y, branch3, branch4])


def inception_aux(x: KerasTensor, *, name: str) -> KerasTensor:
    x = layers.AdaptiveAveragePooling2D(4)(x)
    x = conv(x, 128, name=f"{name}.conv")
    x = layers.Flatten()(x)
    x = layers.Dense(1024, activation="relu", name=f"{name}.fc1")(x)
    x = layers.Dropout(0.7)(x)
    return layers.Dense(1000, name=f"{name}.fc2")(x)


def googlenet() -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = layers.ZeroPadding2D(3)(image)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1.conv")(x)
    x = layers.BatchNormalization(momentum=0.9, name="conv1.bn")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool1")(x)
    x = conv(x, 64, name="conv2")
    x = conv(x, 192, kernel_size=3, padding="same", name="conv3")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool2")(x)
    x = inception(x, 64, 96, 128, 16, 32, 32, name="inception3a")
    x = inception(x, 128, 128, 192, 32, 96, 64, name="inception3b")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="maxpool3")(x)
    x = inception(x, 192, 96, 208, 16, 48, 64, name="inception4a")
    y = inception(x, 160, 112, 224, 24, 64, 64, name="inception4b")
    y = inception(y, 128, 128, 256, 24, 64, 64, name="inception4c")
    y = inception(y, 112, 144, 288, 32, 64, 64, name="inception4d")
    z = inception(y, 256, 160, 320, 32, 128, 128, name="inception4e")
    z = layers.MaxPooling2D(2, name="maxpool4")(z)
    z = inception(z, 256, 160, 320, 32, 128, 128, name="inception5a")
    z = inception(z, 384, 192, 384, 48, 128, 128, name="inception5b")
    z = layers.GlobalAveragePooling2D()(z)
    z = layers.Dropout(0.2)(z)
    z = layers.Dense(1000, name="fc")(z)
    aux1 = inception_aux(x, name="aux1")
    aux2 = inception_aux(y, name="aux2")
    return keras.Model(image, {"fc": z, "aux2": aux2, "aux1": aux1}, name="googlenet")


if __name__ == "__main__":
    from pathlib import Path

    model = googlenet()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    for name, output in outputs.items():
        print(name, output.shape)
