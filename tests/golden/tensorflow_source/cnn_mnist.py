"""cnn_mnist: Atienza, Advanced Deep Learning with TensorFlow 2 and Keras, chapter 2"""

import keras
from keras import layers


def cnn_mnist(
    filters: int = 64, dropout: float = 0.3, classes: int = 10
) -> keras.Model:
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(filters, 3, activation="relu", name="conv1")(image)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(filters, 3, activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(filters, 3, activation="relu", name="conv3")(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Dense(classes, activation="softmax", name="fc")(x)
    return keras.Model(image, x, name="cnn_mnist")


if __name__ == "__main__":
    from pathlib import Path

    model = cnn_mnist()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 28, 28, 1)), training=False)
    print(outputs.shape)
