"""`auto` in place of a network's name: the file of weights tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec as package
from archspec.cli.recognised import AUTO, told_by
from tests.unit.checkpoints.networks import weights_of, write
from tests.unit.cli.conftest import Program


@pytest.fixture
def lenet(folder: Path) -> Path:
    return write(folder / "w.safetensors", weights_of(package.load("lenet5")))


def test_convert_finds_the_network(archspec: Program, lenet: Path) -> None:
    result = archspec("weights", "convert", "w.safetensors", "-n", AUTO, "--to", "canonical", "-o", "out.safetensors")
    assert result.code == 0
    assert "archspec: w.safetensors fits lenet5\n" in result.err
    assert Path("out.safetensors").exists()


def test_show_and_compile_find_the_network(archspec: Program, lenet: Path) -> None:
    shown = archspec("weights", "show", "w.safetensors", "-n", AUTO)
    assert "it fits lenet5" in shown.out
    emitted = archspec("compile", AUTO, "-b", "torch", "--weights", "w.safetensors", "-o", "out", "--device", "cpu")
    assert emitted.code == 0
    assert Path("out/lenet5.py").exists()


def test_the_number_of_classes_is_the_files(folder: Path) -> None:
    network = package.load("mobilenet_v3_small", params={"classes": 7})
    path = write(folder / "w.safetensors", weights_of(network))
    found = ("mobilenet_v3_small", ["classes=7"])
    assert told_by(path, None, key=None, only_matching=False) == found
    assert told_by(path, ["classes=9"], key=None, only_matching=False) == (found[0], ["classes=9"])


def test_several_networks_are_listed(archspec: Program, folder: Path) -> None:
    write(folder / "w.safetensors", weights_of(package.load("zfnet_keras")))
    result = archspec("weights", "show", "w.safetensors", "-n", AUTO)
    assert result.code == 1
    assert "zfnet\n  zfnet_keras" in result.err
    assert "name one of them in place of auto" in result.err
