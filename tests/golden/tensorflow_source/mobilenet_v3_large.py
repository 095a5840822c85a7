"""mobilenet_v3_large: Howard et al. 2019, arXiv:1905.02244; named as in torchvision"""

from functools import partial

import keras
from keras import KerasTensor, layers


def make_divisible(value: float, divisor: int) -> int:
    """The multiple of the divisor nearest to a number of channels, at least 0.9 of it."""
    multiple = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return multiple + divisor if multiple < 0.9 * value else multiple


KERNEL_INITIALIZER = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"},
}
DENSE_KERNEL_INITIALIZER = {"class_name": "RandomNormal", "config": {"stddev": 0.01}}
Conv2D = partial(layers.Conv2D, kernel_initializer=KERNEL_INITIALIZER)


def conv(
    x: KerasTensor,
    filters: int,
    kernel_size: int = 1,
    strides: int = 1,
    activation: str | None = "hard_swish",
    *,
    name: str,
) -> KerasTensor:
    if kernel_size > 1:
        x = layers.ZeroPadding2D(kernel_size // 2)(x)
    x = Conv2D(filters, kernel_size, strides=strides, use_bias=False, name=f"{name}.0")(
        x
    )
    x = layers.BatchNormalization(name=f"{name}.1")(x)
    if activation is not None:
        x = layers.Activation(activation)(x)
    return x


def depthwise_conv(
    x: KerasTensor, kernel_size: int, strides: int, activation: str, *, name: str
) -> KerasTensor:
    x = layers.ZeroPadding2D(kernel_size // 2)(x)
    x = layers.DepthwiseConv2D(
        kernel_size,
        strides=strides,
        use_bias=False,
        depthwise_initializer=keras.initializers.VarianceScaling(
            scale=2.0, distribution="untruncated_normal"
        ),
        name=f"{name}.0",
    )(x)
    x = layers.BatchNormalization(name=f"{name}.1")(x)
    return layers.Activation(activation)(x)


def squeeze_excitation(x: KerasTensor, *, name: str) -> KerasTensor:
    in_channels = x.shape[-1]
    y = layers.GlobalAveragePooling2D(keepdims=True)(x)
    y = Conv2D(
        make_divisible(in_channels // 4, 8), 1, activation="relu", name=f"{name}.fc1"
    )(y)
    y = Conv2D(in_channels, 1, activation="hard_sigmoid", name=f"{name}.fc2")(y)
    return layers.Multiply()([x, y])


def inverted_residual(
    x: KerasTensor,
    filters: int,
    kernel_size: int,
    strides: int,
    expanded: int,
    excite: bool,
    activation: str,
    *,
    name: str,
) -> KerasTensor:
    in_channels = x.shape[-1]
    skip = strides == 1 and in_channels == filters
    layer = 0
    y = x
    if expanded != in_channels:
        y = conv(x, expanded, activation=activation, name=f"{name}.block.{layer}")
        layer += 1
    y = depthwise_conv(
        y, kernel_size, strides, activation, name=f"{name}.block.{layer}"
    )
    if excite:
        y = squeeze_excitation(y, name=f"{name}.block.{layer + 1}")
        layer += 1
    y = conv(y, filters, activation=None, name=f"{name}.block.{layer + 1}")
    if skip:
        y = layers.Add()([x, y])
    return y


def mobilenet_v3_large(width: float = 1.0, classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = conv(
        image,
        make_divisible(16 * width, 8),
        kernel_size=3,
        strides=2,
        name="features.0",
    )
    for i, (kernel_size, expanded, filters, excite, activation, strides) in enumerate(
        [
            (3, 16, 16, False, "relu", 1),
            (3, 64, 24, False, "relu", 2),
            (3, 72, 24, False, "relu", 1),
            (5, 72, 40, True, "relu", 2),
            (5, 120, 40, True, "relu", 1),
            (5, 120, 40, True, "relu", 1),
            (3, 240, 80, False, "hard_swish", 2),
            (3, 200, 80, False, "hard_swish", 1),
            (3, 184, 80, False, "hard_swish", 1),
            (3, 184, 80, False, "hard_swish", 1),
            (3, 480, 112, True, "hard_swish", 1),
            (3, 672, 112, True, "hard_swish", 1),
            (5, 672, 160, True, "hard_swish", 2),
            (5, 960, 160, True, "hard_swish", 1),
            (5, 960, 160, True, "hard_swish", 1),
        ],
        1,
    ):
        x = inverted_residual(
            x,
            make_divisible(filters * width, 8),
            kernel_size,
            strides,
            make_divisible(expanded * width, 8),
            excite,
            activation,
            name=f"features.{i}",
        )
    channels = x.shape[-1]
    x = conv(x, 6 * channels, name="features.16")
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(
        make_divisible(1280 * width, 8),
        kernel_initializer=DENSE_KERNEL_INITIALIZER,
        activation="hard_swish",
        name="classifier.0",
    )(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(
        classes, kernel_initializer=DENSE_KERNEL_INITIALIZER, name="classifier.3"
    )(x)
    return keras.Model(image, x, name="mobilenet_v3_large")


if __name__ == "__main__":
    from pathlib import Path

    model = mobilenet_v3_large()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
