"""Strategies: small documents that are right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Spec = dict[str, Any]
Shape = tuple[int, ...]
Made = tuple[list[Spec], Shape]
"""Layers one after the other, and the shape that the last one has."""

WORDS = ["conv", "bn", "stem", "x", "y", "i", "layers", "nn", "torch", "keras", "ops", "math", "F", "Tensor", "Path"]
WORDS += ["model", "weights", "inputs", "outputs", "block", "shape", "name", "network", "layer", "super", "input_"]
"""Names, many of which the emitted source could have a use for of its own."""

ACTIVATIONS = ["relu", "relu6", "leaky_relu", "gelu", "tanh", "softmax", "linear", "swish", "elu"]


class Drawn:
    """Draws the parts of one document: names are used once, blocks are collected."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.blocks: dict[str, Spec] = {}
        self._free = [*WORDS, *(f"part{number}" for number in range(100))]

    def one(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def often(self) -> bool:
        return self.draw(st.booleans())

    def named(self, layer: Spec, *, always: bool = False) -> Spec:
        """The layer, perhaps under a name that no other layer of the document has."""
        if not (always or self.often()):
            return layer
        return {"name": self._free.pop(self.draw(st.integers(0, min(len(self._free), len(WORDS)) - 1))), **layer}

    def layer(self, layer_type: str, **attributes: Any) -> Spec:
        return self.named({"layer_type": layer_type, **attributes})


def convolution(drawn: Drawn, shape: Shape, filters: int | None = None, *, keep: bool = False) -> Made:
    """A convolution; with `keep` height and width stay."""
    height, width, channels = shape
    filters = filters or drawn.one(1, 2, 4, 6)
    attributes: Spec = {"filters": filters, "kernel_size": drawn.one(1, 2, 3, [1, 3])}
    groups = drawn.one(1, 1, 2)
    if filters % groups == 0 and channels % groups == 0 and groups > 1:
        attributes["groups"] = groups
    if drawn.often():
        attributes["use_bias"] = drawn.often()
    if drawn.often():
        attributes["activation"] = drawn.one(*ACTIVATIONS)
    stride, padding = (1, "same") if keep else (drawn.one(1, 2, 3), drawn.one("same", 3, [[3, 2], [2, 4]]))
    if keep and drawn.often():
        attributes["dilation_rate"] = 2
    attributes |= {"strides": stride, "padding": padding}
    kernel = attributes["kernel_size"]
    kernels = kernel if isinstance(kernel, list) else [kernel, kernel]
    sizes = [
        window_count(size, k, stride, padding, axis)
        for axis, (size, k) in enumerate(zip((height, width), kernels, strict=True))
    ]
    return [drawn.layer("Conv2D", **attributes)], (*sizes, filters)


def window_count(size: int, kernel: int, stride: int, padding: Any, axis: int) -> int:
    """How many windows of an undilated kernel there are."""
    if padding == "same":
        return -(-size // stride)
    before, after = padding[axis] if isinstance(padding, list) else (padding, padding)
    return (size + before + after - kernel) // stride + 1


def pooling(drawn: Drawn, shape: Shape) -> Made:
    kind = drawn.one("MaxPooling2D", "AveragePooling2D")
    stride = drawn.one(1, 2)
    attributes: Spec = {"pool_size": drawn.one(2, 3), "strides": stride, "padding": "same"}
    if kind == "AveragePooling2D" and drawn.often():
        attributes["count_include_pad"] = True
    return [drawn.layer(kind, **attributes)], (*(-(-size // stride) for size in shape[:2]), shape[2])


def steady(drawn: Drawn, shape: Shape) -> Made:
    """A layer that keeps its input's shape."""
    kind = drawn.one("bn", "bn", "relu", "activation", "dropout", "prelu", "scale", "linear", "softmax", "lrn")
    match kind:
        case "bn":
            layer = drawn.layer("BatchNormalization", epsilon=drawn.one(1e-3, 1e-5), scale=drawn.often())
        case "relu":
            layer = drawn.layer("ReLU", **drawn.one({}, {"max_value": 6}, {"negative_slope": 0.25}))
        case "activation":
            layer = drawn.layer("Activation", activation=drawn.one(*ACTIVATIONS))
        case "dropout":
            layer = drawn.layer("Dropout", rate=drawn.one(0.1, 0.5))
        case "prelu":
            layer = drawn.layer("PReLU", **({"shared_axes": [1, 2]} if len(shape) == 3 and drawn.often() else {}))
        case "lrn" if len(shape) == 3:
            layer = drawn.layer("LocalResponseNormalization", size=drawn.one(3, 5))
        case "scale":
            layer = drawn.layer("Scale")
        case "softmax":
            layer = drawn.layer("Softmax", axis=drawn.one(-1, 1))
        case _:
            layer = drawn.layer("LeakyReLU")
    return [layer], shape


def keeping(drawn: Drawn, shape: Shape, depth: int) -> Made:
    """A few layers that keep the shape, of images or of vectors."""
    if len(shape) == 3:
        parts = [lambda: convolution(drawn, shape, shape[2], keep=True), lambda: steady(drawn, shape)]
        parts += [lambda: residual(drawn, shape, depth), lambda: separable(drawn, shape)]
    else:
        parts = [lambda: dense(drawn, shape, shape[-1]), lambda: steady(drawn, shape)]
        parts += [lambda: residual(drawn, shape, depth)]
    if depth > 0:
        parts += [lambda: repeated(drawn, shape, depth), lambda: block(drawn, shape, depth)]
        parts += [lambda: reused(drawn, shape, depth)]
    layers: list[Spec] = []
    for _ in range(drawn.one(1, 1, 2, 3)):
        layers += drawn.one(*parts)()[0]
    return layers, shape


def separable(drawn: Drawn, shape: Shape) -> Made:
    kind = drawn.one("SeparableConv2D", "DepthwiseConv2D")
    own = {"filters": shape[2]} if kind == "SeparableConv2D" else {}
    return [drawn.layer(kind, kernel_size=drawn.one(2, 3), padding="same", **own)], shape


def dense(drawn: Drawn, shape: Shape, units: int | None = None) -> Made:
    units = units or drawn.one(1, 3, 5)
    attributes: Spec = {"activation": drawn.one(*ACTIVATIONS)} if drawn.often() else {}
    return [drawn.layer("Dense", units=units, **attributes)], (*shape[:-1], units)


def residual(drawn: Drawn, shape: Shape, depth: int) -> Made:
    layers, _ = keeping(drawn, shape, depth - 1) if depth > 0 else steady(drawn, shape)
    attributes: Spec = {"layers": layers}
    if drawn.often():
        attributes["shortcut"] = steady(drawn, shape)[0] if drawn.often() else []
    return [drawn.layer("Residual", **attributes)], shape


def repeated(drawn: Drawn, shape: Shape, depth: int) -> Made:
    """Copies of a layer, or of several in a row, in each of the ways in which copies are said."""
    layers, _ = keeping(drawn, shape, depth - 1)
    copied: Spec = {"layer_type": "Sequential", "layers": layers} if len(layers) > 1 else layers[0]
    if not {"repeat", "for"} & copied.keys():
        # Without a name of their own copies would share one scope, and the names in it.
        copied = copied if "name" in copied else drawn.named(copied, always=True)
        copied = {**copied, "repeat": drawn.one(1, 2, 3)}
        if "name" in copied and drawn.often():
            # Not part1$i, whose first copy has the name of the eleventh layer, part10.
            copied["name"] += "_$i"
    return [copied], shape


def reused(drawn: Drawn, shape: Shape, depth: int) -> Made:
    """Layers under a name, and the same again with their weights."""
    layers, _ = keeping(drawn, shape, depth - 1)
    first = drawn.named({"layer_type": "Sequential", "layers": layers}, always=True)
    again = drawn.layer("Reuse", layer=first["name"])
    return [first, *steady(drawn, shape)[0], again], shape


def block(drawn: Drawn, shape: Shape, depth: int) -> Made:
    """One or two uses of a block, with a param that decides something or nothing."""
    layers, _ = keeping(drawn, shape, depth - 1)
    switched = steady(drawn, shape)[0][0]
    name = f"Block{len(drawn.blocks)}"
    # The names of its layers are its own, so that a use of it may not be outside of the document's list of names.
    drawn.blocks[name] = {
        "params": {"twice": False, "rate": 0.25},
        "layers": [*layers, {**switched, "when": "$twice"}, {"layer_type": "Dropout", "rate": "$rate"}],
    }
    uses = [drawn.layer(name, **drawn.one({}, {"twice": True}, {"rate": 0.5}, {"twice": "$(1 < 2)"})) for _ in "12"]
    return uses[: drawn.one(1, 2)], shape


def parallel(drawn: Drawn, shape: Shape, depth: int) -> Made:
    """Branches next to each other, joined."""
    added = drawn.often()
    filters = [shape[2] if added else drawn.one(1, 2, 4) for _ in range(drawn.one(2, 2, 3))]
    branches = [
        [*keeping(drawn, shape, depth - 1)[0], *convolution(drawn, shape, count, keep=True)[0]] for count in filters
    ]
    if drawn.often():
        branches.append([])
        filters.append(shape[2])
    merge = drawn.one("Add", "Multiply", "Average", {"layer_type": "Maximum"}) if added else "Concatenate"
    attributes: Spec = {"merge": merge} if merge != "Concatenate" or drawn.often() else {}
    channels = shape[2] if added else sum(filters)
    return [drawn.layer("Parallel", branches=branches, **attributes)], (*shape[:2], channels)


def densely_connected(drawn: Drawn, shape: Shape, depth: int) -> Made:
    growth, count = drawn.one(1, 2), drawn.one(1, 2, 3)
    child = convolution(drawn, shape, growth, keep=True)[0][0]
    child.pop("groups", None)
    layers = [{**child, "repeat": count}] if "name" not in child else [{**child, "name": "dense$i", "repeat": count}]
    # Unnamed, two of these would share a scope, and the names dense0, dense1 in it.
    dense = drawn.named({"layer_type": "DenselyConnected", "layers": layers}, always="name" in child)
    return [dense], (*shape[:2], shape[2] + growth * count)


def image_chain(drawn: Drawn, shape: Shape, depth: int) -> Made:
    """Layers that read an image and make one."""
    layers: list[Spec] = []
    parts: list[Callable[[Shape], Made]] = [
        lambda shape: convolution(drawn, shape),
        lambda shape: pooling(drawn, shape),
        lambda shape: keeping(drawn, shape, depth),
        lambda shape: parallel(drawn, shape, depth),
        lambda shape: densely_connected(drawn, shape, depth),
    ]
    for _ in range(drawn.one(1, 2, 3)):
        more, shape = drawn.one(*parts)(shape)
        layers += more
    return layers, shape


def tower(drawn: Drawn, source: str, shape: Shape) -> Made:
    """Layers from an input to a vector."""
    layers, shape = image_chain(drawn, shape, 2)
    layers[0] = {**layers[0], "inputs": source}
    pool = drawn.one("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D")
    layers.append(drawn.layer(pool))
    shape = (shape[0] * shape[1] * shape[2],) if pool == "Flatten" else shape[2:]
    if drawn.often():
        more, shape = keeping(drawn, shape, 1)
        layers += more
    return layers, shape


@st.composite
def documents(draw: st.DrawFn) -> Spec:
    """A right document: one or two towers, joined if there are two, and one output or two."""
    drawn = Drawn(draw)
    shape = (drawn.one(5, 6, 8), drawn.one(5, 8), drawn.one(1, 2, 4))
    sources = ["image", "other"][: drawn.one(1, 1, 2)]
    layers: list[Spec] = []
    for source in sources:
        more, _ = tower(drawn, source, shape)
        # With a name on its last layer a tower can be read again.
        last = {"name": f"{source}_features", "layer_type": "Dense", "units": 3}
        layers += [*more, last]
    if len(sources) == 2:
        merge = drawn.one("Add", "Subtract", "Concatenate", "Minimum")
        layers.append({"layer_type": merge, "inputs": [f"{source}_features" for source in sources]})
    if drawn.often():
        layers.append({"name": "again", "layer_type": "Dense", "units": 3, "inputs": "image_features"})
        layers.append({"layer_type": "Reuse", "layer": "again"})
    layers.append({"name": "scores", "layer_type": "Dense", "units": 2, "activation": drawn.one("softmax", "linear")})
    document: Spec = {"archspec": 1, "name": drawn.one("small", "F", "nn", "resnet-9", "9x")}
    document |= {"inputs": {source: list(shape) for source in sources}, "layers": layers}
    if drawn.blocks:
        document["blocks"] = drawn.blocks
    if drawn.often():
        document["outputs"] = {"scores": "scores", "features": "image_features"}
    return document
