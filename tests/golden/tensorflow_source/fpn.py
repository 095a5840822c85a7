"""fpn: after Lin et al. 2016, arXiv:1612.03144"""

import keras
from keras import KerasTensor, layers


def stage_block(x: KerasTensor, filters: int, *, name: str) -> KerasTensor:
    x = layers.ZeroPadding2D(1)(x)
    x = layers.Conv2D(filters, 3, strides=2, use_bias=False, name=f"{name}.conv")(x)
    x = layers.BatchNormalization(name=f"{name}.bn")(x)
    return layers.ReLU()(x)


def top_down(
    stage: KerasTensor, above: KerasTensor, features: int, *, name: str
) -> KerasTensor:
    lateral = layers.Conv2D(features, 1, name=f"{name}.lateral")(stage)
    upsampled = layers.UpSampling2D(2, name=f"{name}.upsampled")(above)
    return layers.Add(name=f"{name}.sum")([lateral, upsampled])


def fpn(width: int = 32, features: int = 64) -> keras.Model:
    image = keras.Input((128, 128, 3), name="image")
    x = stage_block(image, width, name="stem")
    c2 = stage_block(x, width, name="c2")
    c3 = stage_block(c2, 2 * width, name="c3")
    x = stage_block(c3, 4 * width, name="c4")
    p4 = layers.Conv2D(features, 1, name="p4")(x)
    p3 = top_down(c3, p4, features, name="p3")
    x = top_down(c2, p3, features, name="p2")
    out2 = layers.Conv2D(features, 3, padding="same", name="out2")(x)
    out3 = layers.Conv2D(features, 3, padding="same", name="out3")(p3)
    out4 = layers.Conv2D(features, 3, padding="same", name="out4")(p4)
    return keras.Model(image, {"p2": out2, "p3": out3, "p4": out4}, name="fpn")


if __name__ == "__main__":
    from pathlib import Path

    model = fpn()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 128, 128, 3)), training=False)
    for name, output in outputs.items():
        print(name, output.shape)
