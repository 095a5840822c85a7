"""Bilinear interpolation in the precision of the image; TensorFlow's own is in float32."""

from keras import KerasTensor, ops


def resize_bilinear(x: KerasTensor, height: int, width: int) -> KerasTensor:
    """Resize an image linearly between pixel centres, in its own precision."""
    for axis, size in ((1, height), (2, width)):
        last = x.shape[axis] - 1
        centers = (ops.arange(size, dtype=x.dtype) + 0.5) * (x.shape[axis] / size)
        centers = ops.clip(centers - 0.5, 0, last)
        before = ops.cast(centers, "int32")
        after = ops.minimum(before + 1, last)
        share = centers - ops.cast(before, x.dtype)
        share = ops.expand_dims(share, (1, 2) if axis == 1 else 1)
        low = ops.take(x, before, axis=axis)
        x = low + share * (ops.take(x, after, axis=axis) - low)
    return x


def upsample_bilinear(x: KerasTensor, size: int | tuple[int, int]) -> KerasTensor:
    """Upsample an image linearly between pixel centres, in its own precision."""
    rows, columns = size if isinstance(size, tuple) else (size, size)
    return resize_bilinear(x, x.shape[1] * rows, x.shape[2] * columns)
