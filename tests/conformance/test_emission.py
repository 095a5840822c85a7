"""Networks that once came out wrong: each is the same function in both frameworks, in clean source.

Two backends fed by one plan can agree and both be wrong, so the outputs' shapes are compared with the compiler's, too.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import archspec

pytest.importorskip("torch")
pytest.importorskip("keras")


def conv(name: str, **attributes: object) -> dict[str, object]:
    return {"name": name, "layer_type": "Conv2D", "filters": 4, "kernel_size": 1, "padding": "same", **attributes}


def document(layers: list[object], **rest: object) -> dict[str, object]:
    return {"archspec": 1, "inputs": {"image": [12, 12, 4]}, "layers": layers, **rest}


CASES = {
    "pool default": document(
        [{"name": "p1", "layer_type": "P", "p": 2}, {"name": "p2", "layer_type": "P", "p": 3}],
        blocks={
            "P": {
                "params": {"p": None},
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
                "params": {"pool": None},
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
}


@pytest.mark.parametrize("name", CASES)
def test_same_function_in_clean_source(name: str, tmp_path: Path) -> None:
    network = archspec.load(CASES[name])
    for backend in ("torch", "tensorflow"):
        (tmp_path / f"{backend}_source.py").write_text(network.emit(backend))
    for command in (["check"], ["format", "--check"]):
        subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", str(tmp_path)], check=True, capture_output=True
        )
    assert archspec.parity(network).largest <= 1e-10


def test_reads_fewer_values_the_second_time() -> None:
    network = archspec.load(
        document(
            [
                conv("v"),
                conv("w"),
                {
                    "name": "s",
                    "layer_type": "Sequential",
                    "layers": [conv("k"), {"layer_type": "Add", "inputs": ["k", "v"]}],
                },
                {"name": "t", "layer_type": "Reuse", "layer": "s", "inputs": ["v"]},
                {"layer_type": "Add", "inputs": ["s", "t"]},
            ]
        )
    )
    with pytest.raises(archspec.EmitError, match="t applies s again"):
        network.emit("torch")


@pytest.mark.parametrize("name", ["train", "forward", "keys", "_modules"])
def test_names_that_pytorch_has(name: str) -> None:
    with pytest.raises(archspec.EmitError, match=name):
        archspec.load(document([conv(name)])).emit("torch")


def test_every_name_that_pytorch_has_is_known() -> None:
    from torch import nn

    from archspec_torch.emit.modules import ATTRIBUTES

    theirs = {name for kind in (nn.Module, nn.Sequential, nn.ModuleDict) for name in dir(kind()) if name[0] != "_"}
    assert theirs <= ATTRIBUTES
