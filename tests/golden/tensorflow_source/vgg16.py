"""vgg16: Simonyan and Zisserman 2014, arXiv:1409.1556; parameters named as in
torchvision
"""

import keras
from keras import layers


def vgg16() -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = layers.Conv2D(
        64,
        3,
        padding="same",
        activation="relu",
        name="features.0",
    )(image)
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="features.2")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(128, 3, padding="same", activation="relu", name="features.5")(x)
    x = layers.Conv2D(128, 3, padding="same", activation="relu", name="features.7")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(256, 3, padding="same", activation="relu", name="features.10")(x)
    x = layers.Conv2D(256, 3, padding="same", activation="relu", name="features.12")(x)
    x = layers.Conv2D(256, 3, padding="same", activation="relu", name="features.14")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(512, 3, padding="same", activation="relu", name="features.17")(x)
    x = layers.Conv2D(512, 3, padding="same", activation="relu", name="features.19")(x)
    x = layers.Conv2D(512, 3, padding="same", activation="relu", name="features.21")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(512, 3, padding="same", activation="relu", name="features.24")(x)
    x = layers.Conv2D(512, 3, padding="same", activation="relu", name="features.26")(x)
    x = layers.Conv2D(512, 3, padding="same", activation="relu", name="features.28")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(4096, activation="relu", name="classifier.0")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(4096, activation="relu", name="classifier.3")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(1000, name="classifier.6")(x)
    return keras.Model(image, x, name="vgg16")


if __name__ == "__main__":
    from pathlib import Path

    model = vgg16()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
