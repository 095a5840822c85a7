"""densenet121: Huang et al. 2016, arXiv:1608.06993"""

from functools import partial

import keras
from keras import KerasTensor, layers

KERNEL_INITIALIZER = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "distribution": "untruncated_normal"},
}
BatchNormalization = partial(layers.BatchNormalization, momentum=0.9, epsilon=1e-05)
Conv2D = partial(layers.Conv2D, use_bias=False, kernel_initializer=KERNEL_INITIALIZER)


def dense_layer(x: KerasTensor, *, name: str) -> KerasTensor:
    x = BatchNormalization(name=f"{name}.norm1")(x)
    x = layers.ReLU()(x)
    x = Conv2D(128, 1, name=f"{name}.conv1")(x)
    x = BatchNormalization(name=f"{name}.norm2")(x)
    x = layers.ReLU()(x)
    return Conv2D(32, 3, padding="same", name=f"{name}.conv2")(x)


def denseblock(x: KerasTensor, depth: int, *, name: str) -> KerasTensor:
    for i in range(depth):
        y = dense_layer(x, name=f"{name}.denselayer{i + 1}")
        x = layers.Concatenate()([x, y])
    return x


def transition(x: KerasTensor, filters: int, *, name: str) -> KerasTensor:
    x = BatchNormalization(name=f"{name}.norm")(x)
    x = layers.ReLU()(x)
    x = Conv2D(filters, 1, name=f"{name}.conv")(x)
    return layers.AveragePooling2D(2)(x)


def densenet121(classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = layers.ZeroPadding2D(3)(image)
    x = Conv2D(64, 7, strides=2, name="features.conv0")(x)
    x = BatchNormalization(name="features.norm0")(x)
    x = layers.ReLU()(x)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = denseblock(x, 6, name="features.denseblock1")
    x = transition(x, 128, name="features.transition1")
    x = denseblock(x, 12, name="features.denseblock2")
    x = transition(x, 256, name="features.transition2")
    x = denseblock(x, 24, name="features.denseblock3")
    x = transition(x, 512, name="features.transition3")
    x = denseblock(x, 16, name="features.denseblock4")
    x = BatchNormalization(name="features.norm5")(x)
    x = layers.ReLU()(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(
        classes,
        kernel_initializer=keras.initializers.VarianceScaling(
            scale=1 / 3, distribution="uniform"
        ),
        name="classifier",
    )(x)
    return keras.Model(image, x, name="densenet121")


if __name__ == "__main__":
    from pathlib import Path

    model = densenet121()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
