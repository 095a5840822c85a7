"""A transposed convolution with dilation, which TensorFlow does not have on a CPU."""

import keras
from keras import KerasTensor, layers, ops


@keras.saving.register_keras_serializable(package="network_layers")
class DilatedConv2DTranspose(layers.Conv2DTranspose):
    """A transposed convolution whose kernel has gaps between its elements."""

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        dilation: int | tuple[int, int] = 1,
        **kwargs,
    ) -> None:
        super().__init__(filters, kernel_size, **kwargs)
        self.dilation = dilation

    def call(self, inputs: KerasTensor) -> KerasTensor:
        # Without an output padding Keras would add one to a kernel below the strides.
        more = self.output_padding or (0, 0)
        outputs = ops.conv_transpose(
            inputs, self._dilated(), self.strides, "valid", more
        )
        return outputs + self.bias if self.use_bias else outputs

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *sizes, _ = input_shape
        more = self.output_padding or (0, 0)
        lengths = [
            None if size is None else (size - 1) * stride + reach + rest
            for size, stride, reach, rest in zip(
                sizes, self.strides, self._reach(), more
            )
        ]
        return (batch, *lengths, self.filters)

    def get_config(self) -> dict:
        return {**super().get_config(), "dilation": self.dilation}

    def _gaps(self) -> tuple[int, int]:
        both = self.dilation
        return tuple(both) if isinstance(both, (tuple, list)) else (both, both)

    def _reach(self) -> list[int]:
        return [
            (size - 1) * gap + 1 for size, gap in zip(self.kernel_size, self._gaps())
        ]

    def _dilated(self) -> KerasTensor:
        (height, width), (down, across) = self.kernel_size, self._gaps()
        rows, columns = self._reach()
        features = self.kernel.shape[2:]
        kernel = ops.reshape(self.kernel, (height, 1, width, 1, *features))
        zeros = ((0, 0), (0, down - 1), (0, 0), (0, across - 1), (0, 0), (0, 0))
        kernel = ops.pad(kernel, zeros)
        kernel = ops.reshape(kernel, (height * down, width * across, *features))
        return kernel[:rows, :columns]
