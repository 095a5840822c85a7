"""`--optimize` of `compile` and `weights convert`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.unit.cli.conftest import Program

pytest.importorskip("torch")

NORMED = """\
inputs: {image: [6, 6, 2]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, use_bias: false}
  - {name: norm, layer_type: BatchNormalization, activation: relu}
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: 3}
"""


HEADS = """\
params: {classes: 3}
inputs: {image: [6, 6, 2]}
layers:
  - {name: pool, layer_type: GlobalAveragePooling2D}
  - {name: early, layer_type: Dense, units: $classes}
  - {name: fc, layer_type: Dense, units: $classes, inputs: pool}
outputs: [fc, early]
"""


@pytest.fixture
def spec(folder: Path) -> str:
    (folder / "normed.yaml").write_text(NORMED)
    return "normed.yaml"


def test_the_source_is_that_of_the_optimized_network(spec: str, archspec: Program) -> None:
    plain = archspec("compile", spec, "-b", "torch", "--emit")
    outcome = archspec("compile", spec, "-b", "torch", "--emit", "--optimize", "--report")
    assert outcome.code == 0
    assert "BatchNorm" in plain.out
    assert "BatchNorm" not in outcome.out
    assert "norm  folded into conv" in outcome.err
    assert "5 layers became 4" in outcome.err


def test_compile_and_convert_take_a_checkpoint_of_the_original(spec: str, folder: Path, archspec: Program) -> None:
    from safetensors.numpy import load_file

    assert archspec("compile", spec, "-b", "torch", "-o", "plain", "--seed", "3").code == 0
    file = "plain/model.safetensors"
    compiled = archspec("compile", spec, "-b", "torch", "--optimize", "--weights", file, "-o", "fast", "--json")
    assert compiled.code == 0, compiled.err
    convert = ("weights", "convert", file, "-n", spec, "--optimize", "--to", "torch", "-o", "c.safetensors")
    assert archspec(*convert).code == 0
    fast, converted = load_file(folder / "fast/model.safetensors"), load_file(folder / "c.safetensors")
    assert fast.keys() == converted.keys() == {"conv.weight", "conv.bias", "fc.weight", "fc.bias"}
    assert all(np.array_equal(fast[name], converted[name]) for name in fast)
    assert {array.dtype.name for array in converted.values()} == {"float32"}
    became = json.loads(compiled.out)["optimized"]
    assert became["norm:gamma"] == ["conv:kernel", "conv:bias"]
    assert became["fc:bias"] == ["fc:bias"]


def test_changes_are_in_json(spec: str, archspec: Program) -> None:
    compiled = archspec("compile", spec, "-b", "torch", "--optimize", "-o", "fast", "--json")
    assert {"step": "fold_after", "path": "norm", "change": "folded into conv"} in json.loads(compiled.out)["changes"]
    plain = archspec("compile", spec, "-b", "torch", "-o", "plain", "--json")
    assert "changes" not in json.loads(plain.out)


def test_a_file_of_optimised_weights_is_recognised(spec: str, folder: Path, archspec: Program) -> None:
    assert archspec("compile", spec, "-b", "torch", "--optimize", "-o", "fast").code == 0
    file = "fast/model.safetensors"
    told = f"{file} has the weights of normed after it was optimised"
    for command in (
        ("compile", spec, "-b", "torch", "--optimize", "--weights", file, "-o", "again"),
        ("weights", "convert", file, "-n", spec, "--optimize", "--to", "torch", "-o", "c.safetensors"),
    ):
        outcome = archspec(*command)
        assert outcome.code == 1
        assert told in outcome.err
        assert "take the checkpoint that they were made from" in outcome.err
    shown = archspec("weights", "show", file, "-n", spec)
    assert "it fits normed after it was optimised" in shown.out
    assert json.loads(archspec("weights", "show", file, "-n", spec, "--json").out)["optimized"]
    (folder / "other.yaml").write_text(NORMED.replace("filters: 4", "filters: 5"))
    other = archspec("compile", "other.yaml", "-b", "torch", "--weights", file, "-o", "again")
    assert other.code == 1
    assert "optimised" not in other.err


def test_auxiliary_heads_that_are_left_out_are_told(folder: Path, archspec: Program) -> None:
    (folder / "heads.yaml").write_text(HEADS)
    outcome = archspec("compile", "heads.yaml", "-b", "torch", "--emit", "--optimize")
    assert "early is an auxiliary head, left out; --outputs fc,early keeps all" in outcome.err
    kept = archspec("compile", "heads.yaml", "-b", "torch", "--emit", "--optimize", "--outputs", "fc,early")
    assert "auxiliary" not in kept.err
    assert "early" in kept.out


def test_a_report_without_changes_and_a_family_are_refused(spec: str, archspec: Program) -> None:
    assert "add --optimize" in archspec("compile", spec, "-b", "torch", "--report").err
    assert archspec("compile", spec, "-b", "torch", "--family", "--optimize").code == 2


def test_the_fused_form_is_asked_by_its_own_word(spec: str, archspec: Program) -> None:
    outcome = archspec("compile", spec, "-b", "torch", "--emit", "--optimize", "--fuse")
    assert outcome.code == 0, outcome.err
    assert "FusedConv2d(2, 4, 3, activation=nn.ReLU(inplace=True))" in outcome.out
    assert archspec("compile", spec, "-b", "torch", "--optimize", "--fuse", "-o", "fused").code == 0
    assert json.loads(Path("fused/network.json").read_text())["fused"] is True


def test_a_fused_form_that_there_is_not_is_refused_before_anything_is_written(
    spec: str, folder: Path, archspec: Program
) -> None:
    alone = archspec("compile", spec, "-b", "torch", "--fuse", "-o", "fused")
    assert (alone.code, "add --optimize" in alone.err) == (2, True)
    other = archspec("compile", spec, "-b", "tensorflow", "--optimize", "--fuse", "-o", "fused")
    assert (other.code, "no fused form" in other.err) == (1, True)
    assert not (folder / "fused").exists()
