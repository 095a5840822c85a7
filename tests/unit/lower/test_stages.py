"""Stages that a document names, and outputs that a caller chooses in place of the document's."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.errors import Diagnostic, SpecError
from archspec.passes import verify
from tests.unit.graphs import outputs_of
from tests.unit.lower.networks import fault, outline

NET: dict[str, Any] = {
    "params": {"depth": 2, "pooled": True, "classes": 3},
    "variants": {"small": {"depth": 1}, "flat": {"pooled": False}},
    "inputs": {"image": [8, 8, 3], "label": [4]},
    "stages": {"stride1": "body.$(depth - 1)", "stride2": "pool"},
    "layers": [
        {"name": "body", "layer_type": "Conv2D", "filters": 4, "kernel_size": 1, "repeat": "$depth", "inputs": "image"},
        {"name": "pool", "layer_type": "MaxPooling2D", "when": "$pooled"},
        {"name": "mean", "layer_type": "GlobalAveragePooling2D"},
        {"name": "extra", "layer_type": "Dense", "units": 4, "inputs": "label"},
        {"layer_type": "Add", "inputs": ["mean", "extra"]},
        {"name": "head", "layer_type": "Sequential", "layers": [{"layer_type": "Dense", "units": "$classes"}]},
    ],
}


def faults(outputs: Any, document: dict[str, Any] | None = None, **given: Any) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        archspec.load(document or NET, outputs=outputs, **given)
    return list(caught.value.diagnostics)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ("stages", {"stride1": "body.1", "stride2": "pool"}),
        (["stages"], {"stride1": "body.1", "stride2": "pool"}),
        (["stride2", "stride1"], {"stride2": "pool", "stride1": "body.1"}),
        (["stages", "head"], {"stride1": "body.1", "stride2": "pool", "head": "head.0"}),
        ("body.0", {"body_0": "body.0"}),
        (("4", "pool"), {"output_4": "4", "pool": "pool"}),
        ({"fine": "stride1", "coarse": "pool"}, {"fine": "body.1", "coarse": "pool"}),
    ],
)
def test_stages_and_paths_are_outputs(outputs: Any, expected: dict[str, str]) -> None:
    network = archspec.load(NET, outputs=outputs)
    assert outputs_of(network.graph) == expected
    assert network.warnings == ()
    verify(network.graph)


def test_what_no_chosen_output_needs_is_left_out() -> None:
    network = archspec.load(NET, outputs="stages")
    assert outline(network.graph) == [
        "body: repeat",
        "body.0: Conv2D(@image)",
        "body.1: Conv2D(body.0)",
        "pool: MaxPooling2D(body.1)",
    ]
    assert list(network.inputs) == ["image"]
    for backend in ("torch", "tensorflow"):
        source = network.emit(backend)
        assert not any(word in source for word in ("classes", "head", "label", "extra", "Dense", "Linear"))
    assert list(archspec.load(NET, outputs="extra").inputs) == ["label"]


def test_a_network_says_its_stages_whatever_its_outputs_are() -> None:
    for outputs in (None, "stages", "body.0"):
        stages = archspec.load(NET, outputs=outputs).stages
        assert {name: (stage.path, stage.type.shape) for name, stage in stages.items()} == {
            "stride1": ("body.1", (8, 8, 4)),
            "stride2": ("pool", (4, 4, 4)),
        }
    assert archspec.load(NET, variant="small").stages["stride1"].path == "body.0"
    assert archspec.load([{"layer_type": "ReLU", "input_shape": [4]}]).stages == {}


def test_a_stage_is_left_out_with_its_layer() -> None:
    assert list(archspec.load(NET, variant="flat").stages) == ["stride1"]
    assert list(archspec.load(NET, variant="flat", outputs="stages").outputs) == ["stride1"]
    for path in ("stride2", "pool"):
        (found,) = faults(path, variant="flat")
        assert (found.message, found.hint) == (f'"{path}" is left out here', "its `when` is false or its `repeat` 0")
    none = {**NET, "stages": {"stride2": "pool"}}
    assert [found.message for found in faults("stages", none, variant="flat")] == ["`when` leaves out every stage"]


@pytest.mark.parametrize(
    ("outputs", "message", "hint"),
    [
        ("stride4", 'no layer or input is called "stride4" here', 'did you mean "stride'),
        ("boddy.0", 'no layer or input is called "boddy" here', 'did you mean "body"?'),
        ("body.7", '"body" has no layer "7"', "the stages are stride1, stride2"),
        ("head:all", 'no layer or input is called "head:all" here', 'did you mean "head"?'),
        ("image", '"image" is an input of the network, and an output must be a layer', None),
        ("input", '"input" is an input of the network, and an output must be a layer', None),
        (["stages", "stride1"], 'two outputs are called "stride1"', None),
        (["pool", "pool"], 'two outputs are called "pool"', None),
        ([], "`outputs` names no layer", "leave it out for the last layer"),
        ({"class": "pool"}, '"class" is not a name', "a name has only"),
        ({"all": "stages"}, "`stages` stands for all stages, and an output with a name is one value", "the stages are"),
    ],
)
def test_wrong_choices(outputs: Any, message: str, hint: str | None) -> None:
    (found,) = faults(outputs)
    assert found.message == message
    assert str(found.where).startswith("outputs")
    assert found.hint is None if hint is None else str(found.hint).startswith(hint)


def test_all_wrong_choices_are_told_at_once() -> None:
    assert [found.where for found in faults(["pol", "pool", "body.9"])] == ["outputs[0]", "outputs[2]"]


def test_stages_need_a_document_that_names_them() -> None:
    plain = [{"layer_type": "ReLU", "input_shape": [4]}]
    with pytest.raises(SpecError, match="the document names no stages"):
        archspec.load(plain, outputs="stages")
    named = [{"name": "stages", **plain[0]}]
    assert list(archspec.load(named, outputs="stages").outputs) == ["stages"]


def test_a_word_never_means_two_values() -> None:
    layers = "layers: [{name: a, layer_type: ReLU}, {name: b, layer_type: Tanh}]"
    assert fault(f"inputs: {{x: [8]}}\nstages: {{b: a}}\n{layers}") == (
        "a layer is called `b` too, and this stage is not its value",
        "b",
        "name the stage after its stride: stride8",
    )
    assert fault("inputs: {x: [8]}\nstages: {s: stages}\nlayers: [{name: stages, layer_type: ReLU}]") == (
        "a layer is called `stages` too, and as an output this word stands for all stages",
        "stages",
        "call the layer by another name",
    )
    same = {**NET, "stages": {"pool": "pool"}}
    assert outputs_of(archspec.load(same, outputs="pool").graph) == {"pool": "pool"}


def test_an_output_that_only_applies_a_layer_again_is_refused() -> None:
    document = {
        "inputs": {"left": [4], "right": [4]},
        "layers": [
            {"name": "tower", "layer_type": "Dense", "units": 2, "inputs": "left"},
            {"name": "other", "layer_type": "Reuse", "layer": "tower", "inputs": "right"},
            {"name": "both", "layer_type": "Add", "inputs": ["tower", "other"]},
        ],
    }
    (found,) = faults("other", document)
    assert found.message == "no output depends on layer tower, but layer other is tower again"
    assert found.hint == "choose an output that depends on it, too"
    assert list(archspec.load(document, outputs=["tower", "other"]).outputs) == ["tower", "other"]


def test_a_document_is_checked_with_its_own_outputs() -> None:
    unread = {**NET, "outputs": "nowhere"}
    (found,) = faults("stages", unread)
    assert found.message == 'no layer or input is called "nowhere" here'
