"""weights: what it converts, shows and refuses; and compile with a checkpoint."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import archspec as package
from tests.unit.checkpoints.networks import write
from tests.unit.cli.conftest import Program


@pytest.fixture
def checkpoint(folder: Path) -> Path:
    """small.yaml's weights as PyTorch saves them."""
    torch = pytest.importorskip("torch")
    state = package.load(folder / "small.yaml").compile("torch", seed=5, device="cpu").state_dict()
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}}, folder / "small.pth")
    return folder / "small.pth"


@pytest.fixture
def others(checkpoint: Path) -> Path:
    """The same under other names, with a bias of another size, and one tensor more."""
    torch = pytest.importorskip("torch")
    state = package.load("small.yaml").compile("torch", seed=5, device="cpu").state_dict()
    renamed = {name.replace("conv", "stem").replace("fc", "head"): tensor for name, tensor in state.items()}
    torch.save({**renamed, "head.bias": torch.zeros(5), "extra.weight": torch.zeros(2)}, "others.pth")
    return Path("others.pth")


def test_a_checkpoint_goes_to_keras_and_back(archspec: Program, checkpoint: Path, folder: Path) -> None:
    pytest.importorskip("keras")
    command = ("weights", "convert", "--network", "small.yaml")
    there = archspec(*command, "small.pth", "--to", "tensorflow", "-o", "small.weights.h5")
    assert there.code == 0, there.err
    assert there.err.endswith("small.weights.h5: 4 weights of small, float32; found 4 by name\n")
    assert not there.out
    back = archspec(*command, "small.weights.h5", "--to", "canonical", "-o", "small.safetensors", "--json")
    assert back.code == 0, back.err
    record = json.loads(back.out)
    assert record["complete"]
    assert record["matches"]["conv:kernel"] == {"tensor": "conv/0", "by": "name"}
    network = package.load("small.yaml")
    found = package.read_checkpoint(network, "small.safetensors")
    assert all(np.array_equal(found[name], array) for name, array in network.weights(5).items())
    assert sorted(path.name for path in folder.glob(".*")) == []


def test_what_does_not_fit_is_said_and_nothing_written(archspec: Program, others: Path) -> None:
    outcome = archspec("weights", "convert", str(others), "-n", "small.yaml", "--to", "torch", "-o", "out.safetensors")
    assert outcome.code == 1
    assert "archspec: others.pth does not fit small\n" in outcome.err
    assert "\n  fc:kernel 3 x 4\n  fc:bias 3\ntensors that are left over:\n  head.weight 3 x 4 float32\n" in outcome.err
    assert "\n  extra.weight 2 float32\na map says which is which (--map FILE, " in outcome.err
    assert "(--only-matching)" in outcome.err
    assert "conv:kernel" not in outcome.err
    assert "Traceback" not in outcome.err
    assert not Path("out.safetensors").exists()


def test_by_hand_and_only_what_matches(archspec: Program, others: Path) -> None:
    Path("names.yaml").write_text("conv: stem\nfc:kernel: head.weight\n")
    command = ("weights", "convert", str(others), "-n", "small.yaml", "--to", "torch", "-o", "out.safetensors")
    outcome = archspec(*command, "--map", "names.yaml", "--only-matching")
    assert outcome.code == 0, outcome.err
    assert "found 3 by the map" in outcome.err
    assert re.search(
        r"initial values:\n +fc:bias\n +not taken from the file:\n +head.bias\n +extra.weight", outcome.err
    )


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("- conv", 2, "--map"),
        ("conv: [stem]", 2, "--map"),
        ("stem", 2, "--map"),
        ("", 2, "--map"),
        ("3: stem", 1, "names.yaml:1:1"),
    ],
)
def test_maps_are_names_to_names(archspec: Program, others: Path, text: str, code: int, said: str) -> None:
    Path("names.yaml").write_text(text)
    command = ("weights", "convert", str(others), "-n", "small.yaml", "--to", "torch", "-o", "out.pth")
    outcome = archspec(*command, "--map", "names.yaml")
    assert outcome.code == code
    assert said in outcome.err


def test_show(archspec: Program, checkpoint: Path) -> None:
    outcome = archspec("weights", "show", "small.pth")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    kernel = package.load("small.yaml").weights(5)["conv:kernel"]
    norm = f"{np.sqrt((kernel.astype(float) ** 2).sum()):.5g}"
    assert lines[0].split() == ["tensor", "shape", "type", "elements", "norm"]
    assert lines[2].split() == ["module.conv.weight", *"4x2x3x3", "float32", "72", norm]
    assert lines[-1] == "small.pth: 4 tensors, 91 elements, in the form of torch"


