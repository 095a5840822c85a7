"""Strategies: networks nobody designed, valid by construction, for parity in inference and in training.

What shapes there are is worked out here anew, in the generator's own few lines: a document that the compiler refuses is
a fault of one of them. Two things are left out because no comparison can judge them: softmax or layer normalisation of
one element, whose gradient is exactly 0 and computed as rounding, and windows in which nothing but padding lies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.property.specs import Drawn, Made, Shape, Spec, densely_connected, parallel, repeated, residual, reused
from tests.property.specs import block as used_block

LARGEST = 14
"""Rows and columns up to which images may grow."""

SMOOTH = ["relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "tanh", "sigmoid", "swish", "hard_sigmoid", "softplus"]
SMOOTH += ["softsign", "mish", "hard_silu", "exponential", "linear"]

Step = Callable[[Drawn, Shape], Made]


def windows(size: int, kernel: int, stride: int, dilation: int, padding: Any, axis: int) -> int:
    """How many windows there are along an axis."""
    if padding == "same":
        return -(-size // stride)
    before, after = (0, 0) if padding == "valid" else padding[axis] if isinstance(padding, list) else (padding, padding)
    return (size + before + after - (kernel - 1) * dilation - 1) // stride + 1


def pair(drawn: Drawn, *choices: int) -> list[int]:
    return [drawn.one(*choices), drawn.one(*choices)]


def window(drawn: Drawn, shape: Shape, *, pool: bool = False) -> tuple[Spec, Shape]:
    """A kernel, strides, dilation and padding that leave one window at least, and how many they leave."""
    kernel, strides = pair(drawn, 1, 2, 3, 3, 4), pair(drawn, 1, 1, 2, 3, 5)
    dilation = [1, 1] if pool else pair(drawn, 1, 1, 1, 2, 3)
    lopsided = [[drawn.one(0, 1, 2), drawn.one(0, 1, 3)] for _ in "hw"]
    paddings: list[Any] = ["valid", "same", drawn.one(0, 1, 2), lopsided]
    if pool:
        # At most half of the window, so that each has an element of the image.
        paddings = ["valid", "same", [[drawn.one(0, size // 2), drawn.one(0, size // 2)] for size in kernel]]
    padding = drawn.one(*paddings)
    axes = list(zip(shape, kernel, strides, dilation, (0, 1), strict=False))
    if min(windows(size, k, s, d, padding, axis) for size, k, s, d, axis in axes) < 1:
        padding = "same"
    sizes = tuple(windows(size, k, s, d, padding, axis) for size, k, s, d, axis in axes)
    attributes: Spec = {"strides": strides, "padding": padding}
    if dilation != [1, 1]:
        attributes["dilation_rate"] = dilation
    return {"pool_size" if pool else "kernel_size": kernel, **attributes}, sizes


def convolution(drawn: Drawn, shape: Shape) -> Made:
    attributes, sizes = window(drawn, shape)
    # TensorFlow compiles a convolution in groups anew each time, for half a second.
    groups = drawn.one(*(count for count in (1, 1, 1, 1, 1, 1, 2, 3, 4) if shape[2] % count == 0))
    filters = groups * drawn.one(1, 2, 3)
    if groups > 1:
        attributes["groups"] = groups
    return [drawn.layer("Conv2D", filters=filters, **attributes, **ending(drawn))], (*sizes, filters)


def depthwise(drawn: Drawn, shape: Shape) -> Made:
    attributes, sizes = window(drawn, shape)
    multiplier = drawn.one(1, 1, 2) if shape[2] < 5 else 1
    layer = drawn.layer("DepthwiseConv2D", depth_multiplier=multiplier, **attributes, **ending(drawn))
    return [layer], (*sizes, shape[2] * multiplier)


def separable(drawn: Drawn, shape: Shape) -> Made:
    attributes, sizes = window(drawn, shape)
    filters = drawn.one(1, 2, 4)
    return [drawn.layer("SeparableConv2D", filters=filters, **attributes, **ending(drawn))], (*sizes, filters)


def transposed(drawn: Drawn, shape: Shape) -> Made:
    kernel, strides, padding = pair(drawn, 1, 2, 3, 4), pair(drawn, 1, 2, 3), drawn.one("valid", "same")
    axes = list(zip(shape, kernel, strides, strict=False))
    sizes = tuple(n * s if padding == "same" else (n - 1) * s + max(k, s) for n, k, s in axes)
    if max(sizes) > LARGEST:
        return convolution(drawn, shape)
    filters = drawn.one(1, 2, 3)
    attributes: Spec = {"filters": filters, "kernel_size": kernel, "strides": strides, "padding": padding}
    return [drawn.layer("Conv2DTranspose", **attributes, **ending(drawn))], (*sizes, filters)


def ending(drawn: Drawn) -> Spec:
    """Whether there is a bias, and an activation behind it."""
    found: Spec = {} if drawn.often() else {"use_bias": drawn.often()}
    return found if drawn.often() else found | {"activation": drawn.one(*SMOOTH)}


def pooling(drawn: Drawn, shape: Shape) -> Made:
    kind = drawn.one("MaxPooling2D", "AveragePooling2D")
    attributes, sizes = window(drawn, shape, pool=True)
    if kind == "AveragePooling2D" and drawn.often():
        attributes["count_include_pad"] = True
    if attributes["padding"] != "same" and drawn.often():
        attributes["ceil_mode"] = True
        sizes = tuple(_rounded_up(shape, attributes, axis) for axis in (0, 1))
    return [drawn.layer(kind, **attributes)], (*sizes, shape[2])


def _rounded_up(shape: Shape, attributes: Spec, axis: int) -> int:
    """A last window counts if it begins within the image or the padding before it."""
    before, after = (0, 0) if attributes["padding"] == "valid" else attributes["padding"][axis]
    size, kernel, stride = shape[axis], attributes["pool_size"][axis], attributes["strides"][axis]
    return len(
        [
            start
            for start in range(0, size + before + after + stride, stride)
            if start + kernel <= size + before + after
            or (start < size + before and start - stride + kernel < size + before + after)
        ]
    )


def adaptive(drawn: Drawn, shape: Shape) -> Made:
    sizes = pair(drawn, 1, 2, 3)
    return [drawn.layer(drawn.one("AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D"), output_size=sizes)], (
        *sizes,
        shape[2],
    )


def resized(drawn: Drawn, shape: Shape) -> Made:
    factors, interpolation = pair(drawn, 1, 2, 3), drawn.one("nearest", "bilinear")
    sizes = (shape[0] * factors[0], shape[1] * factors[1])
    if max(sizes) > LARGEST:
        height, width = drawn.one(1, 2, 5), drawn.one(3, 4)
        return [drawn.layer("Resizing", height=height, width=width)], (height, width, shape[2])
    return [drawn.layer("UpSampling2D", size=factors, interpolation=interpolation)], (*sizes, shape[2])


def moved(drawn: Drawn, shape: Shape) -> Made:
    """Layers that move elements, add zeros or leave something out."""
    height, width, channels = shape
    top, bottom, left, right = (drawn.one(0, 1, 2) for _ in range(4))
    match drawn.one("pad", "crop", "slice", "permute", "reshape", "shuffle", "channels"):
        case "pad" if max(height, width) + 4 <= LARGEST:
            layer = drawn.layer("ZeroPadding2D", padding=[[top, bottom], [left, right]])
            return [layer], (height + top + bottom, width + left + right, channels)
        case "crop" if height > top + bottom and width > left + right:
            layer = drawn.layer("Cropping2D", cropping=[[top, bottom], [left, right]])
            return [layer], (height - top - bottom, width - left - right, channels)
        case "slice" if channels > 1:
            start, step = drawn.one(0, 1, -1), drawn.one(1, 2)
            count = len(range(channels)[start::step])
            return [drawn.layer("Slice", axis=-1, start=start, step=step)], (height, width, count)
        case "permute":
            dims = drawn.one([2, 1, 3], [1, 3, 2], [3, 1, 2])
            return [drawn.layer("Permute", dims=dims)], tuple(shape[axis - 1] for axis in dims)
        case "reshape":
            target = drawn.one([width, height, channels], [height, channels, width])
            return [drawn.layer("Reshape", target_shape=target)], tuple(target)
        case "shuffle" if channels % 2 == 0:
            return [drawn.layer("ChannelShuffle", groups=2)], shape
        case "channels":
            ends = [drawn.one(0, 1), drawn.one(0, 1)]
            return [drawn.layer("ChannelPadding", padding=ends)], (height, width, channels + sum(ends))
    return [drawn.layer("Rescaling", scale=drawn.one(0.5, -2.0), offset=drawn.one(0.0, 1.0, -0.25))], shape


def kept(drawn: Drawn, shape: Shape) -> Made:
    """Layers that keep the shape, of images and of vectors."""
    image, several = len(shape) == 3, shape[-1] > 1
    match drawn.one(
        "norm", "norm", "layer norm", "response", "scale", "prelu", "activation", "random", "softmax", "leaky"
    ):
        case "norm":
            center, scale = drawn.one((True, True), (True, True), (True, False), (False, True), (False, False))
            numbers: Spec = {"epsilon": drawn.one(1e-3, 1e-5), "momentum": drawn.one(0.99, 0.9, 0.0)}
            activation: Spec = {} if drawn.often() else {"activation": drawn.one(*SMOOTH)}
            return [drawn.layer("BatchNormalization", **numbers, center=center, scale=scale, **activation)], shape
        case "layer norm" if several:
            return [drawn.layer("LayerNormalization", center=drawn.often(), scale=drawn.often())], shape
        case "response" if image:
            numbers = {"size": drawn.one(1, 3, 5), "alpha": drawn.one(1e-4, 0.5), "bias": drawn.one(1.0, 2.0)}
            return [drawn.layer("LocalResponseNormalization", **numbers)], shape
        case "scale":
            return [drawn.layer(drawn.one("Scale", "LayerScale"))], shape
        case "prelu":
            shared = {"shared_axes": drawn.one([1, 2], [1], [2, 3])} if image and drawn.often() else {}
            return [drawn.layer("PReLU", **shared)], shape
        case "random":
            kinds = ["Dropout", "StochasticDepth", *(["SpatialDropout2D"] if image else [])]
            return [drawn.layer(drawn.one(*kinds), rate=drawn.one(0.1, 0.5))], shape
        case "softmax" if several:
            return [drawn.layer("Softmax")], shape
        case "leaky":
            return [drawn.layer("ReLU", **drawn.one({"negative_slope": 0.25}, {"max_value": 1.5}))], shape
    return [drawn.layer("Activation", activation=drawn.one(*SMOOTH))], shape


def dense(drawn: Drawn, shape: Shape) -> Made:
    units = drawn.one(1, 2, 5)
    return [drawn.layer("Dense", units=units, **ending(drawn))], (*shape[:-1], units)


def composed(drawn: Drawn, shape: Shape) -> Made:
    """Composites, blocks and copies, of the documents that other properties are tried on."""
    makers = [residual, parallel, densely_connected, repeated, reused, used_block]
    if len(shape) != 3:
        makers = [residual, repeated, reused, used_block]
    return drawn.one(*makers)(drawn, shape, 1)


def again(drawn: Drawn, shape: Shape) -> Made:
    """A layer and the same again behind others, so that it reads values of another size."""
    first = [drawn.named(kept(drawn, shape)[0][0], always=True)]
    if first[0]["layer_type"] == "PReLU" or len(shape) != 3:
        return reused(drawn, shape, 0)
    middle, between = pooling(drawn, shape)
    return [*first, *middle, drawn.layer("Reuse", layer=first[0]["name"])], between


def shared(drawn: Drawn, shape: Shape) -> Made:
    """A group on two values with the same weights; of images, which have two sizes, the means go on."""
    near = [drawn.named(kept(drawn, shape)[0][0], always=True)]
    far, between = pooling(drawn, shape) if len(shape) == 3 else kept(drawn, shape)
    far = [drawn.named(far[0], always=True)]
    layers = [layer for layer in kept(drawn, between)[0] if layer["layer_type"] != "PReLU"]
    each = {"near": near[0]["name"], "far": far[0]["name"]}
    group = {"layer_type": "Sequential", "layers": [*layers, {"layer_type": "Dense", "units": shape[-1]}], "each": each}
    head = drawn.named(group, always=True)
    if len(shape) < 3:
        return [*near, *far, head, drawn.layer("Add", inputs=head["name"])], shape
    means = drawn.named({"layer_type": "GlobalAveragePooling2D", "each": head["name"]}, always=True)
    return [*near, *far, head, means, drawn.layer("Concatenate", inputs=means["name"])], (2 * shape[2],)


IMAGE_STEPS: list[Step] = [convolution, convolution, depthwise, separable, transposed, pooling, pooling, adaptive]
IMAGE_STEPS += [resized, moved, kept, kept, kept, composed, again, shared]

VECTOR_STEPS: list[Step] = [dense, dense, kept, kept, composed]


def chain(drawn: Drawn, shape: Shape, count: int) -> Made:
    layers: list[Spec] = []
    for _ in range(count):
        more, shape = drawn.one(*(IMAGE_STEPS if len(shape) == 3 else VECTOR_STEPS))(drawn, shape)
        layers += more
    return layers, shape


def tower(drawn: Drawn, source: str, shape: Shape) -> Made:
    """Layers from an input to a vector under the name `source_features`."""
    layers, shape = chain(drawn, shape, drawn.one(1, 2, 3))
    if len(shape) == 3:
        pools = ["Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"]
        pool = drawn.one(*pools)
        layers.append(drawn.layer(pool))
        shape = (shape[0] * shape[1] * shape[2],) if pool == "Flatten" else shape[2:]
    more, shape = chain(drawn, shape, drawn.one(0, 1, 2))
    layers += more
    layers[0] = {**layers[0], "inputs": source}
    layers.append({"name": f"{source}_features", "layer_type": "Dense", "units": 3})
    return layers, (3,)


@st.composite
def networks(draw: st.DrawFn) -> Spec:
    """A network of one to three inputs, joined if there are several, with one output or more."""
    drawn = Drawn(draw)
    sources = {
        source: (drawn.one(1, 2, 4, 5, 7, 8), drawn.one(1, 3, 6, 8), drawn.one(1, 2, 3, 4))
        if drawn.one(True, True, True, False)
        else (drawn.one(1, 2, 5),)
        for source in ["image", "other", "third"][: drawn.one(1, 1, 1, 1, 2, 3)]
    }
    layers: list[Spec] = []
    for source, shape in sources.items():
        layers += tower(drawn, source, shape)[0]
    features = [f"{source}_features" for source in sources]
    if len(features) > 1:
        kinds = ["Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"]
        kinds += ["Subtract"] if len(features) == 2 else []
        layers.append({"layer_type": drawn.one(*kinds), "inputs": features})
    last = {
        "name": "scores",
        "layer_type": "Dense",
        "units": 2,
        "activation": drawn.one("linear", "softmax", "sigmoid"),
    }
    layers.append(last)
    document: Spec = {"archspec": 1, "name": "random"}
    document |= {"inputs": {source: list(shape) for source, shape in sources.items()}, "layers": layers}
    if drawn.blocks:
        document["blocks"] = drawn.blocks
    if drawn.often():
        document["outputs"] = {"scores": "scores", "features": drawn.one(*features)}
    return document
