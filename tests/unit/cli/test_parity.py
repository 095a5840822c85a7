"""parity: what it prints, and its exit code when two backends differ."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from archspec.backend import find_backend
from tests.unit.cli.conftest import Program

pytest.importorskip("torch")
pytest.importorskip("keras")


def test_the_same_function(archspec: Program) -> None:
    outcome = archspec("parity", "small.yaml", "--variant", "broad", "--batch", "3", "--seed", "2")
    assert outcome.code == 0, outcome.err
    header, _, row, empty, verdict = outcome.out.splitlines()
    assert re.split(r" {2,}", header) == [
        *("output", "float64 difference", "torch float32 error", "tensorflow float32 error", "verdict")
    ]
    assert row.split()[0] == "fc"
    assert row.split()[-1] == "same"
    assert not empty
    assert verdict.startswith("broad: torch and tensorflow are the same function: ")


def test_the_report_as_json(archspec: Program) -> None:
    report = json.loads(archspec("parity", "small.yaml", "--backends", "tensorflow, torch", "--json").out)
    assert report["passed"]
    assert report["backends"] == ["tensorflow", "torch"]
    assert report["outputs"][0]["float64"] < 1e-10


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_backend_that_means_another_function_fails(
    archspec: Program, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    torch = find_backend("torch")
    run = torch.run

    def biased(*arguments: Any) -> dict[str, Any]:
        return {name: value + 1e-3 for name, value in run(*arguments).items()}

    monkeypatch.setattr(torch, "run", biased, raising=False)
    outcome = archspec("parity", "small.yaml", *options)
    assert outcome.code == 4
    if options:
        assert not json.loads(outcome.out)["passed"]
    else:
        assert "DIFFERENT" in outcome.out
        assert "small: torch and tensorflow DIFFER: " in outcome.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("small.yaml", "--backends", "torch"), 2, "two different backends"),
        (("small.yaml", "--backends", "torch,torch"), 2, "two different backends"),
        (("small.yaml", "--backends", "torch,keras"), 3, "installed:"),
        (("small.yaml", "--batch", "0"), 2, "--batch"),
        (("wrong.yaml",), 1, "unknown-layer"),
    ],
)
def test_wrong_arguments_are_explained(archspec: Program, arguments: tuple[str, ...], code: int, said: str) -> None:
    outcome = archspec("parity", *arguments)
    assert outcome.code == code
    assert said in outcome.err
