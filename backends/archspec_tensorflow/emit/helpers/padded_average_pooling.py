"""Average pooling of an image with margins."""

import keras
from keras import KerasTensor, layers, ops


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
