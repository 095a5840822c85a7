"""nasnet_mobile: Zoph et al. 2017, arXiv:1707.07012, as keras.applications has it"""

from collections.abc import Callable
from functools import partial

import keras
from keras import KerasTensor, layers

BatchNormalization = partial(layers.BatchNormalization, momentum=0.9997)
Conv2D = partial(layers.Conv2D, use_bias=False, kernel_initializer="he_normal")


def halving_projection(x: KerasTensor, filters: int, *, name: str) -> KerasTensor:
    x = layers.ReLU()(x)
    y = layers.AveragePooling2D(1, strides=2)(x)
    conv1 = Conv2D(filters // 2, 1, name=f"{name}.conv1")(y)
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = layers.Cropping2D(((1, 0), (1, 0)))(x)
    x = layers.AveragePooling2D(1, strides=2)(x)
    conv2 = Conv2D(filters // 2, 1, name=f"{name}.conv2")(x)
    x = layers.Concatenate()([conv1, conv2])
    return BatchNormalization(name=f"{name}.bn")(x)


def projection(x: KerasTensor, filters: int, *, name: str) -> KerasTensor:
    x = layers.ReLU()(x)
    x = Conv2D(filters, 1, name=f"{name}.conv")(x)
    return BatchNormalization(name=f"{name}.bn")(x)


def separable(
    x: KerasTensor,
    filters: int,
    kernel_size: int,
    strides: int = 1,
    odd: int = 0,
    *,
    name: str,
) -> KerasTensor:
    half = kernel_size // 2
    x = layers.ReLU()(x)
    if strides > 1:
        x = layers.ZeroPadding2D(
            ((half - 1 + odd, half), (half - 1 + odd, half)), name=f"{name}.pad"
        )(x)
    x = layers.DepthwiseConv2D(
        kernel_size,
        strides=strides,
        padding="valid" if strides > 1 else "same",
        use_bias=False,
        name=f"{name}.conv1.depthwise",
    )(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}.conv1.pointwise")(x)
    x = BatchNormalization(name=f"{name}.bn1")(x)
    x = layers.ReLU()(x)
    x = layers.DepthwiseConv2D(
        kernel_size, padding="same", use_bias=False, name=f"{name}.conv2.depthwise"
    )(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}.conv2.pointwise")(x)
    return BatchNormalization(name=f"{name}.bn2")(x)


def reduction(
    current: KerasTensor, previous: KerasTensor, filters: int, odd: int, *, name: str
) -> KerasTensor:
    h = projection(current, filters, name=f"{name}.h")
    padded = layers.ZeroPadding2D(((odd, 1), (odd, 1)), name=f"{name}.padded")(h)
    left1 = separable(h, filters, 5, strides=2, odd=odd, name=f"{name}.left1")
    right1 = separable(previous, filters, 7, strides=2, odd=odd, name=f"{name}.right1")
    sum1 = layers.Add(name=f"{name}.sum1")([left1, right1])
    left2 = layers.MaxPooling2D(3, strides=2, name=f"{name}.left2")(padded)
    right2 = separable(previous, filters, 7, strides=2, odd=odd, name=f"{name}.right2")
    sum2 = layers.Add(name=f"{name}.sum2")([left2, right2])
    left3 = layers.AveragePooling2D(3, strides=2, name=f"{name}.left3")(padded)
    right3 = separable(previous, filters, 5, strides=2, odd=odd, name=f"{name}.right3")
    sum3 = layers.Add(name=f"{name}.sum3")([left3, right3])
    right4 = layers.AveragePooling2D(
        3, strides=1, padding="same", name=f"{name}.right4"
    )(sum1)
    sum4 = layers.Add(name=f"{name}.sum4")([sum2, right4])
    left5 = separable(sum1, filters, 3, name=f"{name}.left5")
    right5 = layers.MaxPooling2D(3, strides=2, name=f"{name}.right5")(padded)
    sum5 = layers.Add(name=f"{name}.sum5")([left5, right5])
    return layers.Concatenate()([sum2, sum3, sum4, sum5])


def reduction_cell(
    current: KerasTensor,
    previous: KerasTensor,
    filters: int,
    odd: int,
    fit: Callable[..., KerasTensor] | str = projection,
    *,
    name: str,
) -> KerasTensor:
    x = current
    if fit != "none":
        x = fit(previous, filters, name=f"{name}.fit")
    return reduction(current, x, filters, odd, name=f"{name}.body")


def normal(
    current: KerasTensor, previous: KerasTensor, filters: int, *, name: str
) -> KerasTensor:
    h = projection(current, filters, name=f"{name}.h")
    left1 = separable(h, filters, 5, name=f"{name}.left1")
    right1 = separable(previous, filters, 3, name=f"{name}.right1")
    sum1 = layers.Add(name=f"{name}.sum1")([left1, right1])
    left2 = separable(previous, filters, 5, name=f"{name}.left2")
    right2 = separable(previous, filters, 3, name=f"{name}.right2")
    sum2 = layers.Add(name=f"{name}.sum2")([left2, right2])
    left3 = layers.AveragePooling2D(3, strides=1, padding="same", name=f"{name}.left3")(
        h
    )
    sum3 = layers.Add(name=f"{name}.sum3")([left3, previous])
    left4 = layers.AveragePooling2D(3, strides=1, padding="same", name=f"{name}.left4")(
        previous
    )
    right4 = layers.AveragePooling2D(
        3, strides=1, padding="same", name=f"{name}.right4"
    )(previous)
    sum4 = layers.Add(name=f"{name}.sum4")([left4, right4])
    left5 = separable(h, filters, 3, name=f"{name}.left5")
    sum5 = layers.Add(name=f"{name}.sum5")([left5, h])
    return layers.Concatenate()([previous, sum1, sum2, sum3, sum4, sum5])


def normal_cell(
    current: KerasTensor,
    previous: KerasTensor,
    filters: int,
    fit: Callable[..., KerasTensor] = projection,
    *,
    name: str,
) -> KerasTensor:
    x = fit(previous, filters, name=f"{name}.fit")
    return normal(current, x, filters, name=f"{name}.body")


def nasnet_mobile(classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = Conv2D(32, 3, strides=2, name="cell0.conv")(image)
    cell0 = BatchNormalization(name="cell0.bn")(x)
    cell1 = reduction_cell(cell0, cell0, 11, 1, fit="none", name="cell1")
    cell2 = reduction_cell(cell1, cell0, 22, 0, fit=halving_projection, name="cell2")
    cell3 = normal_cell(cell2, cell1, 44, fit=halving_projection, name="cell3")
    cell4 = normal_cell(cell3, cell2, 44, name="cell4")
    cell5 = normal_cell(cell4, cell3, 44, name="cell5")
    cell6 = normal_cell(cell5, cell4, 44, name="cell6")
    cell7 = reduction_cell(cell6, cell5, 88, 0, name="cell7")
    cell8 = normal_cell(cell7, cell6, 88, fit=halving_projection, name="cell8")
    cell9 = normal_cell(cell8, cell7, 88, name="cell9")
    cell10 = normal_cell(cell9, cell8, 88, name="cell10")
    cell11 = normal_cell(cell10, cell9, 88, name="cell11")
    cell12 = reduction_cell(cell11, cell10, 176, 0, name="cell12")
    cell13 = normal_cell(cell12, cell11, 176, fit=halving_projection, name="cell13")
    cell14 = normal_cell(cell13, cell12, 176, name="cell14")
    cell15 = normal_cell(cell14, cell13, 176, name="cell15")
    x = normal_cell(cell15, cell14, 176, name="cell16")
    x = layers.ReLU()(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(classes, name="predictions")(x)
    return keras.Model(image, x, name="nasnet_mobile")


if __name__ == "__main__":
    from pathlib import Path

    model = nasnet_mobile()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
