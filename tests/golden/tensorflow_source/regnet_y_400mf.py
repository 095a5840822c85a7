"""regnet_y_400mf: Radosavovic et al. 2020, arXiv:2003.13678; named as in torchvision"""

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


KERNEL_INITIALIZER = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"},
}
Conv2D = partial(layers.Conv2D, kernel_initializer=KERNEL_INITIALIZER)


def conv_norm(
    x: KerasTensor,
    filters: int,
    kernel_size: int = 1,
    strides: int = 1,
    groups: int = 1,
    relu: bool = True,
    *,
    name: str,
) -> KerasTensor:
    if kernel_size > 1:
        x = layers.ZeroPadding2D(kernel_size // 2)(x)
    x = Conv2D(
        filters,
        kernel_size,
        strides=strides,
        groups=groups,
        use_bias=False,
        name=f"{name}.0",
    )(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-05, name=f"{name}.1")(x)
    if relu:
        x = layers.ReLU()(x)
    return x


def squeeze_excitation(x: KerasTensor, squeezed: int, *, name: str) -> KerasTensor:
    in_channels = x.shape[-1]
    y = layers.GlobalAveragePooling2D(keepdims=True)(x)
    y = Conv2D(
        squeezed,
        1,
        bias_initializer=torch_bias(in_channels),
        activation="relu",
        name=f"{name}.fc1",
    )(y)
    y = Conv2D(
        in_channels,
        1,
        bias_initializer=torch_bias(squeezed),
        activation="sigmoid",
        name=f"{name}.fc2",
    )(y)
    return layers.Multiply()([x, y])


def block(x: KerasTensor, filters: int, strides: int, *, name: str) -> KerasTensor:
    in_channels = x.shape[-1]
    project = strides > 1 or in_channels != filters
    y = conv_norm(x, filters, name=f"{name}.f.a")
    y = conv_norm(
        y,
        filters,
        kernel_size=3,
        strides=strides,
        groups=filters // min(8, filters),
        name=f"{name}.f.b",
    )
    y = squeeze_excitation(y, round(in_channels / 4), name=f"{name}.f.se")
    f = conv_norm(y, filters, relu=False, name=f"{name}.f.c")
    if project:
        x = conv_norm(x, filters, strides=strides, relu=False, name=f"{name}.proj")
    x = layers.Add()([x, f])
    return layers.ReLU()(x)


def stage(
    x: KerasTensor, number: int, depth: int, filters: int, *, name: str
) -> KerasTensor:
    for i in range(depth):
        x = block(x, filters, 2 if i == 0 else 1, name=f"{name}.block{number}-{i}")
    return x


def regnet_y_400mf(classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = conv_norm(image, 32, kernel_size=3, strides=2, name="stem")
    x = stage(x, 1, 1, 48, name="trunk_output.block1")
    x = stage(x, 2, 3, 104, name="trunk_output.block2")
    x = stage(x, 3, 6, 208, name="trunk_output.block3")
    x = stage(x, 4, 6, 440, name="trunk_output.block4")
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(
        classes,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        name="fc",
    )(x)
    return keras.Model(image, x, name="regnet_y_400mf")


if __name__ == "__main__":
    from pathlib import Path

    model = regnet_y_400mf()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
