"""docs/language.md is true: its tables are what the classes say, and its examples are networks."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import yaml

import archspec
from archspec.cli import main
from archspec.errors import Source
from archspec.layers import layer_types
from archspec.reading import check
from archspec.spec.common import CHECKS
from archspec.spec.envelope import Envelope
from archspec.spec.vocabulary import FORMS
from tests.docs import meanings
from tests.docs.pages import ROOT, Block, blocks, read, table, with_parts, words
from tests.docs.tables import parts

PAGE = "docs/language.md"
EXAMPLES = blocks(PAGE, "yaml", "json")


def test_the_generated_tables_are_as_the_code_has_it(request: pytest.FixtureRequest) -> None:
    made = with_parts(read(PAGE), parts())
    if request.config.getoption("--regenerate"):
        (ROOT / PAGE).write_text(made, encoding="utf-8")
    assert read(PAGE) == made, "run pytest tests/docs --regenerate"


def test_every_layer_type_is_there() -> None:
    for name in layer_types():
        assert f"| `{name}` |" in read(PAGE)


def test_nothing_is_said_of_attributes_that_are_gone() -> None:
    attributes = {(kind.__name__, name) for kind in layer_types().values() for name in kind.model_fields}
    assert set(meanings.MEANINGS) <= {name for _, name in attributes}
    assert set(meanings.OTHER_MEANINGS) <= attributes


def test_the_documents_keys_are_complete() -> None:
    keys = [key for row in table(PAGE, "The document") for key in words(row[0])]
    assert sorted(keys) == sorted(Envelope.model_fields)


def test_the_keys_of_every_layer_are_complete() -> None:
    assert sorted(words(row[0])[0] for row in table(PAGE, "Keys of every layer")) == sorted(CHECKS)


def test_the_composites_are_complete() -> None:
    rows = {words(row[0])[0]: words(row[1]) for row in table(PAGE, "Composites")}
    assert rows == {name: [*form.needed, *form.optional] for name, form in FORMS.items()}


def _networks(example: Block) -> list[archspec.Network]:
    networks, diagnostics = check(Source(f"example.{example.language}", example.text))
    assert not diagnostics, diagnostics
    return networks


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_example_is_a_network(example: Block) -> None:
    for network in _networks(example):
        assert network.parameters().total
        for backend in ("torch", "tensorflow"):
            compile(network.emit(backend), network.name, "exec")


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.language == "yaml"], ids=str)
def test_the_same_document_in_json_is_the_same_network(example: Block) -> None:
    as_json = Block(example.page, "json", json.dumps(yaml.safe_load(example.text)), example.heading)
    for one, other in zip(_networks(example), _networks(as_json), strict=True):
        assert one.name == other.name
        assert one.emit("torch") == other.emit("torch")


PLAIN = {"BatchNorm2d": "nn.BatchNorm2d(4)", "LayerNorm": "LayerNorm2d(4)", "LeakyReLU": "nn.LeakyReLU(inplace=True)"}
"""What the emitted source has for PyTorch's modules where nothing differs from their defaults."""


@pytest.mark.parametrize("module", PLAIN)
def test_a_plain_module_of_pytorch_has_the_attributes_that_the_page_says(module: str) -> None:
    said = re.search(rf"a plain `{module}` is\s`(\w+)` with `([^`]*)`", read(PAGE), re.IGNORECASE)
    assert said
    layers = [{"layer_type": "Conv2D", "filters": 4, "kernel_size": 1}, yaml.safe_load(f"{{{said[2]}}}")]
    layers[1]["layer_type"] = said[1]
    assert f"            {PLAIN[module]},\n" in archspec.load(layers, inputs={"x": [8, 8, 3]}).emit("torch")


def _example(heading: str, outputs: str | list[str] | None = None) -> archspec.Network:
    """The network of the example under a heading, with its default params."""
    (example,) = [each for each in EXAMPLES if each.heading == heading]
    return archspec.load(yaml.safe_load(example.text), outputs=outputs)


def test_a_list_and_a_document_are_the_same_network() -> None:
    listed, document = _example("A list of layers"), _example("A document")
    assert [node.layer for node in listed.graph.nodes] == [node.layer for node in document.graph.nodes]
    assert listed.name == "network"
    assert list(listed.inputs) == ["input"]


