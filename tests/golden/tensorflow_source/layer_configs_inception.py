"""layer_configs_inception: the layer_configs listing in 'CNN Architecture',
katherinaxxx.github.io, 2019, after arXiv:1409.4842
"""

import keras
from keras import KerasTensor, layers


def inception(
    x: KerasTensor,
    conv1: int,
    reduce3: int,
    conv3: int,
    reduce5: int,
    conv5: int,
    pool: int,
    *,
    name: str,
) -> KerasTensor:
    y = layers.Conv2D(conv1, 1, activation="relu", name=f"{name}.conv1")(x)
    z = layers.Conv2D(reduce3, 1, activation="relu", name=f"{name}.reduce3")(x)
    z = layers.Conv2D(
        conv3, 3, padding="same", activation="relu", name=f"{name}.conv3"
    )(z)
    u = layers.Conv2D(reduce5, 1, activation="relu", name=f"{name}.reduce5")(x)
    u = layers.Conv2D(
        conv5, 5, padding="same", activation="relu", name=f"{name}.conv5"
    )(u)
    x = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    x = layers.Conv2D(pool, 1, activation="relu", name=f"{name}.pool")(x)
    return layers.Concatenate()([y, z, u, x])


def layer_configs_inception(classes: int = 100) -> keras.Model:
    image = keras.Input((32, 32, 3), name="image")
    x = layers.Conv2D(
        64, 7, strides=2, padding="same", activation="relu", name="conv1"
    )(image)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = layers.Conv2D(64, 1, activation="relu", name="conv2")(x)
    x = layers.Conv2D(192, 3, padding="same", activation="relu", name="conv3")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = inception(x, 64, 96, 128, 16, 32, 32, name="inception3a")
    x = inception(x, 128, 128, 192, 32, 96, 96, name="inception3b")
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = inception(x, 192, 96, 208, 16, 48, 64, name="inception4a")
    x = layers.AveragePooling2D(2, strides=3)(x)
    x = layers.Conv2D(128, 1, activation="relu", name="conv4")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(1024, activation="relu", name="fc1")(x)
    x = layers.Dropout(0.7)(x)
    x = layers.Dense(classes, activation="softmax", name="fc2")(x)
    return keras.Model(image, x, name="layer_configs_inception")


if __name__ == "__main__":
    from pathlib import Path

    model = layer_configs_inception()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 32, 32, 3)), training=False)
    print(outputs.shape)
