"""resnet50: He et al. 2015, arXiv:1512.03385, but the stride is on the 3x3
convolution; ResNeXt is from Xie et al. 2016, arXiv:1611.05431, the wide ones are
from Zagoruyko and Komodakis 2016, arXiv:1605.07146
"""

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
BatchNormalization = partial(layers.BatchNormalization, momentum=0.9, epsilon=1e-05)
Conv2D = partial(layers.Conv2D, use_bias=False, kernel_initializer=KERNEL_INITIALIZER)


def projection(x: KerasTensor, filters: int, strides: int, *, name: str) -> KerasTensor:
    x = Conv2D(filters, 1, strides=strides, name=f"{name}.0")(x)
    return BatchNormalization(name=f"{name}.1")(x)


def bottleneck(
    x: KerasTensor, filters: int, strides: int = 1, project: bool = False, *, name: str
) -> KerasTensor:
    y = Conv2D(filters, 1, name=f"{name}.conv1")(x)
    y = BatchNormalization(name=f"{name}.bn1")(y)
    y = layers.ReLU()(y)
    y = layers.ZeroPadding2D(1)(y)
    y = Conv2D(filters, 3, strides=strides, name=f"{name}.conv2")(y)
    y = BatchNormalization(name=f"{name}.bn2")(y)
    y = layers.ReLU()(y)
    y = Conv2D(4 * filters, 1, name=f"{name}.conv3")(y)
    bn3 = BatchNormalization(name=f"{name}.bn3")(y)
    if project:
        x = projection(x, 4 * filters, strides, name=f"{name}.downsample")
    x = layers.Add()([x, bn3])
    return layers.ReLU()(x)


def resnet50(classes: int = 1000) -> keras.Model:
    image = keras.Input((224, 224, 3), name="image")
    x = layers.ZeroPadding2D(3)(image)
    x = Conv2D(64, 7, strides=2, name="conv1")(x)
    x = BatchNormalization(name="bn1")(x)
    x = layers.ReLU()(x)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    for i in range(3):
        x = bottleneck(x, 64, project=i == 0, name=f"layer1.{i}")
    for i in range(4):
        x = bottleneck(
            x, 128, strides=2 if i == 0 else 1, project=i == 0, name=f"layer2.{i}"
        )
    for i in range(6):
        x = bottleneck(
            x, 256, strides=2 if i == 0 else 1, project=i == 0, name=f"layer3.{i}"
        )
    for i in range(3):
        x = bottleneck(
            x, 512, strides=2 if i == 0 else 1, project=i == 0, name=f"layer4.{i}"
        )
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(
        classes,
        kernel_initializer=keras.initializers.VarianceScaling(
            scale=1 / 3, distribution="uniform"
        ),
        bias_initializer=torch_bias(2048),
        name="fc",
    )(x)
    return keras.Model(image, x, name="resnet50")


if __name__ == "__main__":
    from pathlib import Path

    model = resnet50()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    print(outputs.shape)
