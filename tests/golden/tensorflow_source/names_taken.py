"""names_taken."""

import keras
from keras import KerasTensor, layers


def block(
    x: KerasTensor, channels_: int, layers_: int = 2, *, name: str
) -> KerasTensor:
    for i in range(layers_):
        x = layers.Conv2D(channels_, 3, padding="same", name=f"{name}.convs.{i}")(x)
    return layers.ReLU()(x)


def names_taken(channels_: int = 16, layers_: int = 3) -> keras.Model:
    image = keras.Input((32, 32, 3), name="image")
    x = block(image, channels_, name="a")
    x = block(x, 2 * channels_, layers_=layers_, name="b")
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(10, name="fc")(x)
    return keras.Model(image, x, name="names_taken")


if __name__ == "__main__":
    from pathlib import Path

    model = names_taken()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 32, 32, 3)), training=False)
    print(outputs.shape)
