"""Whatever the document: right ones become tidy source that is the same function twice, wrong ones a `SpecError`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import archspec
from archspec.errors import EmitError, Source, SpecError
from tests.property.damage import damaged
from tests.property.specs import Spec, documents

BACKENDS = ("torch", "tensorflow")


def shadowing(word: str) -> Spec:
    """A document in which two scopes of this name become one function, beside a layer whose source uses `math`."""
    inner = {"name": word, "layer_type": "Residual", "layers": [{"layer_type": "Dense", "units": 4}]}
    outer = [{"name": f"part{number}", "layer_type": "Sequential", "layers": [inner]} for number in (1, 2)]
    layers = [{"layer_type": "GELU"}, *outer, {"layer_type": "Concatenate", "inputs": ["part1", "part2"]}]
    return {"archspec": 1, "name": "small", "inputs": {"image": [4]}, "layers": layers}


FEW = settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=400, derandomize=False)


def emitted_source_is_tidy(document: Spec) -> None:
    """Both sources compile, lint clean, are as ruff formats them, and come out the same again."""
    sources = {backend: archspec.load(document).emit(backend) for backend in BACKENDS}
    again = archspec.load(json.loads(json.dumps(document)))
    with tempfile.TemporaryDirectory() as folder:
        for backend, source in sources.items():
            compile(source, backend, "exec")
            assert again.emit(backend) == source
            assert "archspec" not in source
            Path(folder, f"{backend}.py").write_text(source)
        _ruff("check", folder)
        _ruff("format", "--check", "--diff", folder)


def _ruff(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def backends_agree(document: Spec) -> None:
    """Both models are the same function, with weights that come out as they went in."""
    network = archspec.load(document)
    report = archspec.parity(network)
    assert report.largest <= 1e-10, report
    weights = network.weights(3)
    for backend in BACKENDS:
        read = archspec.read_weights(network, network.compile(backend, weights=weights, device="cpu"))
        assert {name: array.tobytes() for name, array in read.items()} == {
            name: array.tobytes() for name, array in weights.items()
        }


def only_spec_errors(document: Any) -> None:
    """A damaged document is refused, or means something that backends can emit or decline."""
    sources: list[Any] = [document, Source("damaged.json", json.dumps(document))]
    for source in sources:
        try:
            network = archspec.load(source)
        except SpecError as error:
            _check_message(error)
            continue
        for backend in BACKENDS:
            try:
                compile(network.emit(backend), backend, "exec")
            except EmitError as error:
                _check_message(error)


def _check_message(error: SpecError | EmitError) -> None:
    assert str(error)


@pytest.mark.parametrize("word", ["math", "ops", "layers", "nn", "x", "name", "super"])
def test_names_of_the_spec_shadow_nothing(word: str) -> None:
    emitted_source_is_tidy(shadowing(word))
    assert archspec.parity(archspec.load(shadowing(word))).largest <= 1e-10


@given(documents())
@FEW
def test_emitted_source_is_tidy(document: Spec) -> None:
    emitted_source_is_tidy(document)


@pytest.mark.slow
@given(documents())
@MANY
def test_emitted_source_is_tidy_very_often(document: Spec) -> None:
    emitted_source_is_tidy(document)


@given(documents())
@settings(FEW, max_examples=6)
def test_backends_agree(document: Spec) -> None:
    backends_agree(document)


@pytest.mark.slow
@given(documents())
@settings(MANY, max_examples=100)
def test_backends_agree_very_often(document: Spec) -> None:
    backends_agree(document)


@given(damaged())
@settings(FEW, max_examples=100)
def test_only_spec_errors(document: Any) -> None:
    only_spec_errors(document)


@pytest.mark.slow
@given(damaged())
@settings(MANY, max_examples=2000)
def test_only_spec_errors_very_often(document: Any) -> None:
    only_spec_errors(document)
