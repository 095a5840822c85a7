"""y_network: Atienza, Advanced Deep Learning with TensorFlow 2 and Keras, chapter 2"""

import keras
from keras import KerasTensor, layers


def stage(
    x: KerasTensor,
    filters: int,
    dilation: int,
    kernel_size: int,
    dropout: float,
    *,
    name: str,
) -> KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        dilation_rate=dilation,
        activation="relu",
        name=f"{name}.conv",
    )(x)
    x = layers.Dropout(dropout)(x)
    return layers.MaxPooling2D(2)(x)


def tower(
    x: KerasTensor,
    filters: int,
    kernel_size: int,
    dropout: float,
    dilation: int = 1,
    *,
    name: str,
) -> KerasTensor:
    for i in range(3):
        x = stage(x, filters * 2**i, dilation, kernel_size, dropout, name=f"{name}.{i}")
    return x


def y_network(
    filters: int = 32, kernel_size: int = 3, dropout: float = 0.4, classes: int = 10
) -> keras.Model:
    left = keras.Input((28, 28, 1), name="left")
    right = keras.Input((28, 28, 1), name="right")
    left_tower = tower(left, filters, kernel_size, dropout, name="left_tower")
    right_tower = tower(
        right, filters, kernel_size, dropout, dilation=2, name="right_tower"
    )
    x = layers.Concatenate()([left_tower, right_tower])
    x = layers.Flatten()(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Dense(classes, activation="softmax", name="fc")(x)
    return keras.Model([left, right], x, name="y_network")


if __name__ == "__main__":
    from pathlib import Path

    model = y_network()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(
        [keras.random.uniform((1, 28, 28, 1)), keras.random.uniform((1, 28, 28, 1))],
        training=False,
    )
    print(outputs.shape)
