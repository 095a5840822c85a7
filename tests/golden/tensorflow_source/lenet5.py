"""lenet5: LeCun et al. 1998, 'Gradient-based learning applied to document
recognition'
"""

import keras
from keras import layers


def lenet5(classes: int = 10) -> keras.Model:
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(20, 5, name="conv1")(image)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = layers.Conv2D(50, 5, name="conv2")(x)
    x = layers.MaxPooling2D(2, name="pool2")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(500, activation="relu", name="fc1")(x)
    x = layers.Dense(classes, activation="softmax", name="fc2")(x)
    return keras.Model(image, x, name="lenet5")


if __name__ == "__main__":
    from pathlib import Path

    model = lenet5()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 28, 28, 1)), training=False)
    print(outputs.shape)
