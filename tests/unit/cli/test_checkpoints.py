"""How a checkpoint is read: the options are the same in every command, and what was taken for granted is told."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec as package
from archspec.advice import ARGUMENTS
from archspec.checkpoints import CheckpointWarning
from archspec.cli.advice import OPTIONS
from tests.unit.cli.conftest import Program

torch = pytest.importorskip("torch")

ROW = """\
archspec: 1
name: row
inputs: {x: [3]}
layers:
  - {name: fc0, layer_type: Dense, units: 3}
  - {name: fc1, layer_type: Dense, units: 3}
"""

READING = {
    "convert": "weights convert w.pth -n row.yaml --to canonical -o out.safetensors",
    "show": "weights show w.pth -n row.yaml",
    "compile": "compile row.yaml -b torch --device cpu -o out --weights w.pth",
    "parity": "parity row.yaml --weights w.pth",
}
"""Each command that takes a checkpoint."""


@pytest.fixture
def row(folder: Path) -> package.Network:
    (folder / "row.yaml").write_text(ROW)
    return package.load("row.yaml")


def state(network: package.Network, seed: int, *names: str) -> dict[str, Any]:
    """The weights of a seed, its two layers under these names."""
    found = network.compile("torch", seed=seed, device="cpu").state_dict()
    return {name.replace("fc0", names[0]).replace("fc1", names[1]): tensor for name, tensor in found.items()}


def arrays(network: package.Network, seed: int) -> dict[str, Any]:
    return network.weights(seed)


def test_every_word_is_there_for_both() -> None:
    assert ARGUMENTS.keys() == OPTIONS.keys()


@pytest.mark.parametrize("command", READING)
def test_a_key_chooses_and_what_was_taken_is_told(archspec: Program, row: package.Network, command: str) -> None:
    if command == "parity":
        pytest.importorskip("keras")
    own = ("fc0", "fc1")
    torch.save({"state_dict": state(row, 1, *own), "state_dict_ema": state(row, 2, *own)}, "w.pth")
    plain = archspec(*READING[command].split())
    assert plain.code == 0, plain.err
    told = "archspec: w.pth: the tensors under state_dict are taken; there are others under:\n  state_dict_ema\n"
    assert f"{told}--key KEY takes those\n" in plain.err
    chosen = archspec(*READING[command].split(), "--key", "state_dict_ema")
    assert chosen.code == 0, chosen.err
    assert "--key" not in chosen.err
    wrong = archspec(*READING[command].split(), "--key", "ema")
    assert wrong.code == 1
    assert "w.pth has nothing under the key 'ema'\ndicts of tensors in it:\n  state_dict, tensors: 4\n" in wrong.err


def test_the_weights_under_the_key_are_those(archspec: Program, row: package.Network) -> None:
    own = ("fc0", "fc1")
    torch.save({"models": {"g": state(row, 1, *own), "d": state(row, 2, *own)}}, "w.pth")
    refused = archspec(*READING["convert"].split())
    assert refused.code == 1
    assert "none of them is the plain one\ndicts of tensors in it:\n  models.g, tensors: 4\n  models.d" in refused.err
    assert "--key KEY takes one of them" in refused.err
    outcome = archspec(*READING["convert"].split(), "--key", "models.d", "--json")
    record = json.loads(outcome.out)
    assert (record["key"], record["other_keys"]) == ("models.d", ["models.g"])
    found = package.read_checkpoint(row, "out.safetensors")
    assert all(np.array_equal(found[name], array) for name, array in arrays(row, 2).items())
    made = archspec(*READING["compile"].split(), "--key", "models.d", "--json")
    assert json.loads(made.out)["weights_key"] == "models.d"


@pytest.mark.parametrize("command", ["convert", "compile", "parity"])
def test_an_order_of_definition_is_no_order_of_execution(archspec: Program, row: package.Network, command: str) -> None:
    if command == "parity":
        pytest.importorskip("keras")
    torch.save(state(row, 1, "late", "early"), "w.pth")
    refused = archspec(*READING[command].split())
    assert refused.code == 1
    assert "In that order they are:\n  fc0: late\n  fc1: early\n" in refused.err
    assert "(--map FILE, with lines like `conv1: features.0`)" in refused.err
    assert "(--by-order)" in refused.err
    taken = archspec(*READING[command].split(), "--by-order")
    assert taken.code == 0, taken.err
    assert "need not be that of their execution.\n  fc0: late\n  fc1: early\n" in taken.err
    assert "`archspec parity SPEC --weights FILE --against PACKAGE:NAME` tests it" in taken.err


def test_it_is_in_the_records_too(archspec: Program, row: package.Network) -> None:
    torch.save(state(row, 1, "late", "early"), "w.pth")
    shown = json.loads(archspec(*READING["show"].split(), "--json").out)
    assert (shown["doubtful"], shown["unproved"]) == ({"fc0": "late", "fc1": "early"}, {})
    converted = json.loads(archspec(*READING["convert"].split(), "--by-order", "--json").out)
    assert (converted["doubtful"], converted["unproved"]) == ({}, {"fc0": "late", "fc1": "early"})
    assert json.loads(archspec(*READING["compile"].split(), "--by-order", "--json").out)["unproved"]
    assert json.loads(Path("out/network.json").read_text())["unproved"] == {"fc0": "late", "fc1": "early"}


@pytest.mark.parametrize("option", [("--key", "ema"), ("--by-order",)])
@pytest.mark.parametrize("command", ["compile row.yaml -b torch", "parity row.yaml"])
def test_the_options_want_a_checkpoint(
    archspec: Program, row: package.Network, command: str, option: tuple[str, ...]
) -> None:
    outcome = archspec(*command.split(), *option)
    assert outcome.code == 2
    assert "a checkpoint has to be there: --weights FILE" in outcome.err


def test_in_python_the_same_are_arguments(row: package.Network) -> None:
    own = ("fc0", "fc1")
    torch.save({"state_dict": state(row, 1, *own), "ema": state(row, 2, *own)}, "two.pth")
    with pytest.warns(CheckpointWarning, match=r"there are others under:\n  ema\nkey=\.\.\. takes those"):
        model = row.compile("torch", weights="two.pth", device="cpu")
    assert np.array_equal(package.read_weights(row, model)["fc0:kernel"], arrays(row, 1)["fc0:kernel"])
    with warnings.catch_warnings():
        warnings.simplefilter("error", CheckpointWarning)
        model = row.compile("torch", weights="two.pth", key="ema", device="cpu")
    assert np.array_equal(package.read_weights(row, model)["fc0:kernel"], arrays(row, 2)["fc0:kernel"])

    torch.save({**state(row, 1, *own), "fc1.weight": torch.zeros(5, 3), "fc1.bias": torch.zeros(5)}, "head.pth")
    with pytest.raises(package.WeightsError, match=r"\(only_matching=True\)$") as caught:
        row.compile("torch", weights="head.pth")
    assert "--" not in str(caught.value)
    model = row.compile("torch", weights="head.pth", only_matching=True, seed=4, device="cpu")
    found = package.read_weights(row, model)
    assert np.array_equal(found["fc0:kernel"], arrays(row, 1)["fc0:kernel"])
    assert np.array_equal(found["fc1:kernel"], arrays(row, 4)["fc1:kernel"])

    torch.save(state(row, 1, "late", "early"), "crossed.pth")
    names = {"fc0": "early", "fc1": "late"}
    model = row.compile("torch", weights="crossed.pth", names=names, device="cpu")
    assert np.array_equal(package.read_weights(row, model)["fc0:kernel"], arrays(row, 1)["fc1:kernel"])
    with pytest.warns(CheckpointWarning, match="PACKAGE:NAME"):
        row.compile("torch", weights="crossed.pth", by_order=True, device="cpu")
    with pytest.raises(package.ArchspecError, match="say how a file is read: weights=FILE"):
        row.compile("torch", weights=arrays(row, 1), only_matching=True)
