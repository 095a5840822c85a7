"""deviations."""

import keras
from keras import KerasTensor, layers, ops


@keras.saving.register_keras_serializable(package="network_layers")
class LocalResponseNormalization(layers.Layer):
    """Divides by (bias + alpha * sum of squares over `size` channels) ** beta."""

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        bias: float = 2.0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.bias = bias

    def call(self, inputs: KerasTensor) -> KerasTensor:
        channels = inputs.shape[-1]
        reach = self.size // 2
        margins = [(0, 0)] * (len(inputs.shape) - 1) + [(reach, reach)]
        squares = ops.pad(ops.square(inputs), margins)
        total = sum(squares[..., i : i + channels] for i in range(self.size))
        return inputs / (self.bias + self.alpha * total) ** self.beta

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        config = super().get_config()
        config["size"] = self.size
        config["alpha"] = self.alpha
        config["beta"] = self.beta
        config["bias"] = self.bias
        return config


@keras.saving.register_keras_serializable(package="network_layers")
class PaddedAveragePooling2D(layers.AveragePooling2D):
    """Average pooling that leaves ((top, bottom), (left, right)) margins uncounted."""

    def __init__(
        self,
        pool_size: int | tuple[int, int],
        strides: int | tuple[int, int] | None = None,
        margins: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
        **kwargs,
    ) -> None:
        super().__init__(pool_size, strides, **kwargs)
        self.margins = margins

    def call(self, inputs: KerasTensor) -> KerasTensor:
        image = ops.ones_like(inputs[:1, :, :, :1])
        return super().call(self._pad(inputs)) / super().call(self._pad(image))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *sizes, channels = input_shape
        padded = [
            None if size is None else size + sum(edges)
            for size, edges in zip(sizes, self.margins)
        ]
        return super().compute_output_shape((batch, *padded, channels))

    def get_config(self) -> dict:
        return {**super().get_config(), "margins": self.margins}

    def _pad(self, image: KerasTensor) -> KerasTensor:
        return ops.pad(image, ((0, 0), *self.margins, (0, 0)))


@keras.saving.register_keras_serializable(package="network_layers")
class Scale(layers.Layer):
    """Scales and shifts each channel: inputs * gamma + beta."""

    def __init__(
        self,
        beta_initializer: str = "zeros",
        gamma_initializer: str = "ones",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.beta_initializer = beta_initializer
        self.gamma_initializer = gamma_initializer

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(shape, self.gamma_initializer, name="gamma")
        self.beta = self.add_weight(shape, self.beta_initializer, name="beta")

    def call(self, inputs: KerasTensor) -> KerasTensor:
        return inputs * self.gamma + self.beta

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict:
        config = super().get_config()
        config["beta_initializer"] = self.beta_initializer
        config["gamma_initializer"] = self.gamma_initializer
        return config


def deviations() -> keras.Model:
    image = keras.Input((30, 31, 4), name="image")
    x = layers.ZeroPadding2D(((0, 1), (2, 1)))(image)
    x = layers.Conv2D(8, 4, strides=2, name="lopsided")(x)
    x = layers.BatchNormalization(scale=False, name="centred")(x)
    x = layers.PReLU(shared_axes=(1,), name="slopes")(x)
    x = Scale(name="scale")(x)
    x = ops.pad(x, ((0, 0), (1, 0), (0, 1), (0, 0)), constant_values=float("-inf"))
    x = layers.MaxPooling2D(3, strides=2, name="deepest")(x)
    x = LocalResponseNormalization(size=3, alpha=0.001, bias=1.0, name="response")(x)
    x = PaddedAveragePooling2D(
        3, strides=1, margins=((2, 0), (1, 1)), name="uncounted"
    )(x)
    x = layers.ReLU(4.0, negative_slope=0.1, threshold=0.5, name="bounded")(x)
    x = layers.Dense(6, activation="gelu", name="channels")(x)
    x = layers.Reshape((6, -1, 2), name="turned")(x)
    x = layers.GlobalMaxPooling2D(name="largest")(x)
    return keras.Model(image, x, name="deviations")


if __name__ == "__main__":
    from pathlib import Path

    model = deviations()
    weights = Path(__file__).with_name("model.weights.h5")
    if weights.exists():
        model.load_weights(weights)
    outputs = model(keras.random.uniform((1, 30, 31, 4)), training=False)
    print(outputs.shape)
