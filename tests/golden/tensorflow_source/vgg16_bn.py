"""vgg16_bn: Simonyan and Zisserman 2014, arXiv:1409.1556; named as in torchvision"""

import keras
from keras import layers

KERNEL_INITIALIZER = {"class_name": "RandomNormal", "config": {"stddev": 0.01}}


def vgg16_bn(classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    layer = 0
    x = image
    for depth, filters in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        for _ in range(depth):
            x = layers.Conv2D(
                filters,
                3,
                padding="same",
                kernel_initializer=keras.initializers.VarianceScaling(
                    scale=2.0, mode="fan_out", distribution="untruncated_normal"
                ),
                name=f"features.{layer}",
            )(x)
            x = layers.BatchNormalization(
                momentum=0.9, epsilon=1e-05, name=f"features.{layer + 1}"
            )(x)
            x = layers.ReLU()(x)
            layer += 3
        x = layers.MaxPooling2D(2)(x)
        layer += 1
    x = layers.Flatten()(x)
    for i in range(2):
        x = layers.Dense(
            4096,
            kernel_initializer=KERNEL_INITIALIZER,
            activation="relu",
            name=f"classifier.{3 * i}",
        )(x)
        x = layers.Dropout(0.5)(x)
    x = layers.Dense(
        classes, kernel_initializer=KERNEL_INITIALIZER, name="classifier.6"
    )(x)
    return keras.Model(image, x, name="vgg16_bn")


if __name__ == "__main__":
    from pathlib import Path

    model = vgg16_bn()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
