"""validate, show and list, and the arguments that commands share."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archspec import zoo
from archspec.cli.table import count_text, shape_text, shortened
from archspec.zoo import spec_files
from tests.unit.cli.conftest import SMALL, WRONG, Program, environment


def test_validate_checks_every_variant(archspec: Program) -> None:
    outcome = archspec("validate", "small.yaml")
    assert outcome.code == 0
    assert outcome.out == ("small.yaml: narrow is valid: 91 parameters\nsmall.yaml: broad is valid: 179 parameters\n")
    assert not outcome.err


def test_validate_checks_the_variant_that_is_named(archspec: Program) -> None:
    outcome = archspec("validate", "small.yaml", "--variant", "broad", "--set", "classes=1")
    assert outcome.out == "small.yaml: broad is valid: 161 parameters\n"


def test_validate_tells_all_errors_and_how_many(archspec: Program) -> None:
    outcome = archspec("validate", "wrong.yaml", "small.yaml")
    assert outcome.code == 1
    assert 'no layer type is called "Conv2d"' in outcome.err
    assert "Dense has no attribute `actvation`" in outcome.err
    assert outcome.err.endswith("?\n\n2 errors\n")
    assert "\n\n\n" not in outcome.err
    assert "broad is valid" in outcome.out


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("model.py", "Python"),
        ("model.safetensors", "a file of weights"),
        ("model.onnx", "an ONNX model"),
        ("yolov3.cfg", "a Darknet config"),
    ],
)
def test_what_compiling_left_is_no_spec(archspec: Program, folder: Path, name: str, kind: str) -> None:
    (folder / name).write_bytes(b'"""resnet18"""\n\xff')
    outcome = archspec("validate", name)
    assert outcome.code == 1
    assert outcome.err.startswith(f"{name}: error: a spec is YAML or JSON, and this is {kind} [no-spec]\n")


def test_a_warning_is_no_failure(archspec: Program) -> None:
    outcome = archspec("validate", "-", stdin=SMALL.replace("classes: 3}", "classes: 3, unused: 1}"))
    assert outcome.code == 0
    assert "[unused-param]" in outcome.err
    assert outcome.err.endswith("\n\n1 warning\n")


def test_validate_says_as_json_what_is_wrong_and_where(archspec: Program) -> None:
    outcome = archspec("validate", "small.yaml", "wrong.yaml", "nowhere.yaml", "--json")
    assert outcome.code == 2
    small, wrong, nowhere = json.loads(outcome.out)
    assert small["valid"]
    assert small["networks"] == [{"name": "narrow", "parameters": 91}, {"name": "broad", "parameters": 179}]
    assert not wrong["valid"]
    assert not wrong["networks"]
    first = wrong["diagnostics"][0]
    assert (first["code"], first["where"], first["line"], first["column"]) == ("unknown-layer", "wrong.yaml", 3, 18)
    assert first["hint"] == 'did you mean "Conv2D"?'
    assert nowhere["diagnostics"][0]["code"] == "no-such-file"
    assert nowhere["diagnostics"][0]["line"] is None


@pytest.mark.parametrize("command", ["validate", "show"])
def test_a_dash_is_standard_input(archspec: Program, command: str) -> None:
    assert archspec(command, "-", stdin=SMALL).code == 0
    outcome = archspec(command, "-", stdin=WRONG)
    assert outcome.code == 1
    assert "<stdin>:3:18: error:" in outcome.err


def test_standard_input_may_be_json(archspec: Program) -> None:
    layers = [{"layer_type": "Dense", "units": 2, "input_shape": [3]}]
    assert "8 parameters" in archspec("show", "-", stdin=json.dumps(layers)).out


def test_show_lists_inputs_layers_and_totals(archspec: Program) -> None:
    outcome = archspec("show", "small.yaml", "--variant", "broad")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["layer", "type", "output", "reads", "parameters", "multiply-adds"]
    assert lines[2].split() == ["image", "Input", *["6", "x", "6", "x", "2"], "0", "0"]
    assert lines[3].split() == ["conv", "Conv2D", *["4", "x", "4", "x", "8"], "152", "2,304"]
    assert lines[-3:] == [
        "broad: 179 parameters, 179 trainable; 2,328 multiply-adds",
        "takes image, 6 x 6 x 2",
        "gives fc, 3: logits",
    ]


def test_show_says_the_same_as_json(archspec: Program) -> None:
    shown = json.loads(archspec("show", "small.yaml", "--json").out)
    assert shown["name"] == "small"
    assert shown["inputs"] == {"image": [6, 6, 2]}
    assert shown["outputs"] == {"fc": [3]}
    assert shown["parameters"] == {"total": 91, "trainable": 91}
    assert [layer["path"] for layer in shown["layers"]] == ["conv", "1", "2", "fc"]
    assert shown["layers"][0] == {
        "path": "conv",
        "type": "Conv2D",
        "shape": [4, 4, 4],
        "reads": ["image"],
        "parameters": 76,
        "multiply_adds": 1152,
    }


def test_params_and_inputs_can_be_set(archspec: Program) -> None:
    arguments = ("--set", "width=16", "--set", "classes=5", "--input", "8,8,1", "--json")
    shown = json.loads(archspec("show", "small.yaml", *arguments).out)
    assert shown["inputs"] == {"image": [8, 8, 1]}
    assert shown["outputs"] == {"fc": [5]}
    assert shown["layers"][0]["shape"] == [6, 6, 16]
    named = json.loads(archspec("show", "small.yaml", "--input", "image=8x8x1", "--json").out)
    assert named["inputs"] == {"image": [8, 8, 1]}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--set", "width"), 2, "NAME=VALUE"),
        (("--set", "width=[1"), 1, "never closed"),
        (("--set", "widht=2"), 1, 'did you mean "width"?'),
        (("--set", "zoom=2"), 1, "the params are width, classes"),
        (("--set", "width=0"), 1, "must be at least 1"),
        (("--input", "8,8,q"), 2, "28,28,1"),
        (("--input", "picture=8,8,1"), 1, 'the network has no input "picture"'),
        (("--variant", "brod"), 1, 'did you mean "broad"?'),
        (("--bogus",), 2, "--bogus"),
    ],
)
def test_wrong_arguments_are_explained(archspec: Program, arguments: tuple[str, ...], code: int, said: str) -> None:
    outcome = archspec("show", "small.yaml", *arguments)
    assert outcome.code == code
    assert said in outcome.err
    assert not outcome.out


@pytest.mark.parametrize("command", ["show", "validate"])
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("width=0", "by --set, width is 0"),
        ("width=a", 'by --set, width is "a"'),
        ("width=", "by --set, width is nothing"),
        ("widht=2", "by --set, widht is 2"),
    ],
)
def test_what_is_wrong_with_a_set_param_names_set(archspec: Program, command: str, setting: str, said: str) -> None:
    outcome = archspec(command, "small.yaml", "--set", setting, "--set", "classes=4")
    assert outcome.code == 1
    assert f"= note: {said}\n" in outcome.err
    assert "classes is" not in outcome.err


def test_what_may_follow_from_a_set_param_names_set(archspec: Program) -> None:
    outcome = archspec("show", "resnet50", "--set", "width=0.5")
    assert outcome.err.count("by --set, width is 0.5") == 1
    unused = SMALL.replace("classes: 3}", "classes: 3, unused: 1}")
    assert "--set" not in archspec("validate", "-", "--set", "classes=4", stdin=unused).err


SEVERAL = """
archspec: 1
inputs: {image: [8]}
params: {width: 4, depth: 1, rate: 0.5}
layers:
  - {layer_type: Dense, units: $(width - 1)}
  - {layer_type: Dense, units: $(2 * width - 1), repeat: $depth}
  - {layer_type: Dense, units: $width}
  - {layer_type: Dropout, rate: $rate}
