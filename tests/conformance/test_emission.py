"""Networks that once came out wrong: each is the same function in both frameworks, in clean source.

Two backends fed by one plan can agree and both be wrong, so the outputs' shapes are compared with the compiler's, too.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import archspec
from tests.conformance.networks import CASES, conv, document

pytest.importorskip("torch")
pytest.importorskip("keras")


@pytest.mark.parametrize("name", CASES)
def test_same_function(name: str) -> None:
    assert archspec.parity(archspec.load(CASES[name]), batch=1).largest <= 1e-10


def test_clean_source(tmp_path: Path) -> None:
    for index, case in enumerate(CASES.values()):
        network = archspec.load(case)
        for backend in ("torch", "tensorflow"):
            (tmp_path / f"{backend}_{index}.py").write_text(network.emit(backend))
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", str(tmp_path)], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout


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
    assert archspec.parity(network, batch=1).largest <= 1e-10


@pytest.mark.parametrize("name", ["reshape", "transpose_2"])
def test_an_input_that_is_called_as_an_operation_of_a_helper_is_refused(name: str) -> None:
    layers: list[object] = [{"layer_type": "ChannelShuffle", "groups": 2}, conv("c")]
    network = archspec.load(document(layers) | {"inputs": {name: [4, 4, 4]}})
    with pytest.raises(archspec.EmitError, match="give the input another name"):
        network.emit("tensorflow")


@pytest.mark.parametrize("name", ["train", "forward", "append", "_modules"])
def test_names_that_pytorch_has(name: str) -> None:
    with pytest.raises(archspec.EmitError, match=name):
        archspec.load(document([conv(name)])).emit("torch")


def test_every_name_that_pytorch_has_is_known() -> None:
    from torch import nn

    from archspec_torch.emit.names import ATTRIBUTES

    theirs = {name for kind in (nn.Module, nn.Sequential) for name in dir(kind()) if name[0] != "_"}
    assert theirs <= ATTRIBUTES
