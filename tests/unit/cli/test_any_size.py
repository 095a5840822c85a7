"""Images of any size on the command line: `?` for an axis, and three sizes in parity's table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Program

ANY = ("small.yaml", "--input", "?x?x2")


def test_show_has_a_question_mark_for_each_unknown_axis(archspec: Program) -> None:
    shown = archspec("show", *ANY).out
    assert "conv   Conv2D" in shown
    assert "? x ? x 4" in shown
    assert "small: 91 parameters, 91 trainable; multiply-adds depend on the input's size" in shown
    assert "takes image, ? x ? x 2" in shown
    record = json.loads(archspec("show", "small.yaml", "--input", "image=?, ?, 2", "--json").out)
    assert record["inputs"] == {"image": [None, None, 2]}
    assert record["layers"][0]["shape"] == [None, None, 4]
    assert record["layers"][0]["multiply_adds"] is None


def test_the_record_of_a_package_says_the_unknown_axes(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    outcome = archspec("compile", *ANY, "--backend", "torch", "-o", "made")
    assert "image 1 x 2 x 224 x 224 in, fc 1 x 3 out" in outcome.err
    record = json.loads((folder / "made" / "network.json").read_text())
    assert record["inputs"] == {"image": [None, None, 2]}
    assert record["outputs"] == {"fc": [3]}
    assert record["multiply_adds"] is None
    assert "torch.rand(1, 2, 224, 224)" in (folder / "made" / "small.py").read_text()


def test_its_weights_are_converted(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    archspec("compile", *ANY, "--backend", "torch", "-o", "made")
    spec = (folder / "small.yaml").read_text().replace("[6, 6, 2]", "[null, null, 2]")
    (folder / "any.yaml").write_text(spec)
    convert = ("weights", "convert", "made/model.safetensors", "--network", "any.yaml", "--to", "tensorflow")
    assert archspec(*convert, "-o", "any.weights.h5").code == 0
    assert archspec("weights", "show", "any.weights.h5", "--network", "any.yaml").out.rstrip().endswith("it fits small")


def test_keras_is_told_of_unknown_axes(archspec: Program) -> None:
    source = archspec("compile", *ANY, "--backend", "tensorflow", "--emit").out
    assert 'keras.Input((None, None, 2), name="image")' in source
    assert "keras.random.uniform((1, 224, 224, 2))" in source


def test_a_layer_that_needs_a_length_is_refused_at_its_line(archspec: Program, folder: Path) -> None:
    spec = (folder / "small.yaml").read_text().replace("GlobalAveragePooling2D", "Flatten")
    (folder / "flat.yaml").write_text(spec)
    outcome = archspec("show", "flat.yaml", "--input", "?,6,2")
    assert outcome.code == 1
    assert (
        "flat.yaml:10:18: error: Flatten: how many features it gives depends on the height of (?, 4, 4)" in outcome.err
    )
    assert "--input 224,224,3" in outcome.err


def test_parity_says_at_which_sizes_it_compares(archspec: Program) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    outcome = archspec("parity", *ANY, "--batch", "2")
    assert outcome.code == 0, outcome.err
    sizes = ["75 x 101 x 2", "64 x 96 x 2", "128 x 64 x 2"]
    assert [line.split("  ")[0] for line in outcome.out.splitlines()[2:5]] == [f"fc of {size}" for size in sizes]
