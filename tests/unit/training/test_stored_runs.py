"""Trainings whose data are in tar files and in tables."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import archspec
from archspec.training import running
from archspec.training.planning import network_of, plan
from archspec.training.program import recipe_backend, sources
from archspec.training.reading import read_recipe

NETWORK = """\
archspec: 1
name: small
inputs: {image: [6, 6, 1]}
layers:
  - {layer_type: GlobalAveragePooling2D}
  - {name: hidden, layer_type: Dense, units: 8, activation: relu}
  - {name: fc, layer_type: Dense, units: 3, activation: softmax}
"""

SHARDS = {"type": "WebDataset", "shards": "a-{0..2}.tar", "fields": {"image": "png", "label": "cls"}, "channels": 1}


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A recipe of a small network that tells three shades apart."""
    (tmp_path / "small.yaml").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    return {
        "recipe": 1,
        "network": str(tmp_path / "small.yaml"),
        "data": {"source": SHARDS, "validation": 0.2},
        "loss": "CrossEntropy",
        "optimizer": {"type": "SGD", "learning_rate": 0.5, "momentum": 0.9},
        "epochs": 12,
        "batch_size": 6,
        "metrics": ["accuracy"],
    }


def _png(label: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((6, 6), 127 * label, np.uint8)).save(file, "PNG")
    return file.getvalue()


def _write_shards(folder: Path) -> None:
    for shard in range(3):
        with tarfile.open(folder / f"a-{shard}.tar", "w") as tar:
            for number in range(10):
                label = number % 3
                for name, content in ((f"{number}.png", _png(label)), (f"{number}.cls", str(label).encode())):
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    tar.addfile(member, io.BytesIO(content))


def _write_table(file: Path, names: list[str]) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=names)})
    rows = {
        "image": [{"bytes": _png(number % 3), "path": None} for number in range(30)],
        "label": [number % 3 for number in range(30)],
    }
    datasets.Dataset.from_dict(rows, features=features).to_parquet(file)


def test_both_frameworks_have_the_same_data(document: dict[str, Any]) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("tensorflow")
    written = read_recipe(document)
    planned = plan(written, network_of(written))
    programs = [sources(planned, recipe_backend(name))["data.py"] for name in ("torch", "tensorflow")]
    assert "a-{0..2}.tar" in programs[0]
    assert programs[0] == programs[1]


def test_a_table_needs_packages(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(running, "find_spec", lambda name: None if name == "datasets" else name)
    table = {"type": "HuggingFaceHub", "name": "owner/name", "split": "train", "fields": SHARDS["fields"]}
    for place in ("source", "validation"):
        recipe = {**document, "data": {"source": SHARDS, "validation": 0.2, place: {**table, "channels": 1}}}
        with pytest.raises(
            archspec.BackendMissingError, match=r"training needs datasets: pip install archspec-nn\[datasets\]"
        ):
            archspec.train(recipe, backend="torch", run=tmp_path / "run")
        assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_shards_are_trained_with_and_a_faulty_one_is_told(
    document: dict[str, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    _write_shards(tmp_path)
    done = archspec.train(document, backend="torch", run="run", device="cpu")
    assert done.metrics[-1]["validation_accuracy"] == 1
    assert archspec.evaluate("run")["accuracy"] == 1
    (tmp_path / "a-1.tar").write_bytes((tmp_path / "a-1.tar").read_bytes()[:3000])
    with pytest.raises(archspec.RunError, match="exit code 1"):
        archspec.train(document, backend="torch", run="other", device="cpu")
    told = capfd.readouterr().err
    assert "a-1.tar cannot be read: unexpected end of data" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_table_is_trained_with_and_its_classes_are_those_of_the_run(document: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("torch")
    _write_table(tmp_path / "a.parquet", ["black", "gray", "white"])
    _write_table(tmp_path / "b.parquet", ["white", "gray", "black"])
    table = {"type": "Parquet", "files": "a.parquet", "fields": {"image": "image", "label": "label"}, "channels": 1}
    recipe = {**document, "data": {"source": table, "validation": 0.2}}
    done = archspec.train(recipe, backend="torch", run="run", device="cpu")
    assert done.metrics[-1]["validation_accuracy"] == 1
    assert archspec.evaluate("run", data="a.parquet")["accuracy"] == 1
    (tmp_path / "white.png").write_bytes(_png(2))
    (prediction,) = archspec.predict("run", ["white.png"], top=1)
    assert list(prediction.classes) == ["white"]
    with pytest.raises(archspec.RunError, match="data are white, gray, black, and those of the run black, gray, white"):
        archspec.evaluate("run", data="b.parquet")
