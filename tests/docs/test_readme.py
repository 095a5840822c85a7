"""README.md is true: what it shows is what the program prints."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import archspec
from archspec.cli import main
from archspec.cli.app import COMMANDS
from archspec.errors import Source
from archspec.reading import load
from archspec.zoo import spec_files
from tests.docs.pages import ROOT, Block, blocks, read, table, words

PAGE = "README.md"


def _block(language: str, index: int = 0) -> Block:
    return blocks(PAGE, language)[index]


def _under(heading: str) -> Block:
    (block,) = [block for block in blocks(PAGE, "python") if block.heading == heading]
    return block


def _network() -> archspec.Network:
    return load(Source("tiny_resnet.yaml", _block("yaml").text))


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run the program in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["archspec", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


@pytest.mark.parametrize(("backend", "index"), [("torch", 0), ("tensorflow", 2)])
def test_the_source_is_what_the_spec_is_compiled_to(
    backend: str, index: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny_resnet.yaml").write_text(_block("yaml").text)
    monkeypatch.chdir(tmp_path)
    assert _run(monkeypatch, "compile", "tiny_resnet.yaml", "--backend", backend, "--emit") == 0
    assert _block("python", index).text in capsys.readouterr().out


def test_there_are_two_set_up_commands_and_ci_runs_them() -> None:
    block, _ = blocks(PAGE, "sh")
    first, second = block.text.splitlines()
    assert first.startswith("python3 -m venv .venv && ")
    assert second.startswith(".venv/bin/pip install ")
    finder = re.search(r"awk '([^']+)' README.md", read(".ci/run"))
    assert finder is not None
    found = subprocess.run(["awk", finder[1], str(ROOT / PAGE)], capture_output=True, text=True, check=True)
    assert found.stdout == block.text


def test_the_errors_are_what_validate_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = next(block.text for block in blocks(PAGE, "text") if "error:" in block.text)
    shown = {int(number): line for number, line in re.findall(r"^(\d+) \| (.*)$", printed, re.MULTILINE)}
    head = ["archspec: 1", "inputs: {image: [32, 32, 3]}", "layers:"]
    assert min(shown) == len(head) + 1
    spec = "\n".join([*head, *(shown[number] for number in sorted(shown))])
    (tmp_path / "broken.yaml").write_text(spec)
    monkeypatch.chdir(tmp_path)
    assert _run(monkeypatch, "validate", "broken.yaml") == 1
    assert capsys.readouterr().err == printed


@pytest.mark.slow
def test_the_parity_table_is_what_parity_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    printed = next(block.text for block in blocks(PAGE, "text") if "verdict" in block.text)
    (tmp_path / "tiny_resnet.yaml").write_text(_block("yaml").text)
    assert _run(monkeypatch, "parity", str(tmp_path / "tiny_resnet.yaml")) == 0
    found = capsys.readouterr().out
    number = re.compile(r"\d\.\de[-+]\d\d")  # rounding is another on each machine
    assert number.sub("N", found) == number.sub("N", printed)
    assert all(float(text) < 1e-10 for text in re.findall(r"(\S+) in float64", printed + found))


def _api() -> str:
    return _under("In Python").text


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torchvision") is None, reason="needs torchvision")
def test_torchvision_can_be_imported_beside_a_cpu_build() -> None:
    def runs(program: str) -> bool:
        return subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0

    if runs("import torchvision"):
        pytest.skip("this torchvision and this PyTorch go together")
    declared = _under("torchvision beside a CPU build of PyTorch").text
    assert runs(f"{declared}\ntorchvision.models.resnet18()")


def test_the_api_answers_what_the_comments_say() -> None:
    lines = _api().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines[: lines.index(next(line for line in lines if "=" in line)) + 1]), names)
    told = [line.split("  # ") for line in lines if re.search(r"  # (\{'fc'|Parameters)", line)]
    assert len(told) == 2
    for expression, answer in told:
        assert repr(eval(expression, names)) == answer


@pytest.mark.slow
def test_the_api_block_runs() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    names: dict[str, object] = {}
    # The calls are the same for a small image and two blocks a stage, and cost a tenth.
    whole, small = '{"classes": 10})', '{"classes": 10, "depths": [2, 2, 2, 2]}, inputs={"image": [64, 64, 3]})'
    assert _api().count(whole) == 1
    exec(_api().replace(whole, small), names)
    assert names["report"].passed  # type: ignore[attr-defined]


def test_the_api_block_is_all_of_the_api() -> None:
    used = {node.attr for node in ast.walk(ast.parse(_api())) if isinstance(node, ast.Attribute)}
    assert {"load", "parity", "read_weights", "list_networks", "emit", "compile", "parameters", "outputs"} <= used


def test_three_commands_train_a_network() -> None:
    _, block = blocks(PAGE, "sh")
    install, *commands = block.text.strip().splitlines()
    assert "pip install" in install
    assert "[torch,train]" in install
    assert [command.split()[1] for command in commands] == ["train", "predict"]


def test_the_commands_and_their_options_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {words(row[0])[0].split()[1]: row for row in table(PAGE, "The commands")}
    assert list(rows) == list(COMMANDS)
    helps = {}
    for command in COMMANDS:
        assert _run(monkeypatch, command, "--help") == 0
        helps[command] = capsys.readouterr().out
    for command, row in rows.items():
        for option in re.findall(r"--\w+", " ".join(row)):
            assert option in helps[command]
    for option in set(re.findall(r"`(--[a-z]+)", read(PAGE))) - {"--full", "--help"}:
        assert any(option in text for text in helps.values()), option


def test_a_family_is_as_short_as_it_says() -> None:
    (claim,) = re.findall(r"`specs/(\w+)\.yaml` describes .*?in (\d+) lines", read(PAGE).replace("\n", " "))
    (spec,) = [path for path in spec_files() if path.stem == claim[0]]
    assert len(spec.read_text().splitlines()) <= int(claim[1])
