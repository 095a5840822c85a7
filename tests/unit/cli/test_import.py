"""`archspec import` writes the spec of a Keras model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archspec as package
from tests.unit.cli.conftest import Program

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


@pytest.fixture
def model(folder: Path) -> Path:
    path = folder / "model.json"
    dense = layers.Dense(3, name="fc", kernel_regularizer="l2")
    path.write_text(keras.Sequential([keras.Input((4,), name="x"), dense, layers.ReLU(name="act")], name="m").to_json())
    return path


SPEC = """\
archspec: 1
name: m
source: imported from model.json
inputs: {x: [4]}
layers:
  - {name: fc, layer_type: Dense, units: 3}
  - {name: act, layer_type: ReLU}
"""


def test_it_prints_the_spec_and_tells_what_it_leaves_out(archspec: Program, model: Path) -> None:
    outcome = archspec("import", "model.json")
    assert outcome.code == 0
    assert outcome.out == SPEC
    assert outcome.err == (
        "archspec: model.json: left out, as only training needs it:\n  kernel_regularizer of 1 layer\n"
    )


def test_it_writes_the_spec(archspec: Program, model: Path, folder: Path) -> None:
    outcome = archspec("import", "model.json", "-o", "net.yaml")
    assert (outcome.code, outcome.out) == (0, "")
    assert (folder / "net.yaml").read_text() == SPEC
    assert package.load(folder / "net.yaml").parameters().total == 15


def test_json_is_the_document(archspec: Program, model: Path) -> None:
    outcome = archspec("import", "model.json", "--json")
    found = json.loads(outcome.out)
    assert found["layers"][0] == {"name": "fc", "layer_type": "Dense", "units": 3}


def test_the_model_is_not_replaced(archspec: Program, model: Path) -> None:
    before = model.read_bytes()
    outcome = archspec("import", "model.json", "-o", "./model.json")
    assert outcome.code == 2
    assert "it would replace what is read" in outcome.err
    assert model.read_bytes() == before


def test_refusals_are_shown(archspec: Program, folder: Path) -> None:
    own = layers.Lambda(lambda x: x, name="own")
    (folder / "own.json").write_text(keras.Sequential([keras.Input((4,)), own]).to_json())
    outcome = archspec("import", "own.json")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "archspec: own.json has layers that the language lacks:\n  own (Lambda)\n"
    assert archspec("import", "missing.json").code == 2
