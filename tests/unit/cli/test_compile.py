"""compile: the folder that it leaves, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import archspec as package
from archspec.backend import find_backend
from tests.unit.cli.conftest import SMALL, Outcome, Program

WEIGHTS = {"torch": "model.safetensors", "tensorflow": "model.weights.h5"}
PACKAGES = {"torch": "torch", "tensorflow": "keras"}


def _compile(archspec: Program, backend: str, *arguments: str) -> Outcome:
    pytest.importorskip(PACKAGES[backend])
    return archspec("compile", "small.yaml", "--backend", backend, "--device", "cpu", *arguments)


@pytest.mark.parametrize("backend", WEIGHTS)
def test_the_folder_has_all_that_it_takes(archspec: Program, folder: Path, backend: str) -> None:
    outcome = _compile(archspec, backend, "--variant", "broad", "--seed", "7", "--dtype", "float64", "--json")
    assert outcome.code == 0, outcome.err
    place = folder / f"broad_{backend}"
    assert {path.name for path in place.iterdir()} == {"__init__.py", "broad.py", WEIGHTS[backend], "network.json"}
    record = json.loads((place / "network.json").read_text())
    assert (record["name"], record["backend"], record["dtype"], record["seed"]) == ("broad", backend, "float64", 7)
    assert record["spec"]["sha256"] == hashlib.sha256(SMALL.encode()).hexdigest()
    assert record["parameters"] == {"total": 179, "trainable": 179}
    assert (record["inputs"], record["outputs"]) == ({"image": [6, 6, 2]}, {"fc": [3]})
    assert {"archspec"} < record["versions"].keys()
    printed = json.loads(outcome.out)
    assert printed["folder"] == f"broad_{backend}"
    assert {key: printed[key] for key in record} == record


@pytest.mark.parametrize("backend", WEIGHTS)
def test_the_report_says_where_the_files_are_and_that_it_ran(archspec: Program, backend: str) -> None:
    outcome = _compile(archspec, backend, "-o", "built/small")
    assert outcome.code == 0
    assert not outcome.out
    assert f"small for {backend}: 91 parameters, 91 trainable\n" in outcome.err
    for file in ("__init__.py", "small.py", WEIGHTS[backend], "network.json"):
        assert re.search(rf"^  built/small/{re.escape(file)}  ", outcome.err, re.MULTILINE)
    taken = {"torch": "1 x 2 x 6 x 6", "tensorflow": "1 x 6 x 6 x 2"}[backend]
    ran = rf"^It ran on cpu .*: image {taken} in, fc 1 x 3 out, \d+ ms the first time$"
    assert re.search(ran, outcome.err, re.MULTILINE)


@pytest.mark.parametrize("backend", WEIGHTS)
def test_outputs_that_are_not_finite_are_told(archspec: Program, folder: Path, backend: str) -> None:
    network = package.load(folder / "small.yaml")
    weights = network.weights() | {"fc:bias": np.full(3, np.nan, np.float32)}
    save_file(weights, folder / "nan.safetensors")
    outcome = _compile(archspec, backend, "--weights", "nan.safetensors", "--json")
    assert outcome.code == 0
    assert "\nNot finite: fc with NaN" in outcome.err
    assert json.loads(outcome.out)["not_finite"] == ["fc"]
    assert "Not finite" not in _compile(archspec, backend).err


@pytest.mark.parametrize("backend", WEIGHTS)
@pytest.mark.parametrize("made", [(1, 2), (1, 3, 1), (2, 3)], ids=str)
def test_another_shape_than_worked_out_is_a_bug_and_leaves_nothing(
    archspec: Program, folder: Path, monkeypatch: pytest.MonkeyPatch, backend: str, made: tuple[int, ...]
) -> None:
    monkeypatch.setattr(find_backend(backend), "run", lambda *_: {"fc": np.zeros(made)}, raising=False)
    outcome = _compile(archspec, backend)
    assert outcome.code == 70
    assert f"fc of small should be (1, 3), batch first and channels last, but {backend} makes it {made}" in outcome.err
    assert not (folder / f"small-{backend}").exists()


@pytest.mark.slow
@pytest.mark.parametrize("backend", WEIGHTS)
def test_the_source_runs_by_itself_from_anywhere(
    archspec: Program, folder: Path, backend: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert _compile(archspec, backend, "-o", "built").code == 0
    # -I: without this checkout on the path, and without the environment
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "built" / "small.py")],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "(1, 3)\n"


@pytest.fixture
def _precision_comes_back() -> Iterator[None]:
    """A source that is run as a program sets the precision of its framework."""
    keras, torch = pytest.importorskip("keras"), pytest.importorskip("torch")
    of_torch, of_keras = torch.get_default_dtype(), (keras.config.floatx(), keras.config.dtype_policy())
    yield
    torch.set_default_dtype(of_torch)
    keras.config.set_floatx(of_keras[0])
    keras.config.set_dtype_policy(of_keras[1])


@pytest.mark.usefixtures("_precision_comes_back")
@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
@pytest.mark.parametrize("backend", WEIGHTS)
def test_the_source_runs_in_the_precision_of_its_weights(
    archspec: Program, folder: Path, capsys: pytest.CaptureFixture[str], backend: str, dtype: str
) -> None:
    assert _compile(archspec, backend, "-o", "built", "--dtype", dtype, "--seed", "3").code == 0
    made = runpy.run_path(str(folder / "built" / "small.py"), run_name="__main__")
    assert capsys.readouterr().out == "(1, 3)\n"
    kernel = made["model"].fc.weight.detach() if backend == "torch" else made["model"].get_layer("fc").kernel.value
    assert dtype in str(made["outputs"].dtype)
    assert dtype in str(kernel.dtype)
    drawn = package.load("small.yaml").weights(3)["fc:kernel"][0, 0]
    assert float(kernel[0, 0]) == pytest.approx(drawn, rel=1e-2 if dtype == "bfloat16" else 1e-7)
    emitted = archspec("compile", "small.yaml", "--backend", backend, "--emit", "--dtype", dtype).out
    assert emitted == Path("built/small.py").read_text()


def test_files_are_replaced_and_others_stay(archspec: Program, folder: Path) -> None:
    place = folder / "built"
    assert _compile(archspec, "torch", "-o", "built").code == 0
    (place / "notes.txt").write_text("mine")
    assert _compile(archspec, "torch", "-o", "built", "--set", "width=5").code == 0
    assert "nn.Conv2d(2, 5, 3)" in (place / "small.py").read_text()
    assert (place / "notes.txt").read_text() == "mine"
    assert len(list(place.iterdir())) == 5


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_compiled(
    archspec: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def emit(*arguments: object, **options: object) -> str:
        raise AssertionError("compiled")

    monkeypatch.setattr(find_backend("torch"), "emit", emit, raising=False)
    (folder / "nowhere").symlink_to("not there")
    (folder / "full" / "small.py").mkdir(parents=True)
    for place, said in (
        ("nowhere", "nowhere: this link leads nowhere"),
        ("nowhere/built", "nowhere: this link leads nowhere"),
        ("full", "full/small.py: Is a directory"),
    ):
        outcome = archspec("compile", "small.yaml", "--backend", "torch", "-o", place)
        assert outcome.code == 2
        assert said in outcome.err
    monkeypatch.setattr("os.access", lambda place, mode: False)
    outcome = archspec("compile", "small.yaml", "--backend", "torch", "-o", "new/built")
    assert outcome.code == 2
    assert f"{folder}: Permission denied" in outcome.err


def test_another_backends_model_is_not_mixed_with(archspec: Program, folder: Path) -> None:
    assert _compile(archspec, "torch", "-o", "built").code == 0
    before = {path.name: path.read_bytes() for path in (folder / "built").iterdir()}
    outcome = archspec("compile", "small.yaml", "--backend", "tensorflow", "-o", "built")
    assert outcome.code == 2
    assert outcome.err == (
        "archspec: built: it has the model of small for torch: take another folder, or --force replaces that model\n"
    )
    assert {path.name: path.read_bytes() for path in (folder / "built").iterdir()} == before
    assert _compile(archspec, "tensorflow", "-o", "built", "--force").code == 0
    assert not (folder / "built" / WEIGHTS["torch"]).exists()


def test_a_run_that_is_broken_off_leaves_the_old_files(
    archspec: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _compile(archspec, "torch", "-o", "built").code == 0
    before = {path.name: path.read_bytes() for path in (folder / "built").iterdir()}

    def half(model: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(find_backend("torch"), "save_weights", half, raising=False)
    outcome = _compile(archspec, "torch", "-o", "built", "--seed", "1")
    assert outcome.code == 2
    assert "No space left on device" in outcome.err
    after = {path.name: path.read_bytes() for path in (folder / "built").iterdir()}
    assert after == before


def test_nothing_is_written_for_a_spec_that_is_wrong(archspec: Program, folder: Path) -> None:
    outcome = archspec("compile", "wrong.yaml", "--backend", "torch", "-o", "built")
    assert outcome.code == 1
    assert not (folder / "built").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("--backend torhc", 3, "did you mean torch?"),
        ("--backend torhc --emit", 3, "installed:"),
        ("--backend Keras", 3, "did you mean tensorflow?"),
        ("", 2, "--backend"),
        ("--backend torch --dtype float12", 2, '"float12" is none of float32, float64, float16, bfloat16'),
        ("--backend torch --device gpu", 2, "'--device': \"gpu\" is none of auto, cpu, cuda"),
        ("--backend torch --seed -1", 2, "'--seed': \"-1\" is not a whole number of 0 or more"),
        ("--backend torch --seed 1.5", 2, "'--seed': \"1.5\" is not a whole number of 0 or more"),
        ("--backend torch -o small.yaml", 2, "small.yaml: this is a file, and a folder is needed"),
        ("--backend torch -o small.yaml/deep/er", 2, "small.yaml: this is a file, and a folder is needed"),
        ("--backend torch --output=", 2, "this names no folder"),
        (f"--backend torch -o {'x' * 300}", 2, "File name too long"),
        ("--backend torch --emit -o built", 2, "--emit"),
        ("--backend torch --emit --json", 2, "--emit"),
        ("--backend torch --emit --force", 2, "--emit"),
        ("--backend torch -o torch", 2, "torch: a package called torch would hide Python's or a framework's own"),
        ("--backend torch -o new/json", 2, "new/json: a package called json would hide"),
    ],
)
def test_wrong_arguments_are_explained(archspec: Program, folder: Path, arguments: str, code: int, said: str) -> None:
    outcome = archspec("compile", "small.yaml", *arguments.split())
    assert outcome.code == code
    assert said in outcome.err
    assert sorted(path.name for path in folder.iterdir()) == ["small.yaml", "wrong.yaml"]


def test_a_framework_that_is_missing_is_named(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "archspec_torch.runtime"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    outcome = archspec("compile", "small.yaml", "--backend", "torch")
    assert outcome.code == 3
    assert "the torch backend needs torch: pip install torch safetensors" in outcome.err


def test_emit_prints_the_source_and_nothing_else(archspec: Program, folder: Path) -> None:
    for backend in WEIGHTS:
        outcome = archspec("compile", "small.yaml", "--backend", backend, "--emit", "--set", "width=5")
        assert outcome.code == 0
        assert outcome.out == package.load("small.yaml", params={"width": 5}).emit(backend)
        assert not outcome.err
    assert sorted(path.name for path in folder.iterdir()) == ["small.yaml", "wrong.yaml"]


@pytest.mark.parametrize("emit", [(), ("--emit",)])
def test_family_prints_the_source_of_all_variants(archspec: Program, emit: tuple[str, ...]) -> None:
    for backend in WEIGHTS:
        outcome = archspec("compile", "small.yaml", "--backend", backend, "--family", *emit, "--set", "classes=4")
        assert outcome.code == 0, outcome.err
        assert outcome.out == package.emit_family("small.yaml", backend, params={"classes": 4})
    assert "it only prints the source" in archspec("compile", "small.yaml", "-b", "torch", "--family", "--json").err


def test_the_seed_decides_the_weights(archspec: Program, folder: Path) -> None:
    def weights(place: str, seed: str) -> Any:
        assert _compile(archspec, "torch", "-o", place, "--seed", seed).code == 0
        return (folder / place / "model.safetensors").read_bytes()

    assert weights("one", "1") == weights("again", "1") != weights("two", "2")


def test_where_the_weights_cannot_be_written_there_is_no_source_either(
    archspec: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")

    def save(model: object, path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(find_backend("torch"), "save_weights", save, raising=False)
    assert archspec("compile", "small.yaml", "--backend", "torch", "-o", "out").code == 2
    assert list((folder / "out").iterdir()) == []


def test_a_network_that_trains_with_less_memory(archspec: Program, folder: Path) -> None:
    del folder
    asked = ("compile", "resnet18", "--emit", "--backend")
    assert "class BasicBlock(Recomputed):" in archspec(*asked, "torch", "--recompute").out
    assert archspec(*asked, "torch", "--checkpoint").out == archspec(*asked, "torch", "--recompute").out
    assert "only PyTorch can" in archspec(*asked, "tensorflow", "--recompute").err
    outcome = archspec(*asked, "torch", "--recompute", "--optimize")
    assert (outcome.code, outcome.out) == (2, "")
    assert "an optimised network is for inference" in outcome.err
