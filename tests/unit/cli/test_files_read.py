"""What commands read: no command replaces it, and none waits for a pipe that nobody writes into."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

import archspec as package
from tests.unit.cli.conftest import Program, environment


@pytest.fixture
def inputs(folder: Path) -> Path:
    """The current folder, with weights, a map and samples for small.yaml."""
    save_file(package.load("small.yaml").weights(), folder / "small.safetensors")
    (folder / "map.yaml").write_text("conv:kernel: conv:kernel\n")
    np.save(folder / "images.npy", np.ones((1, 6, 6, 2), np.float32))
    return folder


REPORT = ("parity", "small.yaml", "--weights", "small.safetensors", "--map", "map.yaml", "--input", "images.npy")
CONVERT = ("weights", "convert", "small.safetensors", "-n", "small.yaml", "--map", "map.yaml", "--to", "canonical")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        *(((*REPORT, "--report"), name) for name in ("small.yaml", "small.safetensors", "map.yaml", "images.npy")),
        *(((*CONVERT, "-o"), name) for name in ("small.yaml", "small.safetensors", "map.yaml")),
    ],
)
def test_no_command_writes_what_it_reads(archspec: Program, inputs: Path, command: tuple[str, ...], name: str) -> None:
    before = {path.name: path.read_bytes() for path in inputs.iterdir()}
    (inputs / "soft.safetensors").symlink_to(name)
    (inputs / "hard.safetensors").hardlink_to(inputs / name)
    for path in ("soft.safetensors", "hard.safetensors", f"../{inputs.name}/soft.safetensors"):
        outcome = archspec(*command, path)
        assert outcome.code == 2
        assert outcome.err == f"archspec: {path}: it would replace what is read as {name}: write to another place\n"
    assert {name: (inputs / name).read_bytes() for name in before} == before


def test_a_report_replaces_neither_a_network_of_the_zoo_nor_a_protected_file(archspec: Program, folder: Path) -> None:
    spec = package.load("lenet").origin.file
    assert spec is not None
    before = spec.read_bytes()
    outcome = archspec("parity", "lenet", "--report", str(spec))
    assert outcome.code == 2
    assert "it would replace what is read" in outcome.err
    assert spec.read_bytes() == before
    (folder / "found.md").touch(0o444)
    outcome = archspec("parity", "lenet", "--report", "found.md")
    assert (outcome.code, outcome.err) == (2, "archspec: found.md: it is write-protected\n")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("weights show pipe", "a regular file is needed"),
        ("weights show pipe.safetensors", "a regular file is needed"),
        ("weights convert pipe -n small.yaml --to torch -o out.pth", "a regular file is needed"),
        ("parity small.yaml --input pipe.npy", "a regular file is needed"),
        ("parity small.yaml --weights pipe", "a regular file is needed"),
        ("show pipe", "no program writes into this pipe"),
        ("validate pipe.yaml", "no program writes into this pipe"),
        ("weights show small.safetensors -n small.yaml --map pipe", "no program writes into this pipe"),
    ],
)
def test_nobody_waits_for_a_pipe_without_a_writer(archspec: Program, inputs: Path, command: str, said: str) -> None:
    for name in ("pipe", "pipe.npy", "pipe.yaml", "pipe.safetensors"):
        os.mkfifo(inputs / name)
    outcome = archspec(*command.split())
    assert outcome.code == 2, outcome.err
    assert said in outcome.err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("{archspec} validate <(cat small.yaml)", "narrow is valid"),
        ("cat small.yaml | {archspec} validate -", "narrow is valid"),
        ("cat small.yaml | {archspec} validate /dev/stdin", "narrow is valid"),
        ("{archspec} validate - < small.yaml", "narrow is valid"),
        ("{archspec} weights show small.safetensors -n small.yaml --map <(cat map.yaml)", "it fits small"),
    ],
)
def test_specs_and_maps_are_read_from_pipes(inputs: Path, command: str, said: str) -> None:
    done = subprocess.run(
        ["bash", "-c", command.format(archspec=f"{sys.executable} -m archspec")],
        cwd=inputs,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
