"""y_network: Atienza, Advanced Deep Learning with TensorFlow 2 and Keras, chapter 2"""

import keras
from keras import KerasTensor, layers


def stage(x: KerasTensor, filters: int, dilation: int, *, name: str) -> KerasTensor:
    x = layers.Conv2D(
        filters,
        3,
        padding="same",
        dilation_rate=dilation,
        activation="relu",
        name=f"{name}.conv",
    )(x)
    x = layers.Dropout(0.4)(x)
    return layers.MaxPooling2D(2)(x)


def tower(x: KerasTensor, dilation: int = 1, *, name: str) -> KerasTensor:
    for i in range(3):
        x = stage(x, 32 * 2**i, dilation, name=f"{name}.{i}")
    return x


def y_network() -> keras.Model:
    left = keras.Input((28, 28, 1), name="left")
    right = keras.Input((28, 28, 1), name="right")
    left_tower = tower(left, name="left_tower")
    right_tower = tower(right, dilation=2, name="right_tower")
    x = layers.Concatenate()([left_tower, right_tower])
    x = layers.Flatten()(x)
    x = layers.Dropout(0.4)(x)
    x = layers.Dense(10, activation="softmax", name="fc")(x)
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
