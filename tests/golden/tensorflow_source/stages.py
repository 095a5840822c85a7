"""stages."""

import keras
from keras import layers


def stages() -> keras.Model:
    image = keras.Input((64, 64, 3), name="image")
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="features.0")(
        image
    )
    half = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="features.3")(half)
    quarter = layers.MaxPooling2D(2)(x)
    deepest = layers.Conv2D(
        64, 3, padding="same", activation="relu", name="features.6"
    )(quarter)
    return keras.Model(
        image, {"half": half, "quarter": quarter, "deepest": deepest}, name="stages"
    )


if __name__ == "__main__":
    from pathlib import Path

    model = stages()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 64, 64, 3)), training=False)
    for name, output in outputs.items():
        print(name, output.shape)
