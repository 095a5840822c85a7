"""The words about attributes and initializers that docs/language.md has and the classes do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from archspec.layers import activation, attributes, channels, initializers, resize, shape


def _check(annotated: object) -> object:
    """The check of one of the annotations of `archspec.layers`, which tells them apart."""
    return next(part for part in _parts(annotated) if isinstance(part, attributes.Check))


def _parts(annotated: object) -> tuple[Any, ...]:
    return get_args(annotated)[1:]


VALUES: Mapping[object, str] = {
    _check(attributes.Size): "a whole number from 1",
    _check(attributes.Axis): "an axis: 1 is the first of the shape, -1 the last",
    _check(attributes.SharedAxes): "an axis or a list of them, counted from 1",
    _check(attributes.Whole): "a whole number, below 0 too",
    _check(attributes.Pair): "a whole number from 1, or `[vertical, horizontal]`",
    _check(attributes.PairFromZero): "a whole number, or `[vertical, horizontal]`",
    _check(attributes.Margins): "a whole number, `[vertical, horizontal]` or `[[top, bottom], [left, right]]`",
    _check(attributes.Padding): "see [padding](#padding)",
    _check(attributes.TargetShape): "a list of whole numbers, of which one may be -1",
    _check(attributes.Flag): "true or false",
    _check(attributes.Number): "a number",
    _check(attributes.Positive): "a number above 0",
    _check(attributes.NonNegative): "a number from 0",
    _check(attributes.Fraction): "a number from 0 to 1",
    _check(attributes.Numbers): "a number, or a list with one for each channel",
    _check(attributes.OptionalNumbers): "a number, or a list with one for each channel, or null",
    _check(attributes.OptionalNonNegatives): "a number from 0, or a list with one for each channel, or null",
    _check(attributes.Rate): "a number from 0 to less than 1",
    _check(initializers.Initializer): "see [initializers](#initializers)",
    _check(initializers.BiasInitializer): "see [initializers](#initializers)",
    _check(initializers.VectorInitializer): "see [initializers](#initializers)",
    _check(shape.OrderOfAxes): "a list of the axes, counted from 1",
    _check(channels.BeforeAndAfter): "a whole number, or `[before, after]`",
    _check(resize.Interpolation): "`nearest` or `bilinear`",
    _check(activation.ActivationName): "see [activations](#activations)",
    _check(activation.OptionalActivation): "see [activations](#activations); null or `linear` for none",
}
"""What an attribute may be, by what checks it."""

MEANINGS: Mapping[str, str] = {
    "activation": "what is done to the layer's output",
    "alpha": "what the output tends to, with the other sign, far below 0",
    "alpha_initializer": "what `alpha` begins as",
    "approximate": "the tanh formula instead of the exact one",
    "axis": "the axis of the channels, which can only be the last",
    "beta_initializer": "what `beta` begins as",
    "bias_initializer": "what the bias begins as",
    "ceil_mode": "whether a last window that is only partly inside counts; see [padding](#padding)",
    "center": "whether there is a `beta`",
    "cropping": "how much is left out",
    "count_include_pad": "whether the mean counts the padding; see [padding](#padding)",
    "depth_multiplier": "how many filters each channel has",
    "depthwise_initializer": "what the depthwise kernel begins as",
    "dilation_rate": "how far apart the elements of a window are",
    "dims": "which axis of the input each of the output is",
    "epsilon": "what is added to the variance",
    "filters": "how many filters there are, which is how many channels the output has",
    "gamma_initializer": "what `gamma` begins as",
    "groups": "into how many groups the channels and the filters are divided; it divides both",
    "height": "the output's height",
    "initial_value": "what `gamma` begins as",
    "interpolation": "the nearest pixel, or a straight line between the nearest",
    "keepdims": "whether the output is an image of one element, (1, 1, channels)",
    "kernel_initializer": "what the kernel begins as",
    "kernel_size": "the size of a window",
    "max_value": "the largest output; null for no bound",
    "mean": "what is subtracted; null for a weight",
    "momentum": "the share of the old value that the moving mean and variance keep; PyTorch's is 1 less this",
    "negative_slope": "the slope below 0",
    "offset": "what is added",
    "output_padding": "how many elements are added at the bottom and on the right, fewer than the strides; "
    "null for none, and in the words for `padding` what Keras adds",
    "output_size": "the output's height and width",
    "padding": "what is added around the image",
    "pointwise_initializer": "what the pointwise kernel begins as",
    "pool_size": "the size of a window; `kernel_size` is another word for it",
    "rate": "the probability that an element is zeroed; for SpatialDropout2D a channel, for StochasticDepth a sample",
    "scale": "whether there is a `gamma`",
    "shared_axes": "the axes along which `alpha` is one value",
    "size": "how many times as many rows and columns there are",
    "start": "the first place",
    "step": "how far apart the places are",
    "stop": "the first place that is left out; null for none",
    "strides": "how far apart the windows are; null for pooling's `pool_size`",
    "target_shape": "the output's shape; -1 stands for what is left",
    "threshold": "from where the output is the input",
    "units": "how many features come out",
    "use_bias": "whether a bias is added, one for each channel or feature",
    "variance": "the square of what is divided by; null for a weight",
    "width": "the output's width",
}
"""What an attribute says, for all layers that have it."""

OTHER_MEANINGS: Mapping[tuple[str, str], str] = {
    ("LocalResponseNormalization", "size"): "over how many channels the sum goes; odd",
    ("LocalResponseNormalization", "alpha"): "the sum's factor",
    ("LocalResponseNormalization", "beta"): "the exponent",
    ("LocalResponseNormalization", "bias"): "what is added to the sum",
    ("Softmax", "axis"): "the axis along which the output sums to 1",
    ("Slice", "axis"): "the axis along which places are taken",
    ("ChannelShuffle", "groups"): "into how many groups the channels are divided",
    ("ChannelPadding", "padding"): "how many channels are added",
    ("ChannelClip", "initial_low"): "what the lower bounds begin as",
    ("ChannelClip", "initial_high"): "what the upper bounds begin as",
    ("Conv2DTranspose", "padding"): "what is left out of the whole result, as PyTorch counts it",
    ("Conv2DTranspose", "strides"): "how far apart the elements of the image are in the output",
    ("Rescaling", "scale"): "the factor",
    ("Concatenate", "axis"): "the axis along which the inputs follow each other",
    ("ZeroPadding2D", "padding"): "how many zeros are added",
    ("ReLU", "negative_slope"): "the slope below the threshold",
    ("Activation", "activation"): "which one it is",
}
"""What an attribute says in one layer only."""

INITIALIZERS: Mapping[str, str] = {
    "zeros": "0",
    "ones": "1",
    "glorot_uniform": "uniform, of variance 2 / (fan_in + fan_out)",
    "glorot_normal": "normal, cut off at two deviations, of variance 2 / (fan_in + fan_out)",
    "he_uniform": "uniform, of variance 2 / fan_in",
    "he_normal": "normal, cut off at two deviations, of variance 2 / fan_in",
    "lecun_uniform": "uniform, of variance 1 / fan_in",
    "lecun_normal": "normal, cut off at two deviations, of variance 1 / fan_in",
    "random_uniform": "uniform from `minval: -0.05` to `maxval: 0.05`",
    "random_normal": "normal, of `mean: 0.0` and deviation `stddev: 0.05`",
    "truncated_normal": "normal, of `mean: 0.0` and deviation `stddev: 0.05`, cut off at two deviations",
    "orthogonal": (
        "for kernels: `gain: 1.0` times a matrix of orthonormal rows or columns, of which the last axis counts one"
    ),
    "torch_default": (
        "PyTorch's own, for kernels and biases: uniform from -1 / sqrt(n) to 1 / sqrt(n), where n is the kernel's "
        "fan_in as PyTorch counts it"
    ),
    "variance_scaling": (
        "of variance `scale: 1.0` / fan, where the fan is `mode: fan_in`, `fan_out` or their mean `fan_avg`; "
        "`distribution: truncated_normal`, cut off at two deviations, `untruncated_normal` or `uniform`"
    ),
}
"""What a weight begins as."""
