"""parity: what it prints, and its exit code when two backends differ."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import archspec as package
from archspec.backend import find_backend
from archspec.layers.conv import Conv2D
from archspec_torch.emit import ROWS
from tests.unit.cli.conftest import Program

pytest.importorskip("torch")
pytest.importorskip("keras")


def test_the_same_function(archspec: Program) -> None:
    outcome = archspec("parity", "small.yaml", "--variant", "broad", "--batch", "3", "--seed", "2")
    assert outcome.code == 0, outcome.err
    header, _, row, empty, verdict = outcome.out.splitlines()
    assert header.split("  ") == ["output", "float64", "torch float32", "tensorflow float32", "allowed", "verdict"]
    assert row.split()[0] == "fc"
    assert row.split()[-1] == "same"
    assert not empty
    assert verdict.startswith("broad: torch and tensorflow are the same function: ")


def test_the_report_as_json(archspec: Program) -> None:
    report = json.loads(archspec("parity", "small.yaml", "--backends", "tensorflow, torch", "--json").out)
    assert report["passed"]
    assert report["backends"] == ["tensorflow", "torch"]
    assert report["outputs"][0]["float64"] < 1e-10


def test_a_backend_that_fails(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_backend("torch"), "run", lambda *_: 1 / 0, raising=False)
    outcome = archspec("parity", "small.yaml", "--json")
    assert outcome.code == 4
    assert not outcome.out
    assert re.search(
        r"archspec: torch fails at \S+ \(\w+, small.yaml:\d+:\d+\) of small: division by zero", outcome.err
    )


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_backend_that_means_another_function_fails(
    archspec: Program, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    torch = find_backend("torch")
    run = torch.run

    def biased(*arguments: Any) -> dict[str, Any]:
        return {name: value + 1e-3 for name, value in run(*arguments).items()}

    monkeypatch.setattr(torch, "run", biased, raising=False)
    outcome = archspec("parity", "small.yaml", *options)
    assert outcome.code == 4
    if options:
        assert not json.loads(outcome.out)["passed"]
    else:
        assert "DIFFERENT" in outcome.out
        assert "small: torch and tensorflow DIFFER: " in outcome.out


def test_another_shape_is_told_and_no_fault_of_the_spec(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = find_backend("torch")
    run = torch.run

    def shorter(*arguments: Any) -> dict[str, Any]:
        return {name: value[:, 1:] for name, value in run(*arguments).items()}

    monkeypatch.setattr(torch, "run", shorter, raising=False)
    outcome = archspec("parity", "small.yaml", "--train")
    assert outcome.code == 4
    assert outcome.out.count(": torch makes it (") == 2
    assert "Nothing else is compared." in outcome.out


def test_training_and_layers(archspec: Program, folder: Path) -> None:
    outcome = archspec("parity", "small.yaml", "--train", "--steps", "2", "--layers", "--report", "found.md")
    assert outcome.code == 0, outcome.err
    assert "2 steps of adamw: weights" in outcome.out
    assert "small: torch and tensorflow train alike: " in outcome.out
    assert "small: all 4 layers are the same in training" in outcome.out
    page = (folder / "found.md").read_text()
    assert page.startswith("# small\n\n## Inference\n\n| output | float64 | torch float32 |")
    assert "\n## Training\n" in page
    assert "\n## Layers in inference\n" in page


def test_the_layer_that_differs_is_named_with_its_line(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ROWS[Conv2D]
    monkeypatch.setitem(row.weights, "kernel", replace(row.weights["kernel"], axes=(3, 2, 1, 0)))
    outcome = archspec("parity", "small.yaml", "--layers", "--json")
    assert outcome.code == 4
    report = json.loads(outcome.out)
    (layers,) = report["layers"]
    assert layers["guilty"] == ["conv"]
    (first, *_) = layers["layers"]
    assert first["place"] == "small.yaml:9:5"
    assert first["attributes"]["filters"] == 4
    assert not first["inherited"]
    assert first["worst"]["values"].keys() == {"torch", "tensorflow"}
    text = archspec("parity", "small.yaml", "--layers").out
    assert "The first is conv at small.yaml:9:5: Conv2D(filters=4, kernel_size=(3, 3)" in text
    assert "of its own accord conv" in text


def test_a_checkpoint_is_mapped(archspec: Program, folder: Path) -> None:
    weights = package.load("small.yaml").weights(5)
    save_file({name.replace("conv", "stem"): array for name, array in weights.items()}, folder / "others.safetensors")
    (folder / "names.yaml").write_text("conv: stem\n")
    command = ("parity", "small.yaml", "--weights", "others.safetensors", "--map", "names.yaml")
    outcome = archspec(*command)
    assert outcome.code == 0, outcome.err
    (folder / "names.yaml").write_text("conv: nowhere\nnothing: stem\n")
    outcome = archspec(*command)
    assert outcome.code == 1
    assert "names.yaml:1:1: error: the file has no tensor or layer nowhere [wrong-map]" in outcome.err
    assert "names.yaml:2:1: error: the network has no weight or layer nothing [wrong-map]" in outcome.err


def test_a_third_party_is_asked_first(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    monkeypatch.delattr("archspec.api.parity")
    outcome = archspec("parity", "small.yaml", "--against", "torchvision:resnet19")
    assert outcome.code == 1
    assert "near it are resnet18" in outcome.err


@pytest.mark.slow
def test_against_a_third_party(archspec: Program) -> None:
    if find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    options = ("--input", "32,32,3", "--batch", "2", "--against", "torchvision:resnet18")
    outcome = archspec("parity", "resnet18", *options)
    assert "resnet18 is the same function as torchvision:resnet18, with the same weights: " in outcome.out


def test_weights_and_inputs_from_files(archspec: Program, folder: Path) -> None:
    assert archspec("compile", "small.yaml", "--backend", "torch", "-o", "made").code == 0
    np.save(folder / "images.npy", np.ones((5, 6, 6, 2), np.float32))
    files = ("--weights", "made/model.safetensors", "--input", "image=images.npy")
    report = json.loads(archspec("parity", "small.yaml", *files, "--train", "--steps", "1", "--json").out)
    assert report["passed"]
    assert report["batch"] == report["training"]["batch"] == 5
    np.savez(folder / "images.npz", image=np.ones((6, 6, 2)))
    outcome = archspec("parity", "small.yaml", "--input", "images.npz", "--json")
    assert json.loads(outcome.out)["batch"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("small.yaml", "--steps", "2"), 2, "add --train"),
        (("small.yaml", "--map", "map.yaml"), 2, "Add --against or --weights"),
        (("small.yaml", "--batch", "3", "--input", "images.npy"), 2, "files have the samples"),
        (("small.yaml", "--report", "nowhere/found.md"), 2, "nowhere: No such file or directory"),
        (("small.yaml", "--report", "."), 2, "Is a directory"),
        (("small.yaml", "--against", "caffe:alexnet"), 1, "of keras, torchvision, timm"),
        (("small.yaml", "--input", "nowhere.npy"), 2, "nowhere.npy"),
        (("small.yaml", "--backends", "torch"), 2, "two different ones"),
        (("small.yaml", "--backends", "torch,torch"), 2, "two different ones"),
        (("small.yaml", "--backends", "torch,keras"), 3, "installed:"),
        (("small.yaml", "--batch", "0"), 2, "--batch"),
        (("wrong.yaml",), 1, "unknown-layer"),
    ],
)
def test_wrong_arguments_are_explained(archspec: Program, arguments: tuple[str, ...], code: int, said: str) -> None:
    outcome = archspec("parity", *arguments)
    assert outcome.code == code
    assert said in outcome.err
    assert "running" not in outcome.err
