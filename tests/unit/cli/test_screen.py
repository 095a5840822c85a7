"""What the commands show on a screen, and in a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import save_file

from archspec import load
from tests.unit.cli.conftest import Program
from tests.unit.cli.screens import shown_on_a_screen

COMMANDS = {
    "list": ("list",),
    "list of a family": ("list", "mobilenet_v3"),
    "show": ("show", "densenet121"),
    "show of params": ("show", "googlenet"),
}


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_wider_than_the_screen(command: str, columns: int) -> None:
    shown = shown_on_a_screen(columns, *COMMANDS[command])
    assert max(map(len, shown.splitlines())) <= columns
    assert "…" in shown or "(too narrow for: " in shown


def test_a_screen_of_80_columns_has_what_matters_most() -> None:
    header, _, *_ = shown_on_a_screen(80, "list").splitlines()
    assert header.split() == ["network", "input", "parameters", "multiply-adds", "gives"]
    header, *_ = shown_on_a_screen(80, "show", "resnet50").splitlines()
    assert header.split() == ["layer", "type", "output", "reads", "parameters"]


def test_the_variants_of_one_document_are_told_with_how_to_compile_them_together() -> None:
    """They may have names of other families in common, and then nothing is said."""
    assert "archspec compile vgg11 -b torch --family" in " ".join(shown_on_a_screen(80, "list", "vgg1?").split())
    for several in ("mobilenet_v3", "lenet5"):
        assert "--family" not in shown_on_a_screen(80, "list", several)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_cut_in_a_pipe(archspec: Program, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    outcome = archspec(*COMMANDS[command])
    assert "…" not in outcome.out
    assert "too narrow" not in outcome.out


def test_a_list_in_a_pipe_has_a_line_for_each_network_without_padding(archspec: Program) -> None:
    header, *lines = [line.split("\t") for line in archspec("list", "mobilenet_v3").out.splitlines()]
    assert header[0] == "network"
    names = ["mobilenet_v3_large", "mobilenet_v3_large_keras", "mobilenet_v3_small", "mobilenet_v3_small_keras"]
    assert [line[0] for line in lines] == names
    assert all(len(line) == len(header) for line in lines)
    assert all(cell == cell.strip() and "  " not in cell for line in lines for cell in line)


LONG = """\
inputs: {image: [6, 6, 2]}
layers:
  - {name: a_convolution_with_a_name_that_is_as_long_as_some_are, layer_type: Conv2D, filters: 4, kernel_size: 3}
"""


def test_tensors_and_weights_are_cut_alike(folder: Path) -> None:
    (folder / "long.yaml").write_text(LONG)
    save_file(load("long.yaml").weights(), folder / "long.safetensors")
    command = ("weights", "show", "long.safetensors", "--network", "long.yaml")
    header, rule, bias, *_ = shown_on_a_screen(80, *command).splitlines()
    assert header.split("  ")[0] == "tensor"
    assert "weight" in header
    assert "found by" in header
    assert len(rule) <= 80
    assert bias.split()[:2] == ["a_convolution…ome_are:bias"] * 2
