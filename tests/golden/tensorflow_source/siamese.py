"""siamese."""

import keras
from keras import layers


def siamese() -> keras.Model:
    first = keras.Input((28, 28, 1), name="first")
    second = keras.Input((28, 28, 1), name="second")
    tower_0_layer = layers.Conv2D(16, 3, padding="same", name="tower.0")
    x = tower_0_layer(first)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    tower_3_layer = layers.Conv2D(32, 3, padding="same", name="tower.3")
    x = tower_3_layer(x)
    x = layers.ReLU()(x)
    features = layers.GlobalAveragePooling2D()(x)
    x = tower_0_layer(second)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    x = tower_3_layer(x)
    x = layers.ReLU()(x)
    x = layers.GlobalAveragePooling2D()(x)
    difference = layers.Subtract(name="difference")([features, x])
    product = layers.Multiply(name="product")([features, x])
    x = layers.Concatenate()([difference, product])
    same = layers.Dense(1, activation="sigmoid", name="same")(x)
    return keras.Model(
        [first, second], {"same": same, "features": features}, name="siamese"
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
