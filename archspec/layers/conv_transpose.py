"""Transposed convolution.

`same` makes size * stride of a size, as in Keras.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo
from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Kernel, Layer, Shape, TensorType, WeightSpec, shown
from archspec.layers.activation import OptionalActivation
from archspec.layers.attributes import Flag, Padding, Pair, PairFromZero, Size, refuse
from archspec.layers.axes import if_known
from archspec.layers.initializers import BiasInitializer, Initializer
from archspec.layers.window import Edges, extent, image


def _below_strides(output_padding: tuple[int, int] | None, info: ValidationInfo) -> tuple[int, int] | None:
    strides = info.data.get("strides")
    if output_padding and strides and any(map(int.__ge__, output_padding, strides)):
        refuse(f"must be below the strides, {strides}")
    return output_padding


class Conv2DTranspose(Layer):
    """The transpose of a convolution: each element of the image adds its multiple of the kernel to the output.

    Its kernel is (height, width, filters, input channels). The whole result has (size - 1) * stride + kernel elements;
    `padding` is how many of them are left out on each side, and `output_padding` how many are added at the end.
    """

    silent = frozenset({"filters", "use_bias"})
    filters: Size
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    output_padding: Annotated[PairFromZero | None, AfterValidator(_below_strides)] = None
    dilation_rate: Pair = (1, 1)
    activation: OptionalActivation = None
    use_bias: Flag = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: BiasInitializer = "zeros"

    @property
    def reach(self) -> tuple[int, int]:
        """How far the kernel reaches when it is dilated (vertical, horizontal)."""
        return extent(self.kernel_size[0], self.dilation_rate[0]), extent(self.kernel_size[1], self.dilation_rate[1])

    @property
    def crops(self) -> tuple[Edges, Edges]:
        """What is left out of the whole result, ((top, bottom), (left, right)); below 0 where elements are added.

        They do not depend on the input's size, whatever words say them.
        """
        explicit = self.padding if isinstance(self.padding, tuple) else (None, None)
        more = self.output_padding or (None, None)
        vertical, horizontal = (
            _crop(self.reach[axis], self.strides[axis], explicit[axis] or str(self.padding), more[axis])
            for axis in (0, 1)
        )
        return vertical, horizontal

    @override
    def kernel(self) -> Kernel:
        return Kernel(outputs=(2,))

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        sizes = image(read.axes)[:2]
        whole = [if_known(size, partial(self._whole, axis)) for axis, size in enumerate(sizes)]
        left = [None if size is None else size - sum(crop) for size, crop in zip(whole, self.crops, strict=True)]
        if any(size is not None and size < 1 for size in left):
            raise ShapeError(f"padding {self.padding} leaves nothing of the whole result, which is {shown(whole)}")
        return read.with_axes((*left, self.filters))

    def _whole(self, axis: int, size: int) -> int:
        """How many elements the whole result has along an axis of this length."""
        return (size - 1) * self.strides[axis] + self.reach[axis]

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (*self.kernel_size, self.filters, inputs[0].channels)
        # PyTorch counts a transposed kernel's filters as its inputs, and so does Keras.
        fan_in = math.prod(shape[:-1])
        kernel = WeightSpec("kernel", shape, self.kernel_initializer, torch_fan_in=fan_in, role="kernel")
        bias = WeightSpec("bias", (self.filters,), self.bias_initializer, torch_fan_in=fan_in, role="shift")
        return (kernel, bias) if self.use_bias else (kernel,)

    @override
    def multiply_adds(self, inputs: Sequence[Shape], output: Shape) -> int:
        return math.prod(inputs[0]) * math.prod(self.kernel_size) * self.filters


def _crop(reach: int, stride: int, padding: Edges | str, output_padding: int | None) -> Edges:
    """What is left out of one axis: PyTorch's rule for numbers, Keras's for words."""
    if isinstance(padding, tuple):
        return padding[0], padding[1] - (output_padding or 0)
    if padding == "valid":
        return 0, -(max(stride - reach, 0) if output_padding is None else output_padding)
    # What "same" adds to the output when the convolution, whose transpose this is, reads it: size * stride elements,
    # or with an output padding (size - 1) * stride + reach % 2 + output_padding.
    total = reach - stride if output_padding is None else reach - reach % 2 - output_padding
    before = max(total, 0) // 2
    return before, total - before