def test_show_with_a_network(archspec: Program, checkpoint: Path, others: Path) -> None:
    outcome = archspec("weights", "show", "small.pth", "--network", "small.yaml")
    assert outcome.code == 0
    assert re.search(r"module\.fc\.bias +fc:bias +name +3 ", outcome.out)
    assert outcome.out.endswith("it fits small\n")
    outcome = archspec("weights", "show", str(others), "--network", "small.yaml")
    assert outcome.code == 0
    assert re.search(r"\nstem\.bias +conv:bias +order ", outcome.out)
    assert "it does not fit small\nweights of the network that were not found:\n  fc:kernel" in outcome.out


def test_show_has_tensors_without_plain_elements_too(archspec: Program, folder: Path) -> None:
    torch = pytest.importorskip("torch")
    tensors = {
        "a.weight": torch.ones(2, 2),
        "a.sparse": torch.eye(3).to_sparse(),
        "a.meta": torch.empty(3, device="meta"),
        "a.expanded": torch.ones(1).expand(4),
        "a.quantised": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    }
    torch.save(tensors, "mixed.pth")
    outcome = archspec("weights", "show", "mixed.pth")
    assert outcome.code == 0, outcome.err
    rows = [line.split() for line in outcome.out.splitlines()[2:7]]
    assert rows == [
        ["a.weight", "2", "x", "2", "float32", "4", "2"],
        ["a.sparse", "3", "x", "3", "sparse", "9"],
        ["a.meta", "3", "meta", "3"],
        ["a.expanded", "4", "expanded", "4"],
        ["a.quantised", "2", "qint8", "2"],
    ]
    found = json.loads(archspec("weights", "show", "mixed.pth", "--json").out)["tensors"]
    assert [tensor["norm"] for tensor in found] == [2.0, None, None, None, None]


def test_show_as_json(archspec: Program, others: Path) -> None:
    record: Any = json.loads(archspec("weights", "show", str(others), "-n", "small.yaml", "--json").out)
    assert record["framework"] == "torch"
    assert record["tensors"][1] == {
        "name": "stem.bias",
        "shape": [4],
        "dtype": "float32",
        "size": 4,
        "norm": 0.0,
        "weight": "conv:bias",
        "by": "order",
    }
    assert record["unused"] == ["head.weight", "head.bias", "extra.weight"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("convert gone.pth -n small.yaml --to torch -o out.pth", 2, "gone.pth: No such file"),
        ("convert small.yaml -n small.yaml --to torch -o out.pth", 1, "small.yaml is no file of weights"),
        ("convert small.pth -n small.yaml --to torhc -o out.pth", 3, "did you mean torch?"),
        ("convert small.pth -n small.yaml --to tensorflow -o out.h5", 2, "has to end in .weights.h5"),
        ("convert small.pth -n small.yaml --to canonical -o gone/out.safetensors", 2, "gone: No such file"),
        ("convert small.pth -n small.yaml --map gone.yaml --to torch -o out.pth", 2, "gone.yaml: No such file"),
        ("convert gone.pth -n small.yaml --to tensorflow -o gone/out.weights.h5", 2, "archspec: gone: No such file"),
        ("convert small.pth -n wrong.yaml --to torch -o out.pth", 1, "Conv2d"),
        ("convert small.pth --to torch -o out.pth", 2, "--network"),
        ("show gone.pth", 2, "gone.pth: No such file"),
        ("show .", 2, "Is a directory"),
    ],
)
def test_wrong_arguments_are_explained(
    archspec: Program, checkpoint: Path, folder: Path, arguments: str, code: int, said: str
) -> None:
    outcome = archspec("weights", *arguments.split())
    assert outcome.code == code
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert sorted(path.name for path in folder.iterdir()) == ["small.pth", "small.yaml", "wrong.yaml"]


@pytest.mark.parametrize("command", ["convert", "show"])
def test_help_teaches_by_example(archspec: Program, command: str) -> None:
    outcome = archspec("weights", command, "--help")
    assert outcome.code == 0
    assert outcome.out.count(f"    archspec weights {command} ") >= 3
    assert max(map(len, outcome.out.splitlines())) <= 81


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_compile_takes_a_checkpoint(archspec: Program, checkpoint: Path, folder: Path, backend: str) -> None:
    pytest.importorskip({"torch": "torch", "tensorflow": "keras"}[backend])
    command = ("compile", "small.yaml", "-b", backend, "--device", "cpu", "--weights", "small.pth", "-o", "built")
    outcome = archspec(*command)
    assert outcome.code == 0, outcome.err
    assert "the weights, float32, from small.pth" in outcome.err
    (file,) = [path for path in (folder / "built").iterdir() if path.name.startswith("model.") and path.suffix != ".py"]
    network = package.load("small.yaml")
    found = package.read_checkpoint(network, file)
    assert all(np.array_equal(found[name], array) for name, array in network.weights(5).items())
    record = json.loads((folder / "built" / "network.json").read_text())
    assert record["weights"] == "small.pth"
    assert "seed" not in record


