"""Networks that are hard to write down as source: whatever two of their layers could get wrong between them."""

from __future__ import annotations


def conv(name: str, **attributes: object) -> dict[str, object]:
    return {"name": name, "layer_type": "Conv2D", "filters": 4, "kernel_size": 1, "padding": "same", **attributes}


def document(layers: list[object], **rest: object) -> dict[str, object]:
    return {"archspec": 1, "inputs": {"image": [12, 12, 4]}, "layers": layers, **rest}


CASES = {
    "pool default": document(
        [{"name": "p1", "layer_type": "P", "p": 2}, {"name": "p2", "layer_type": "P", "p": 3}],
        blocks={
            "P": {
                "params": {"p": "required"},
                "layers": [conv("c"), {"layer_type": "MaxPooling2D", "pool_size": "$p", "strides": 2}],
            }
        },
    ),
    "loop default": document(
        [
            {
                "for": {"k": [0, 1, 2, 3]},
                "layer_type": "Sequential",
                "layers": [conv("c$k"), {"layer_type": "MaxPooling2D", "pool_size": "$(k+1)", "strides": 1}],
            }
        ]
    ),
    "loop const": document(
        [
            conv("c"),
            conv("s"),
            {
                "repeat": 4,
                "layer_type": "Sequential",
                "layers": [
                    {
                        "layer_type": "Residual",
                        "layers": [conv("a$i"), conv("b$i")],
                        "shortcut": [{"layer_type": "Add", "inputs": ["input", "c"]}],
                    }
                ],
            },
        ]
    ),
    "two carried": document(
        [
            conv("stem"),
            conv("a0", inputs="stem"),
            conv("b0", inputs="stem"),
            conv("a1", inputs="a0"),
            conv("b1", inputs="b0"),
            conv("a2", inputs="a1"),
            conv("b2", inputs="b1"),
            conv("a3", inputs="a2"),
            conv("b3", inputs="b2"),
            {"layer_type": "Add", "inputs": ["a3", "b3"]},
        ]
    ),
    "kept": document(
        [
            {"name": "a", "layer_type": "Sequential", "layers": [conv("b"), conv("c")]},
            conv("a_b"),
            {"layer_type": "Reuse", "layer": "a.b"},
            {"layer_type": "Reuse", "layer": "a_b"},
            {"layer_type": "Reuse", "layer": "a"},
        ]
    ),
    "pool param": document(
        [{"name": "p1", "layer_type": "B", "pool": 2}, {"name": "p2", "layer_type": "B", "pool": 3}],
        blocks={
            "B": {
                "params": {"pool": "required"},
                "layers": [{"layer_type": "MaxPooling2D", "pool_size": "$pool", "strides": 1}, conv("pool")],
            }
        },
    ),
    "rr": document([conv("c"), {"name": "rr", "layer_type": "Reuse", "layer": "c", "repeat": 5}]),
    "two outs": document(
        [
            {"layer_type": "Conv2D", "filters": 4, "kernel_size": 1},
            {"layer_type": "Conv2D", "filters": 4, "kernel_size": 1},
        ],
        outputs={"a": "1", "b": "1"},
    ),
    "linear": document(
        [conv("c"), {"layer_type": "Activation", "activation": "linear"}, {"layer_type": "Linear"}, conv("d")]
    ),
    "math": document([conv("math"), conv("ops"), conv("F"), conv("keras")]),
    "aux": document(
        [
            {"name": "p", "layer_type": "B"},
            {"name": "q", "layer_type": "Reuse", "layer": "p"},
            conv("h"),
            {"layer_type": "Add", "inputs": ["h", "p.aux"]},
        ],
        blocks={"B": {"layers": [conv("a"), conv("aux"), conv("b", inputs=["a"])]}},
    ),
    "inputs self": {
        "archspec": 1,
        "inputs": {"self": [8, 8, 4], "torch": [8, 8, 4]},
        "layers": [
            conv("a", inputs="self"),
            conv("b", inputs="torch"),
            {"layer_type": "Concatenate", "inputs": ["a", "b"]},
        ],
    },
    "halves": document(
        [
            {"name": "p", "layer_type": "H", "channels": 4},
            conv("wide", filters=8),
            {"name": "q", "layer_type": "H", "channels": 8},
        ],
        blocks={
            "H": {
                "params": {"channels": "required"},
                "layers": [
                    {"layer_type": "Slice", "stop": "$(channels // 2)"},
                    conv("c", filters="$(channels // 2)"),
                    {"name": "rest", "layer_type": "Slice", "inputs": "input", "start": "$(channels // 2)"},
                    {"layer_type": "Concatenate", "inputs": ["c", "rest"]},
                    {"layer_type": "ChannelShuffle", "groups": 2},
                ],
            }
        },
    ),
    "scaled sum": document(
        [
            conv("c"),
            {"layer_type": "Residual", "layers": [conv("d")]},
            {"layer_type": "Rescaling", "scale": 0.17, "offset": -0.5},
            {"layer_type": "Rescaling", "scale": 3},
            {"layer_type": "ReLU"},
        ]
    ),
    "decoder": document(
        [
            {"name": "u1", "layer_type": "Up", "filters": 6},
            {"name": "u2", "layer_type": "Up", "filters": 4},
            {"layer_type": "Cropping2D", "cropping": [[1, 0], [2, 3]]},
            {"layer_type": "Resizing", "height": 20, "width": 50},
            {"layer_type": "ReLU"},
        ],
        blocks={
            "Up": {
                "params": {"filters": "required"},
                "layers": [
                    {"layer_type": "UpSampling2D", "interpolation": "bilinear"},
                    {"layer_type": "Conv2DTranspose", "filters": "$filters", "kernel_size": 3, "padding": "same"},
                    {"layer_type": "ReLU"},
                ],
            }
        },
    ),
    "transposed either way": document(
        [{"name": "a", "layer_type": "T", "p": 1}, {"name": "b", "layer_type": "T", "p": "same"}],
        blocks={
            "T": {
                "params": {"p": "required"},
                "layers": [
                    {"layer_type": "Conv2DTranspose", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "$p"}
                ],
            }
        },
    ),
    "flattened in any order": document(
        [
            conv("c"),
            {"layer_type": "Flatten"},
            {"layer_type": "LayerNormalization"},
            {"layer_type": "StochasticDepth", "rate": 0.5},
            {"layer_type": "Rescaling", "scale": 2},
            {"layer_type": "Dense", "units": 6},
            {"layer_type": "Slice", "stop": 4},
            {"layer_type": "LayerNormalization", "scale": False},
        ]
    ),
    "a part of what is flattened": document(
        [
            conv("c"),
            {"layer_type": "Flatten"},
            {"layer_type": "Slice", "stop": 100},
            {"layer_type": "Dense", "units": 3},
        ]
    ),
    "range": document(
        [
            {
                "layer_type": "Parallel",
                "branches": [[{"name": "range", "layer_type": "T"}], [{"name": "other", "layer_type": "T"}]],
                "merge": "Add",
            },
            {"name": "t", "layer_type": "T", "repeat": 6},
        ],
        blocks={"T": {"layers": [conv("c"), {"layer_type": "ReLU"}]}},
    ),
    "scales": document(
        [
            {"name": "a", "layer_type": "Named", "repeat": 3, "scaled": "$(i != 1)"},
            {"name": "b", "layer_type": "Last", "repeat": 3, "scaled": "$(i != 1)"},
            {"name": "s", "layer_type": "LayerScale"},
            {"layer_type": "ReLU"},
            {"layer_type": "Reuse", "layer": "s"},
            {"layer_type": "Reuse", "layer": "b.0"},
            {"name": "s$i", "layer_type": "LayerScale", "repeat": 4},
            {
                "repeat": 3,
                "layer_type": "Sequential",
                "layers": [{"layer_type": "LayerScale"}, {"layer_type": "ReLU"}],
            },
            {
                "name": "chain",
                "layer_type": "Sequential",
                "layers": [{"layer_type": "LayerScale"}, {"name": "c", "layer_type": "LayerScale"}],
            },
            {"layer_type": "Flatten"},
            {"layer_type": "LayerScale"},
            {"layer_type": "Dense", "units": 5},
        ],
        blocks={
            "Named": {
                "params": {"scaled": "required"},
                "layers": [
                    {
                        "layer_type": "Residual",
                        "layers": [conv("c"), {"name": "scale", "layer_type": "LayerScale", "when": "$scaled"}],
                    },
                    {"layer_type": "ReLU"},
                ],
            },
            "Last": {
                "params": {"scaled": "required"},
                "layers": [
                    conv("c"),
                    {"layer_type": "ReLU"},
                    {"layer_type": "LayerScale", "initial_value": 0.5, "when": "$scaled"},
                ],
            },
        },
    ),
}
