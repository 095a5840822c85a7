"""A network that has a file's layers with other wires, or other merges, is another function, and that is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.importing import import_model

keras = pytest.importorskip("keras")
pytest.importorskip("h5py")

from keras import layers  # noqa: E402

from tests.unit.importing.models import made, save  # noqa: E402


def model() -> Any:
    image = keras.Input((4,), name="x")
    first = layers.Dense(4, name="first")(image)
    second = layers.Dense(4, name="second")(first)
    end = layers.Add(name="sum")([layers.Subtract(name="less")([second, image]), first])
    return keras.Model(image, [end, layers.ReLU(name="positive")(end)])


def read(path: Path, changes: dict[str, dict[str, object]], outputs: list[str]) -> Any:
    """The weights for the file's own network with changes in some layers."""
    document = import_model(path)
    entries = [{**entry, **changes.get(entry["name"], {})} for entry in document["layers"]]
    return archspec.read_checkpoint(archspec.load({**document, "layers": entries, "outputs": outputs}), path)


@pytest.mark.filterwarnings("ignore::archspec.checkpoints.CheckpointWarning")
@pytest.mark.parametrize("form", ["model.keras", "model.h5"])
@pytest.mark.parametrize(
    ("changes", "outputs", "said"),
    [
        (
            {"less": {"inputs": ["x", "second"]}},
            ["sum", "positive"],
            "less (in the file less): it reads x, second, and in the file second, x",
        ),
        (
            {"sum": {"layer_type": "Multiply"}},
            ["sum", "positive"],
            "sum (in the file sum): Multiply, and in the file Add",
        ),
        (
            {"second": {"inputs": "x"}},
            ["sum", "positive"],
            "second (in the file second): it reads x, and in the file first",
        ),
        ({}, ["positive", "sum"], "positive (in the file sum): output 1 is positive, and in the file sum"),
        ({"sum": {"inputs": ["first", "less"]}}, ["sum", "positive"], ""),
    ],
)
def test_other_wires_are_told(
    changes: dict[str, dict[str, object]], outputs: list[str], said: str, form: str, tmp_path: Path
) -> None:
    weights = read(save(made(model), tmp_path / form), changes, outputs)
    assert weights.matching.complete
    lines = [line.strip() for note in weights.notes for line in note.facts.splitlines()[1:]]
    assert lines == ([said] if said else [])


@pytest.mark.filterwarnings("ignore::archspec.checkpoints.CheckpointWarning")
def test_a_part_of_the_file_is_the_same_function(tmp_path: Path) -> None:
    weights = read(save(made(model), tmp_path / "model.keras"), {}, ["sum"])
    assert not weights.matching.differences


def test_a_softmax_at_the_end_hides_no_other_merge(tmp_path: Path) -> None:
    image = keras.Input((4,), name="x")
    first = layers.Dense(4, name="first")(image)
    total = layers.Add(name="sum")([layers.Dense(4, name="second")(first), first])
    path = save(made(lambda: keras.Model(image, layers.Dense(3, "softmax", name="end")(total))), tmp_path / "m.keras")
    logits = {"end": {"activation": None}}
    with pytest.warns(archspec.checkpoints.CheckpointWarning) as notes:
        read(path, logits, ["end"])
    assert "sum" not in str(notes[0].message)
    with pytest.warns(archspec.checkpoints.CheckpointWarning, match=r"sum \(in the file sum\): Multiply, and in the"):
        read(path, {**logits, "sum": {"layer_type": "Multiply"}}, ["end"])