PATHS = {
    "A document": "conv 1 2 3 classifier 5",
    "Copies": "stage1.0 stage2.0 stage2.1 stage3.0 stage3.1 hidden0 hidden1 classifier",
    "Blocks": "stage1.conv1 stage1.conv3 stage1.project stage2.conv2 fc",
    "When": "unit.0.conv unit.1.norm unit.2.conv fc",
    "Branches": "mixed.narrow mixed.wide.0 mixed.wide.2 dense.conv1 dense.conv3 gate.weigh fc",
    "Several inputs": "left_tower.conv right_tower.conv fc",
    "Sharing weights": "tower.conv tower.embed other.conv other.embed same",
    "Outputs": "features boxes classes",
    "Stages": "conv1 conv2 conv3 conv4 fc",
}
"""Paths that the text names or that its rules give."""


@pytest.mark.parametrize("heading", PATHS)
def test_layers_are_called_as_the_page_says(heading: str) -> None:
    assert set(PATHS[heading].split()) <= {node.path for node in _example(heading).graph.nodes}


def test_what_is_used_again_has_the_same_weights() -> None:
    names = _example("Sharing weights").weights()
    assert {"tower.conv:kernel", "tower.embed:bias", "same:kernel"} <= names.keys()
    assert not any(name.startswith("other") for name in names)


def test_outputs_have_the_names_that_they_are_given() -> None:
    assert list(_example("Outputs").outputs) == ["boxes", "scores"]


def test_stages_are_outputs_for_who_asks() -> None:
    shapes = {name: kind.shape for name, kind in _example("Stages", "stages").outputs.items()}
    assert shapes == {"stride4": (16, 16, 32), "stride8": (8, 8, 64), "stride16": (4, 4, 128)}
    assert list(_example("Stages", ["stride8", "stride16"]).outputs) == ["stride8", "stride16"]
    assert list(_example("Stages", ["conv1", "fc"]).outputs) == ["conv1", "fc"]
    assert list(_example("Stages").outputs) == ["fc"]


def test_third_parties_have_the_names_that_the_page_says() -> None:
    (timm,) = _example("Names of third parties").graph.third_parties
    assert timm.calls("stage2.0.conv") == "blocks.1.0.conv_pw"
    assert timm.calls("scale:gamma") == "gamma"
    assert timm.calls("fc") is None
    assert [each.name for each in timm.networks if each.differs] == ["tf_small_net"]
    assert [sign.weight for sign in timm.signs] == ["scale:gamma"]


def test_a_variant_changes_params_and_a_param_can_be_set() -> None:
    (plain,) = [each for each in EXAMPLES if each.heading == "Params and variants"]
    document = yaml.safe_load(plain.text)
    wide = archspec.load(document, variant="wide", params={"classes": 100})
    assert wide.name == "wide"
    assert wide.weights()["conv2:kernel"].shape == (3, 3, 128, 256)
    assert wide.outputs["classifier"].shape == (100,)


@pytest.mark.parametrize("name", [words(row[0])[0] for row in table(PAGE, "Activations")])
def test_an_activation_is_understood(name: str) -> None:
    layer = {"layer_type": "Activation", "activation": name, "input_shape": [4]}
    assert archspec.load([layer]).outputs["output"].shape == (4,)


@pytest.mark.parametrize("name", ["HeNormal", *(words(row[0])[0] for row in table(PAGE, "Initializers"))])
def test_an_initializer_is_understood(name: str) -> None:
    layer = {"name": "fc", "layer_type": "Dense", "units": 3, "kernel_initializer": name, "input_shape": [4]}
    assert archspec.load([layer]).weights()["fc:kernel"].shape == (4, 3)


YAML_1_2 = """
params: {word: no, time: 12:30, small: 1e-5}
inputs: {x: [4]}
layers:
  - {layer_type: Dense, units: $(4 if word == "no" and time == "12:30" and small < 1 else 1)}
"""


def test_yaml_is_that_of_version_1_2() -> None:
    networks, _ = check(Source("example.yaml", YAML_1_2))
    assert networks[0].outputs["output"].shape == (4,)


def test_a_list_can_be_told_its_input() -> None:
    network = archspec.load([{"layer_type": "Dense", "units": 2}], inputs={"input": [3]})
    assert network.inputs["input"].shape == (3,)


def test_the_table_of_layers_is_what_show_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = [each for each in EXAMPLES if each.heading == "A document"]
    (shown,) = blocks(PAGE, "text")
    (tmp_path / "small.yaml").write_text(example.text)
    monkeypatch.setattr(sys, "argv", ["archspec", "show", str(tmp_path / "small.yaml")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert capsys.readouterr().out == shown.text
