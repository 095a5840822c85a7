"""Whatever the document: right ones become tidy source that is the same function twice, wrong ones a `SpecError`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import archspec
from archspec.errors import EmitError, Source, SpecError
from tests.marks import rows_but
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
MORE = settings(FEW, max_examples=30, derandomize=False)
MANY = settings(MORE, max_examples=100)


def write_sources(document: Spec, folder: Path) -> None:
    """Both sources, in the folder: they compile, and come out the same again."""
    sources = {backend: archspec.load(document).emit(backend) for backend in BACKENDS}
    again = archspec.load(json.loads(json.dumps(document)))
    for backend, source in sources.items():
        compile(source, backend, "exec")
        assert again.emit(backend) == source
        assert "archspec" not in source
        Path(folder, f"{backend}_{len(list(folder.iterdir()))}.py").write_text(source)


def check_that_all_are_tidy(folder: Path) -> None:
    """They lint clean and are as ruff formats them: one run for all, which costs as much as for one."""
    for arguments in (("check",), ("format", "--check", "--diff")):
        command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
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
def test_names_of_the_spec_shadow_nothing(word: str, tmp_path: Path) -> None:
    write_sources(shadowing(word), tmp_path)
    assert archspec.parity(archspec.load(shadowing(word)), batch=1).largest <= 1e-10


@pytest.mark.parametrize("often", rows_but([FEW], [MORE], [FEW, MORE, MANY]), ids=["few", "more", "many"])
def test_emitted_source_is_tidy(often: settings, tmp_path: Path) -> None:
    often(given(documents())(lambda document: write_sources(document, tmp_path)))()
    check_that_all_are_tidy(tmp_path)


@pytest.mark.slow
@given(documents())
@settings(MORE, max_examples=8)
def test_backends_agree(document: Spec) -> None:
    backends_agree(document)


@given(damaged())
@settings(FEW, max_examples=50)
def test_only_spec_errors(document: Any) -> None:
    only_spec_errors(document)


@pytest.mark.parametrize("often", rows_but((), [MORE], [MORE, MANY]), ids=["more", "many"])
def test_only_spec_errors_often(often: settings) -> None:
    settings(often, max_examples=3 * often.max_examples)(given(damaged())(only_spec_errors))()