def test_compile_by_hand_and_with_only_what_matches(archspec: Program, others: Path, folder: Path) -> None:
    Path("names.yaml").write_text("conv: stem\nfc:kernel: head.weight\n")
    command = ("compile", "small.yaml", "-b", "torch", "--device", "cpu", "--weights", "others.pth", "-o", "built")
    outcome = archspec(*command, "--map", "names.yaml")
    assert outcome.code == 1
    assert "\n  extra.weight 2 float32\n" in outcome.err
    assert not (folder / "built").exists()
    outcome = archspec(*command, "--map", "names.yaml", "--only-matching", "--seed", "9", "--json")
    assert outcome.code == 0, outcome.err
    assert "initial values:\n  fc:bias\nnot taken from the file:\n  head.bias\n  extra.weight\n" in outcome.err
    network = package.load("small.yaml")
    found = package.read_checkpoint(network, folder / "built" / "model.safetensors")
    expected = {**network.weights(5), "fc:bias": network.weights(9)["fc:bias"]}
    assert all(np.array_equal(found[name], array) for name, array in expected.items())
    record = json.loads((folder / "built" / "network.json").read_text())
    assert (record["weights"], record["initial"], record["seed"]) == ("others.pth", ["fc:bias"], 9)
    assert json.loads(outcome.out)["initial"] == ["fc:bias"]


@pytest.mark.parametrize("option", [("--map", "names.yaml"), ("--only-matching",)])
def test_how_to_read_a_checkpoint_wants_one(archspec: Program, folder: Path, option: tuple[str, ...]) -> None:
    outcome = archspec("compile", "small.yaml", "-b", "torch", *option)
    assert outcome.code == 2
    assert "--weights FILE" in outcome.err


def test_what_is_read_is_not_replaced(archspec: Program, checkpoint: Path) -> None:
    before = checkpoint.read_bytes()
    outcome = archspec("weights", "convert", "small.pth", "-n", "small.yaml", "--to", "torch", "-o", "./small.pth")
    assert outcome.code == 2
    assert outcome.err == "archspec: small.pth: it would replace what is read: write to another place\n"
    assert checkpoint.read_bytes() == before


def test_a_file_that_does_not_fit_on_the_disk_is_told(process: Program, checkpoint: Path, folder: Path) -> None:
    """Files may have 512 bytes here, less than the last tensor ends at: all of it is in a buffer until the end."""
    (folder / "out.safetensors").write_text("old")
    command = "weights convert small.pth -n small.yaml --to canonical -o out.safetensors"
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)); from archspec.cli import main"
    outcome = process("-c", f"{limit}; sys.argv[0] = 'archspec'; main()", *command.split())
    assert outcome.code == 2
    assert "File too large" in outcome.err
    assert (folder / "out.safetensors").read_text() == "old"
    assert [path.name for path in folder.glob(".*")] == []


@pytest.mark.parametrize(
    "command", ["weights convert small.pth -n small.yaml -o out.pth --to", "compile small.yaml -b"]
)
def test_a_full_disk_is_told_before_it_is_written(
    archspec: Program, checkpoint: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=100))
    outcome = archspec(*command.split(), "torch")
    assert outcome.code == 2
    assert "No space left on device for 364 bytes" in outcome.err
    assert not list(folder.rglob("out.pth")) + list(folder.rglob("model.*")) + list(folder.rglob("small_torch"))


@pytest.mark.parametrize("command", ["show", "show -n small.yaml", "convert -n small.yaml --to torch -o out.pth"])
def test_names_from_files_do_not_act_on_the_terminal(archspec: Program, folder: Path, command: str) -> None:
    names = ["\x1b[31mred.weight", "nul\x00.weight", "line\nbreak.weight", "long" * 25_000 + ".weight"]
    write(
        folder / "w.safetensors", {name: np.zeros((1, 2, 3, index + 4), np.float32) for index, name in enumerate(names)}
    )
    verb, *options = command.split()
    outcome = archspec("weights", verb, "w.safetensors", *options)
    text = outcome.out + outcome.err
    assert all(character.isprintable() or character == "\n" for character in text)
    assert r"\x1b[31mred.weight" in text
    assert r"nul\x00.weight" in text
    assert r"line\nbreak.weight" in text
    assert "longlonglong" in text
    assert "..." in text
    assert max(map(len, text.splitlines())) < 200
