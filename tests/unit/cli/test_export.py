"""export: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.unit.cli.conftest import Program
from tests.unit.exporting.conftest import StandIn, exporter

__all__ = ["exporter"]


def test_a_file_is_written_and_compared(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    outcome = archspec("export", "small.yaml", "--to", "pt2")
    assert outcome.code == 0, outcome.err
    header, _, row, empty, verdict = outcome.out.splitlines()
    assert header.split() == ["output", "input", "torch", "float32", "pt2", "difference", "allowed", "verdict"]
    assert (row.split()[0], row.split()[-1]) == ("fc", "same")
    assert not empty
    assert verdict.startswith("small.pt2 (")
    assert "pt2 and torch are the same function" in verdict
    assert (folder / "small.pt2").stat().st_size > 1000


def test_the_report_as_json(archspec: Program, exporter: StandIn) -> None:
    report = json.loads(archspec("export", "small.yaml", "--to", "onnx", "-o", "x.onnx", "--json").out)
    assert (report["path"], report["passed"], report["bytes"]) == ("x.onnx", True, 1)
    assert report["outputs"][0]["inputs"] == {"image": [6, 6, 2]}


def test_a_difference_has_the_exit_code_of_parity(archspec: Program, exporter: StandIn, folder: Path) -> None:
    exporter.changed = lambda outputs: {name: array + 1 for name, array in outputs.items()}
    outcome = archspec("export", "small.yaml", "--to", "pt2")
    assert outcome.code == 4
    assert outcome.out.splitlines()[-1] == "small: pt2 and torch DIFFER, so nothing was left"
    assert not (folder / "small.pt2").exists()


def test_a_layer_that_the_target_lacks_is_shown_in_the_spec(archspec: Program, exporter: StandIn) -> None:
    def refuses(graph: object) -> str | None:
        return "no pooling" if "GlobalAveragePooling2D" in str(graph) else None

    exporter.refuses = refuses
    outcome = archspec("export", "small.yaml", "--to", "pt2")
    assert outcome.code == 1
    said = "pt2 cannot express 2 (GlobalAveragePooling2D): ValueError: no pooling [not-expressible]"
    assert outcome.err.startswith(f"small.yaml:10:18: error: {said}\n")


def test_the_weights_of_a_package_are_exported(archspec: Program, exporter: StandIn) -> None:
    assert archspec("compile", "lenet5", "-b", "torch", "--seed", "3", "-o", "l5").code == 0
    made: list[list[float]] = []
    exporter.changed = lambda outputs: made.append(outputs["fc2"][0].tolist()) or outputs  # type: ignore[func-returns-value]
    for words in (["l5"], ["lenet5", "--weights", "l5/model.safetensors"], ["lenet5"]):
        assert archspec("export", *words, "--to", "pt2").code == 0
    assert made[0] == made[2] != made[4]


def test_options_that_a_folder_has_itself_are_refused(archspec: Program, folder: Path) -> None:
    (folder / "l5").mkdir()
    outcome = archspec("export", "l5", "--to", "pt2", "--variant", "broad")
    assert outcome.code == 2
    assert "the folder has its network and its weights" in " ".join(outcome.err.split())
    assert archspec("export", "l5", "--to", "pt2").code == 1


def test_wrong_words(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = archspec("export", "small.yaml", "--to", "onx")
    assert outcome.code == 2
    assert "did you mean onnx?" in " ".join(outcome.err.split())
    monkeypatch.setattr("archspec.exporting.targets.find_spec", lambda name: None)
    outcome = archspec("export", "small.yaml", "--to", "onnx")
    assert outcome.code == 3
    assert outcome.err == (
        "archspec: the target onnx needs onnx, onnxscript, onnxruntime: pip install onnx onnxscript onnxruntime\n"
    )
    assert archspec("export", "small.yaml", "--to", "pt2", "--key", "model").code == 2


def test_a_quantised_file_is_left_with_its_figures(archspec: Program, exporter: StandIn, folder: Path) -> None:
    np.savez(folder / "own.npz", image=np.random.default_rng(0).random((30, 6, 6, 2), np.float32))
    exporter.changed = lambda outputs: {name: array * 1.1 for name, array in outputs.items()}
    words = ("export", "small.yaml", "--to", "onnx", "--quantize", "int8", "--calibrate", "own.npz")
    outcome = archspec(*words)
    assert outcome.code == 0, outcome.err
    header, _, row, empty, verdict = outcome.out.splitlines()
    assert header.split() == ["output", "top-1", "agreement", "mean", "error"]
    assert row.split() == ["fc", "100.0%", "10.00%"]
    assert not empty
    assert "calibrated on 15 examples and compared with torch in float32 on 15 other examples" in verdict
    assert (folder / "small_int8.onnx").exists()
    report = json.loads(archspec(*words, "--json").out)
    assert report["outputs"] == [{"name": "fc", "top_1_agreement": 1.0, "mean_error": pytest.approx(0.1, rel=1e-3)}]
    assert (report["quantized"], report["same_examples"]) == ("int8", False)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--quantize", "int8"), 2, "--quantize int8 needs --calibrate DATA"),
        (("--calibrate", "digits"), 2, "--quantize int8 needs --calibrate DATA"),
        (("--quantize", "int4", "--calibrate", "digits"), 2, "there is no 'int4', but int8"),
        (("--quantize", "int8", "--calibrate", "nothing"), 1, "there are no data 'nothing'"),
        (("--quantize", "int8", "--calibrate", "digits"), 1, "(8, 8, 1), and the network takes (6, 6, 2)"),
    ],
)
def test_what_quantize_refuses(
    archspec: Program, exporter: StandIn, words: tuple[str, ...], code: int, said: str
) -> None:
    outcome = archspec("export", "small.yaml", "--to", "onnx", *words)
    assert outcome.code == code
    assert said in " ".join(outcome.err.replace("│", "").split())
    assert not exporter.ran
