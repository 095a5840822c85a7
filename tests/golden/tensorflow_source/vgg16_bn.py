"""vgg16_bn: Simonyan and Zisserman 2014, arXiv:1409.1556; parameters named as in
torchvision
"""

import keras
from keras import layers


def vgg16_bn() -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = layers.Conv2D(64, 3, padding="same", name="features.0")(image)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-05, name="features.1")(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(64, 3, padding="same", name="features.3")(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-05, name="features.4")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(128, 3, padding="same", name="features.7")(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-05, name="features.8")(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(128, 3, padding="same", name="features.10")(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-05, name="features.11")(x)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    for i in range(14, 23, 3):
        x = layers.Conv2D(256, 3, padding="same", name=f"features.{i}")(x)
        x = layers.BatchNormalization(
            momentum=0.9, epsilon=1e-05, name=f"features.{i + 1}"
        )(x)
        x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    for i in range(24, 33, 3):
        x = layers.Conv2D(512, 3, padding="same", name=f"features.{i}")(x)
        x = layers.BatchNormalization(
            momentum=0.9, epsilon=1e-05, name=f"features.{i + 1}"
        )(x)
        x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    for i in range(34, 43, 3):
        x = layers.Conv2D(512, 3, padding="same", name=f"features.{i}")(x)
        x = layers.BatchNormalization(
            momentum=0.9, epsilon=1e-05, name=f"features.{i + 1}"
        )(x)
        x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(4096, activation="relu", name="classifier.0")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(4096, activation="relu", name="classifier.3")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(1000, name="classifier.6")(x)
    return keras.Model(image, x, name="vgg16_bn")


if __name__ == "__main__":
    from pathlib import Path

    model = vgg16_bn()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
