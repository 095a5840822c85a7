"""siamese."""

import keras
from keras import layers


def siamese() -> keras.Model:
    first = keras.Input((28, 28, 1), name="first")
    second = keras.Input((28, 28, 1), name="second")
    tower_input = keras.Input(first.shape[1:])
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="tower.0")(
        tower_input
    )
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="tower.3")(x)
    x = layers.GlobalAveragePooling2D()(x)
    tower_model = keras.Model(tower_input, x, name="tower")
    tower = tower_model(first)
    again = tower_model(second)
    difference = layers.Subtract(name="difference")([tower, again])
    product = layers.Multiply(name="product")([tower, again])
    x = layers.Concatenate()([difference, product])
    same = layers.Dense(1, activation="sigmoid", name="same")(x)
    return keras.Model(
        [first, second], {"same": same, "features": tower}, name="siamese"
    )


if __name__ == "__main__":
    from pathlib import Path

    model = siamese()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(
        [keras.random.uniform((1, 28, 28, 1)), keras.random.uniform((1, 28, 28, 1))],
        training=False,
    )
    for name, output in outputs.items():
        print(name, output.shape)
