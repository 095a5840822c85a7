"""`--outputs` of every command that reads a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archspec import load, read_checkpoint
from tests.unit.cli.conftest import SMALL, Program

STAGES = SMALL + "stages: {stride1: conv}\n"


@pytest.fixture
def spec(folder: Path) -> str:
    (folder / "small.yaml").write_text(STAGES)
    return "small.yaml"


def test_show_tells_the_stages_and_takes_them(spec: str, archspec: Program) -> None:
    assert "stages, for --outputs: stride1, 4 x 4 x 4 (conv)\n" in archspec("show", spec).out
    shown = archspec("show", spec, "--outputs", "stages")
    assert "gives stride1, 4 x 4 x 4: features\n" in shown.out
    assert "fc" not in shown.out
    assert shown.err == ""
    record = json.loads(archspec("show", spec, "--json", "--outputs", "conv,fc").out)
    assert record["stages"] == {"stride1": "conv"}
    assert list(record["outputs"]) == ["conv", "fc"]


def test_validate_checks_the_outputs_in_every_variant(spec: str, archspec: Program) -> None:
    told = archspec("validate", spec, "--outputs", "stages")
    assert told.out.splitlines() == [
        "small.yaml: narrow is valid: 76 parameters",
        "small.yaml: broad is valid: 152 parameters",
    ]
    wrong = archspec("validate", spec, "--outputs", "fc,stride2")
    assert wrong.code == 1
    assert '--outputs:1:4: error: no layer or input is called "stride2" here' in wrong.err
    assert wrong.err.count("error:") == 1


@pytest.mark.parametrize("words", ["", ",", "conv,,fc", " "])
def test_empty_words_are_refused(spec: str, words: str, archspec: Program) -> None:
    refused = archspec("show", spec, "--outputs", words)
    assert refused.code == 2
    assert f'"{words}" is no list like layer2,layer3' in refused.err


def test_source_and_family_have_the_outputs(spec: str, archspec: Program) -> None:
    alone = archspec("compile", spec, "-b", "torch", "--emit", "--outputs", "stages").out
    family = archspec("compile", spec, "-b", "torch", "--family", "--outputs", "stages").out
    for source in (alone, family):
        assert "self.conv = nn.Conv2d" in source
        assert "fc" not in source
        assert "classes" not in source
    assert "def broad() -> Small:" in family


def test_a_package_records_its_outputs(spec: str, archspec: Program) -> None:
    pytest.importorskip("torch")
    assert archspec("compile", spec, "-b", "torch", "-o", "made", "--outputs", "stages").code == 0
    record = json.loads(Path("made/network.json").read_text())
    said = record["spec"]
    assert said["outputs"] == ["stages"]
    assert record["outputs"] == {"stride1": [4, 4, 4]}
    again = load(spec, variant=said["variant"], params=said["params"], outputs=said["outputs"])
    weights = read_checkpoint(again, "made/model.safetensors")
    assert weights.keys() == {"conv:kernel", "conv:bias"}
    assert archspec("compile", spec, "-b", "torch", "-o", "made").code == 0
    assert json.loads(Path("made/network.json").read_text())["spec"]["outputs"] is None


def test_weights_are_those_of_the_chosen_outputs(spec: str, archspec: Program) -> None:
    pytest.importorskip("torch")
    archspec("compile", spec, "-b", "torch", "-o", "made", "--outputs", "stages")
    file = "made/model.safetensors"
    assert "it fits small" in archspec("weights", "show", file, "-n", spec, "--outputs", "stages").out
    assert "it does not fit small" in archspec("weights", "show", file, "-n", spec).out
    convert = ("weights", "convert", file, "-n", spec, "--to", "canonical", "-o", "c.safetensors")
    assert archspec(*convert, "--outputs", "stages").code == 0
    assert archspec(*convert).code == 1


@pytest.mark.slow
def test_parity_compares_the_chosen_outputs(spec: str, archspec: Program) -> None:
    told = archspec("parity", spec, "--outputs", "stages,fc", "--json")
    assert told.code == 0
    assert [output["name"] for output in json.loads(told.out)["outputs"]] == ["stride1", "fc"]
