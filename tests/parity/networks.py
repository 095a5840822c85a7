"""Small networks with a layer called `target` in the midst of others."""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]


def around(*target: Spec, shape: tuple[int, ...] = (7, 8, 4), **rest: Any) -> Spec:
    """A network that reads an image, has these layers in its midst and ends in scores, whatever their size."""
    before: list[Spec] = [{"name": "stem", "layer_type": "Conv2D", "filters": shape[2], "kernel_size": 1}]
    after: list[Spec] = [
        {"name": "mix", "layer_type": "Conv2D", "filters": 3, "kernel_size": 1},
        {"name": "pool", "layer_type": "GlobalAveragePooling2D"},
        {"name": "scores", "layer_type": "Dense", "units": 3},
    ]
    layers = [*before, *target, *after]
    return {"archspec": 1, "name": "faulty", "inputs": {"image": list(shape)}, "layers": layers, **rest}


def layer(layer_type: str, name: str = "target", **attributes: Any) -> Spec:
    """A layer under the name `target`."""
    return {"name": name, "layer_type": layer_type, **attributes}


def vectors(*target: Spec, units: int = 4) -> Spec:
    """A network of vectors with these layers in its midst."""
    before: list[Spec] = [{"name": "stem", "layer_type": "Dense", "units": units}]
    after: list[Spec] = [{"name": "scores", "layer_type": "Dense", "units": 3}]
    return {"archspec": 1, "name": "faulty", "inputs": {"features": [5]}, "layers": [*before, *target, *after]}


def merged(layer_type: str) -> Spec:
    """Two branches that the target joins."""
    branches = [layer("Conv2D", name, filters=4, kernel_size=1, inputs="stem") for name in ("left", "right")]
    return around(*branches, layer(layer_type, inputs=["left", "right"]))


NETWORKS: dict[str, Spec] = {
    "norm": around(layer("BatchNormalization")),
    "norm of vectors": vectors(layer("BatchNormalization")),
    "layer norm": vectors(layer("LayerNormalization")),
    "response": around(layer("LocalResponseNormalization", size=3, alpha=0.1)),
    "conv": around(layer("Conv2D", filters=4, kernel_size=3, padding="same")),
    "strided": around(layer("Conv2D", filters=4, kernel_size=3, padding="same", strides=2), shape=(8, 8, 4)),
    "lopsided": around(layer("Conv2D", filters=4, kernel_size=3, padding=[[0, 2], [1, 0]], strides=[2, 1])),
    "dilated": around(layer("Conv2D", filters=4, kernel_size=3, padding=2, dilation_rate=2)),
    "depthwise": around(layer("DepthwiseConv2D", kernel_size=3, padding="same", depth_multiplier=2)),
    "transposed": around(layer("Conv2DTranspose", filters=4, kernel_size=3, strides=2, padding="same")),
    "max pool": around(layer("MaxPooling2D", pool_size=3, strides=2, padding=1)),
    "ceil pool": around(layer("MaxPooling2D", pool_size=2, strides=2, ceil_mode=True), shape=(7, 7, 4)),
    "average pool": around(layer("AveragePooling2D", pool_size=3, strides=1, padding=1)),
    "counted pool": around(layer("AveragePooling2D", pool_size=3, strides=1, padding=1, count_include_pad=True)),
    "leaky": around(layer("LeakyReLU")),
    "relu6": around(layer("ReLU", max_value=0.5)),
    "elu": around(layer("ELU", alpha=0.5)),
    "gelu": around(layer("GELU")),
    "silu": around(layer("SiLU")),
    "hard sigmoid": around(layer("HardSigmoid")),
    "softmax": around(layer("Softmax")),
    "prelu": around(layer("PReLU", shared_axes=[1, 2])),
    "scale": around(layer("Scale")),
    "concatenate": merged("Concatenate"),
    "subtract": merged("Subtract"),
    "average": merged("Average"),
    "maximum": merged("Maximum"),
    "nearest": around(layer("UpSampling2D", size=2), layer("ReLU", "rest")),
    "bilinear": around(layer("UpSampling2D", size=2, interpolation="bilinear")),
    "shuffle": around(layer("ChannelShuffle", groups=2), shape=(4, 4, 8)),
    "zero padding": around(
        layer("ZeroPadding2D", padding=[[1, 0], [0, 2]]), layer("MaxPooling2D", "rest", pool_size=2)
    ),
    "slice": around(layer("Slice", axis=-1, start=0, stop=2)),
    "permute": around(layer("Permute", dims=[2, 1, 3]), layer("Conv2D", "rest", filters=2, kernel_size=[1, 2])),
    "flatten": {
        "archspec": 1,
        "name": "faulty",
        "inputs": {"image": [3, 4, 2]},
        "layers": [
            layer("Conv2D", "stem", filters=2, kernel_size=1),
            layer("Flatten", "flat"),
            layer("Dense", units=4),
            layer("Dense", "scores", units=3),
        ],
    },
    "square": vectors(layer("Dense", units=4)),
    "all square": {
        "archspec": 1,
        "name": "faulty",
        "inputs": {"features": [4]},
        "layers": [layer("Dense", name, units=4) for name in ("stem", "target", "scores")],
    },
    "residual": around(
        {"name": "block", "layer_type": "Residual", "layers": [layer("Conv2D", filters=4, kernel_size=1)]}
    ),
    "shared": around(
        layer("Scale"), layer("ReLU", "middle"), {"name": "again", "layer_type": "Reuse", "layer": "target"}
    ),
}