"""


@pytest.mark.parametrize("command", ["show", "validate"])
def test_the_errors_of_one_set_value_are_one(archspec: Program, command: str) -> None:
    outcome = archspec(command, "-", "--set", "width=a", stdin=SEVERAL)
    assert 'by --set, width is "a"; 2 more errors follow from it\n\n1 error\n' in outcome.err
    outcome = archspec(command, "-", "--set", "width=a", "--set", "depth=b", "--set", "rate=0", stdin=SEVERAL)
    assert 'by --set, width is "a"; 1 more error follows from it\n' in outcome.err
    assert 'by --set, depth is "b"\n\n2 errors\n' in outcome.err


@pytest.mark.parametrize("command", ["show", "validate"])
def test_the_documents_own_errors_are_all_told_beside_those_of_a_set_value(archspec: Program, command: str) -> None:
    own = SEVERAL.replace("units: $width}", "units: $width, bias: $(width < 0)}").replace("$rate", "$(rate + 1)")
    outcome = archspec(command, "-", "--set", "width=a", stdin=own)
    assert "`bias`" in outcome.err or '"bias"' in outcome.err
    assert "`rate` must be" in outcome.err


@pytest.mark.parametrize("target", ["loop", "nowhere.yaml"])
def test_links_that_lead_nowhere(archspec: Program, folder: Path, target: str) -> None:
    (folder / "loop").symlink_to(target)
    outcome = archspec("show", "loop")
    assert outcome.code == 2
    assert "loop: error: the file cannot be read: " in outcome.err


def test_names_that_are_empty(archspec: Program) -> None:
    assert "an empty name is that of no file" in archspec("show", "").err
    for command in ("show", "validate"):
        outcome = archspec(command, "small.yaml", "--variant", "")
        assert outcome.code == 1
        assert 'no variant is called ""' in outcome.err


def test_a_closed_standard_input_is_no_bug(archspec: Program, folder: Path) -> None:
    command = f"{sys.executable} -m archspec show - <&-"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr


def test_a_network_that_is_not_in_the_zoo(archspec: Program) -> None:
    outcome = archspec("show", "resnt50")
    assert outcome.code == 2
    assert 'did you mean "resnet50"?' in outcome.err


def test_list_shows_what_fits_the_pattern(archspec: Program) -> None:
    outcome = archspec("list", "lenet*")
    assert outcome.code == 0
    assert [line.split("\t")[0] for line in outcome.out.splitlines()] == ["network", "lenet", "lenet5"]
    records = json.loads(archspec("list", "lenet*", "--json").out)
    assert [record["name"] for record in records] == ["lenet", "lenet5"]
    assert records[1]["parameters"] == 431_080


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("LeNet5", ["lenet5"]),
        ("TCNN_", ["mtcnn_onet", "mtcnn_pnet", "mtcnn_rnet"]),
        ("XCEPTION*", ["xception", "xception_keras"]),
        ("cept*", []),
        ("[K-L]enet?", ["lenet5"]),
    ],
)
def test_list_finds_a_part_of_a_name_in_any_case_or_a_whole_one(
    archspec: Program, pattern: str, names: list[str]
) -> None:
    records = json.loads(archspec("list", pattern, "--json").out)
    assert [record["name"] for record in records if record["family"] != "layer_configs_xception"] == names


def test_list_is_in_the_order_of_numbers(archspec: Program) -> None:
    names = [record["name"] for record in json.loads(archspec("list", "resnet*[0-9]", "--json").out)]
    plain = [name for name in names if "_" not in name]
    assert plain == ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]


def test_list_says_when_nothing_fits(archspec: Program) -> None:
    outcome = archspec("list", "nothing*")
    assert (outcome.code, outcome.out) == (2, "")
    assert 'called "nothing*"; `archspec list` shows all networks' in outcome.err
    outcome = archspec("list", "nothing*", "--json")
    assert (outcome.code, json.loads(outcome.out)) == (2, [])
    outcome = archspec("list", "lenet*", "--max-params", "5e4")
    assert outcome.code == 0
    assert "the fewest are 155,606 parameters" in outcome.err


@pytest.mark.parametrize(("pattern", "meant"), [("lenett", "lenet"), ("regn?", "regn?*"), ("[n]et5", "*[n]et5*")])
def test_list_says_which_pattern_was_meant(archspec: Program, pattern: str, meant: str) -> None:
    assert f'; did you mean "{meant}"?' in archspec("list", pattern).err


@pytest.mark.parametrize("number", ["431080", "431_080", "4.4e5", "440k", "0.00044G"])
def test_numbers_of_parameters_are_as_people_write_them(archspec: Program, number: str) -> None:
    assert "lenet5" in archspec("list", "lenet5", "--max-params", number).out


def test_list_lowers_what_the_index_was_not_made_of(
    archspec: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = spec_files()
    place = folder / "specs"
    place.mkdir()
    for path in specs[0].parent.glob("*.json"):
        shutil.copy(path, place)
    text = next(path for path in specs if path.stem == "lenet").read_text()
    (place / "lenet.yaml").write_text(text.replace("classes: 10", "classes: 11"))
    (place / "mine.yaml").write_text(SMALL)
    monkeypatch.setattr(zoo, "folder", lambda: place)
    records = json.loads(archspec("list", "--json").out)
    assert [record["name"] for record in records] == ["broad", "lenet", "lenet5", "narrow"]
    assert records[0]["parameters"] == 179
    assert records[2]["outputs"] == {"fc2": [11]}


def test_numbers_and_texts_are_short() -> None:
    assert [count_text(number) for number in (4_089_184_256, 423_000, 0)] == ["4.09 G", "0.42 M", "0.00 M"]
    assert [shape_text(shape) for shape in ((224, 224, 3), (10,), ())] == ["224 x 224 x 3", "10", "scalar"]
    assert [shortened("one, two", width) for width in (8, 7)] == ["one, two", "one..."]
