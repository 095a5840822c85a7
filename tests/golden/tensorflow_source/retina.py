"""retina: after Lin et al. 2017, arXiv:1708.02002"""

from functools import partial

import keras
from keras import KerasTensor, layers

Conv2D = partial(layers.Conv2D, kernel_initializer="random_normal")


def stage_block(x: KerasTensor, filters: int, *, name: str) -> KerasTensor:
    x = layers.ZeroPadding2D(1)(x)
    x = Conv2D(filters, 3, strides=2, use_bias=False, name=f"{name}.conv")(x)
    x = layers.BatchNormalization(name=f"{name}.bn")(x)
    return layers.ReLU()(x)


def top_down(
    stage: KerasTensor, above: KerasTensor, features: int, *, name: str
) -> KerasTensor:
    lateral = Conv2D(features, 1, name=f"{name}.lateral")(stage)
    upsampled = layers.UpSampling2D(2, name=f"{name}.upsampled")(above)
    return layers.Add(name=f"{name}.sum")([lateral, upsampled])


def head(
    x: KerasTensor,
    features: int,
    outputs: int,
    depth: int,
    bias_initializer: keras.initializers.Initializer | str,
    *,
    name: str,
) -> KerasTensor:
    for i in range(depth):
        x = Conv2D(
            features, 3, padding="same", use_bias=False, name=f"{name}.tower.{i}.conv"
        )(x)
        x = layers.BatchNormalization(name=f"{name}.tower.{i}.bn")(x)
        x = layers.ReLU()(x)
    return Conv2D(
        outputs,
        3,
        padding="same",
        bias_initializer=bias_initializer,
        name=f"{name}.predict",
    )(x)


def retina(
    classes: int = 4, anchors: int = 3, features: int = 32, depth: int = 4
) -> keras.Model:
    image = keras.Input((None, None, 3), name="image")
    x = stage_block(image, 16, name="stem")
    x = stage_block(x, 16, name="c2")
    c3 = stage_block(x, 32, name="c3")
    c4 = stage_block(c3, 64, name="c4")
    c5 = stage_block(c4, 128, name="c5")
    p5 = Conv2D(features, 1, name="p5")(c5)
    p4 = top_down(c4, p5, features, name="p4")
    p3 = top_down(c3, p4, features, name="p3")
    x = layers.ZeroPadding2D(1)(c5)
    p6 = Conv2D(features, 3, strides=2, name="p6")(x)
    x = layers.ReLU(name="relu")(p6)
    x = layers.ZeroPadding2D(1)(x)
    p7 = Conv2D(features, 3, strides=2, name="p7")(x)
    classes_input = keras.Input(p3.shape[1:])
    classes_model = keras.Model(
        classes_input,
        head(
            classes_input,
            features,
            classes * anchors,
            depth,
            keras.initializers.Constant(-4.6),
            name="classes",
        ),
        name="classes",
    )
    classes_p3 = classes_model(p3)
    classes_p4 = classes_model(p4)
    classes_p5 = classes_model(p5)
    classes_p6 = classes_model(p6)
    classes_p7 = classes_model(p7)
    boxes_input = keras.Input(p3.shape[1:])
    boxes_model = keras.Model(
        boxes_input,
        head(boxes_input, features, 4 * anchors, depth, "zeros", name="boxes"),
        name="boxes",
    )
    boxes_p3 = boxes_model(p3)
    boxes_p4 = boxes_model(p4)
    boxes_p5 = boxes_model(p5)
    boxes_p6 = boxes_model(p6)
    boxes_p7 = boxes_model(p7)
    return keras.Model(
        image,
        {
            "classes_p3": classes_p3,
            "classes_p4": classes_p4,
            "classes_p5": classes_p5,
            "classes_p6": classes_p6,
            "classes_p7": classes_p7,
            "boxes_p3": boxes_p3,
            "boxes_p4": boxes_p4,
            "boxes_p5": boxes_p5,
            "boxes_p6": boxes_p6,
            "boxes_p7": boxes_p7,
        },
        name="retina",
    )


if __name__ == "__main__":
    from pathlib import Path

    model = retina()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 224, 224, 3)), training=False)
    for name, output in outputs.items():
        print(name, output.shape)
