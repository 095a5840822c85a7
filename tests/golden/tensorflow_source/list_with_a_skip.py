"""list_with_a_skip."""

import keras
from keras import layers


def list_with_a_skip() -> keras.Model:
    input_ = keras.Input((32, 32, 3), name="input")
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="0")(input_)
    y = layers.Conv2D(16, 3, padding="same", use_bias=False, name="2")(x)
    y = layers.BatchNormalization(name="3")(y)
    y = layers.ReLU()(y)
    y = layers.Conv2D(16, 3, padding="same", use_bias=False, name="5")(y)
    y = layers.BatchNormalization(name="6")(y)
    x = layers.Add()([x, y])
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(64, activation="relu", name="11")(x)
    x = layers.Dense(10, name="13")(x)
    return keras.Model(input_, x, name="list_with_a_skip")


if __name__ == "__main__":
    from pathlib import Path

    model = list_with_a_skip()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 32, 32, 3)), training=False)
    print(outputs.shape)
