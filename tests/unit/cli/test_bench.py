"""bench: its table, its files, its refusals. No time is asserted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Program
from tests.unit.timing.reports import NOISY, QUIET, scripted

PEER = "torchvision:resnet18"


def test_a_network_is_measured_in_processes_of_its_own(archspec: Program, folder: Path) -> None:
    pytest.importorskip("torch")
    outcome = archspec(
        *("bench", "small.yaml", "--variant", "broad", "--backends", "torch", "--batch", "1, 3"),
        *("--rounds", "10", "--threads", "1", "--json", "small.json"),
    )
    assert outcome.code == 0, outcome.err
    title, _, header, rule, one, three, _, where, *_ = outcome.out.splitlines()
    assert title == "broad, image 6 x 6 x 2, float32: medians of 10 rounds"
    assert header.split() == ["backend", "network", "batch", "ms", "quartiles", "noise", "images/s", "memory"]
    assert set(rule) == {"-", " "}
    assert one.split()[:3] == ["torch", "broad", "1"]
    assert three.split()[:3] == ["torch", "broad", "3"]
    assert where.startswith("torch: cpu")
    assert where.endswith("; 1 thread")
    record = json.loads((folder / "small.json").read_text())
    assert [row["batch"] for row in record["rows"]] == [1, 3]
    assert record["environments"]["torch"]["threads"] == 1


@pytest.mark.slow
def test_both_frameworks_are_measured(archspec: Program) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    outcome = archspec("bench", "small.yaml", "--batch", "1", "--rounds", "10")
    assert outcome.code == 0, outcome.err
    rows = [line.split()[:3] for line in outcome.out.splitlines()[4:6]]
    assert rows == [["torch", "small", "1"], ["tensorflow", "small", "1"]]


def test_a_comparison_has_its_verdict(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {"small": QUIET, PEER: [3 * each for each in QUIET]}, QUIET)
    outcome = archspec("bench", "small.yaml", "--backends", "torch", "--batch", "2", "--against", PEER)
    assert outcome.code == 0, outcome.err
    tables = outcome.out.split("\n\n")
    header, _, row = tables[2].splitlines()
    assert header.split() == ["backend", "batch", "network", "against", "speed", "quartiles", "verdict"]
    assert row.split() == ["torch", "2", "small", PEER, "3.00", "3.00", "to", "3.00", "faster"]
    assert "noisy" not in outcome.out
    assert "50 MB" in tables[1]


def test_the_optimised_network_has_rows_of_its_own(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {"small": QUIET, "small optimised": QUIET, "small optimised, fused": QUIET}, QUIET)
    outcome = archspec("bench", "small.yaml", "--backends", "torch", "--batch", "1", "--optimize")
    assert outcome.code == 0, outcome.err
    _, rows, comparisons, _ = outcome.out.split("\n\n")
    assert [line.split("  ")[2].strip() for line in rows.splitlines()[-2:]] == [
        "small optimised",
        "small optimised, fused",
    ]
    assert comparisons.splitlines()[-1].endswith("same")


def test_a_noisy_machine_is_told_in_words(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {"small": QUIET, PEER: [1.1 * each for each in QUIET]}, NOISY)
    lines = archspec("bench", "small.yaml", "--backends", "torch", "--batch", "1", "--against", PEER).out.splitlines()
    reason = "the noise of both alone makes a factor 1.96"
    assert f"small and {PEER}, batch of 1: too noisy to tell, because {reason}" in lines
    assert lines[-1].startswith("the machine was too noisy to tell small differences: the noise should be 5% or less; ")


def test_a_ratio_around_1_is_not_told(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {"small": QUIET, PEER: NOISY}, QUIET)
    outcome = archspec("bench", "small.yaml", "--backends", "torch", "--batch", "1", "--against", PEER)
    assert "too noisy to tell, because the quartiles lie on both sides of 1" in outcome.out


def test_other_outputs_and_unknown_memory_are_told(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, {"small": QUIET, PEER: QUIET}, QUIET, outputs={PEER: 2}, memory=None)
    outcome = archspec("bench", "small.yaml", "--backends", "torch", "--against", PEER)
    assert f"{PEER} has 2 outputs, and small 1: it is not the same work" in outcome.out
    assert "memory: this system does not tell the peak of a part of a program" in outcome.out
    assert "unknown" in outcome.out


def test_a_plot_and_json_are_written(archspec: Program, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    scripted(monkeypatch, {"small": QUIET}, QUIET)
    outcome = archspec("bench", "small.yaml", "--json", "small.json", "--plot", "small.png")
    assert outcome.code == 0, outcome.err
    assert json.loads((folder / "small.json").read_text())["network"] == "small"
    assert (folder / "small.png").stat().st_size
    assert "small, image" in outcome.out


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--batch", "0"), 2, 'Invalid value for --batch: "0" is not a whole number of 1 or more'),
        (("--batch", "1,x"), 2, 'Invalid value for --batch: "x" is not a whole number of 1 or more'),
        (("--batch", ""), 2, "Invalid value for --batch: there is nothing to measure"),
        (("--batch", "1,1"), 2, "Invalid value for --batch: each is measured once, and one is named twice"),
        (("--backends", "torch,torch"), 2, "Invalid value for --backends: each is measured once"),
        (("--rounds", "9"), 2, '"9" is not a whole number of 10 or more'),
        (("--device", "auto"), 2, '"auto" is none of cpu, cuda'),
        (("--against", "resnet18"), 1, "'resnet18' is no third party's network: say PACKAGE:NAME"),
        (("--against", PEER, "--backends", "tensorflow"), 1, "runs in torch, which is not among the backends"),
        (("--backends", "jax"), 3, "there is no backend 'jax'"),
        (("--input", "?,6,2"), 1, "--input 224,224,3"),
        (("--plot", "small.txt"), 2, "a plot's name ends in .pdf, .png, .svg"),
        (("--json", "missing/small.json"), 2, "missing: No such file or directory"),
        (("--json", "small.yaml"), 2, "small.yaml: it would replace what is read"),
    ],
)
def test_what_is_refused(
    archspec: Program, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], code: int, message: str
) -> None:
    scripted(monkeypatch, {"small": QUIET}, QUIET)
    outcome = archspec("bench", "small.yaml", *options)
    assert outcome.code == code
    assert message in " ".join(outcome.err.split())
    assert not outcome.out


def test_a_missing_matplotlib_is_told_before_anything_runs(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archspec.timing.plot.find_spec", lambda name: None)
    outcome = archspec("bench", "small.yaml", "--plot", "small.svg")
    assert outcome.code == 3
    assert "a plot needs matplotlib: pip install archspec-nn[train]" in outcome.err
    assert not outcome.out


@pytest.mark.slow
def test_a_third_partys_package_that_is_missing_is_told(
    archspec: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process of the measurement meets a package that says of itself that it is not there."""
    pytest.importorskip("torch")
    (folder / "timm.py").write_text("raise ModuleNotFoundError(\"No module named 'timm'\", name='timm')\n")
    monkeypatch.syspath_prepend(str(folder))
    outcome = archspec("bench", "small.yaml", "--backends", "torch", "--batch", "1", "--against", "timm:resnet18")
    assert outcome.code == 3
    assert "timm is not installed: pip install timm" in outcome.err
