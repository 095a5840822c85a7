"""Adaptive pooling of images of any size, which Keras has for known sizes only."""

import keras
from keras import KerasTensor, layers, ops


@keras.saving.register_keras_serializable(package="network_layers")
class AnySizePooling2D(layers.Layer):
    """Reduce each window of an image by the mean or the max, for a fixed output size."""

    def __init__(
        self, output_size: int | tuple[int, int], reduction: str, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        self.output_size = output_size
        self.reduction = reduction

    def call(self, inputs: KerasTensor) -> KerasTensor:
        reduce = getattr(ops, self.reduction)
        for axis, count in enumerate(self._counts(), start=1):
            size = ops.shape(inputs)[axis]
            before = (slice(None),) * axis
            windows = [
                slice(i * size // count, -(-(i + 1) * size // count))
                for i in range(count)
            ]
            parts = [
                reduce(inputs[(*before, window)], axis=axis, keepdims=True)
                for window in windows
            ]
            inputs = ops.concatenate(parts, axis=axis)
        return inputs

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], *self._counts(), input_shape[-1])

    def get_config(self) -> dict:
        own = {"output_size": self.output_size, "reduction": self.reduction}
        return {**super().get_config(), **own}

    def _counts(self) -> tuple[int, int]:
        both = self.output_size
        return tuple(both) if isinstance(both, (tuple, list)) else (both, both)
