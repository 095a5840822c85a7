"""Files of other programs are recognised, by what these programs themselves write; a spec never is one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archspec import zoo
from archspec.reading import check
from archspec.source import load_source, read_document
from archspec.spec.foreign import foreign
from archspec.spec.place import Place


def told(value: object) -> list[str]:
    """The codes of all that is wrong with a document."""
    return [found.code for found in check(value)[1]]  # type: ignore[arg-type]


def test_what_keras_writes_is_recognised() -> None:
    keras = pytest.importorskip("keras")
    read = keras.Input((8, 8, 3))
    functional = keras.Model(read, keras.layers.Conv2D(4, 3)(read))
    sequential = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.ReLU()])
    for model in (functional, sequential):
        assert told(json.loads(model.to_json())) == ["other-format"]
        assert told(json.loads(json.dumps(model.get_config()))) == ["other-format"]
    assert told([keras.layers.serialize(layer) for layer in sequential.layers]) == ["other-format"]


@pytest.mark.parametrize("word", ["type", "class", "class_name", "op"])
@pytest.mark.parametrize("arguments", ["params", "args", "config", "kwargs"])
def test_a_layer_in_two_parts_is_told_once(word: str, arguments: str) -> None:
    layers = [{word: "Dense", arguments: {"units": 3}}, {word: "ReLU", arguments: {}}]
    for document in (layers, {"layers": layers}, {"archspec": 1, "inputs": {"x": [4]}, "layers": layers}):
        assert told(document) == ["other-format"]


@pytest.mark.parametrize("path", zoo.spec_files(), ids=lambda path: path.stem)
def test_no_spec_of_the_zoo_is_taken_for_another_programs(path: Any) -> None:
    value, _ = read_document(load_source(path), json=False)
    assert foreign(value, Place(value)) is None


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"layers": []},
        {"layers": [{"layer_type": "Dense", "units": 3, "type": "x"}, {"layer_type": "ReLU", "type": "y"}]},
        {"layers": [{"type": "Dense", "units": 3}, {"layer_type": "ReLU"}]},
        [{"type": "Dense", "units": 3}],
        {"backbone": []},
        {"backbone": [[1]]},
        {"model": {}},
        {"archspec": 1, "architecture": "resnet50"},
        {"layers": [3, {"type": 3}]},
        {"model": {"type": "classifier"}},
        {"model": {"type": "cnn", "backbone": [{"layer_type": "ReLU"}]}},
        {"MODEL": {"layers": []}},
        {"MODEL": {"WEIGHTS": "none"}, "net": [{"layer_type": "ReLU"}]},
        {"architecture": "resnet50"},
        {"architecture": [{"type": "conv"}], "num_classes": 10},
        {"architecture": "cnn", "num_classes": 10, "network": ({"layer_type": "ReLU"},)},
        {"architectures": ["a", "b"]},
        {"model_type": "cnn", "num_classes": 10},
    ],
)
def test_a_spec_with_faults_keeps_its_own_messages(document: Any) -> None:
    assert "other-format" not in told(document)


@pytest.mark.parametrize(
    "document",
    [
        {"model": {"type": "ImageClassifier", "backbone": {"type": "ResNet", "depth": 50}}},
        {"_base_": ["resnet50.py"], "model": {"type": "ImageClassifier"}},
        {"type": "ImageClassifier", "backbone": {"type": "ResNet"}},
        {"MODEL": {"META_ARCHITECTURE": "GeneralizedRCNN"}},
        {"MODEL": {"WEIGHTS": "detectron2://ImageNetPretrained/MSRA/R-50.pkl"}},
        {"architectures": ["ResNetForImageClassification"], "model_type": "resnet"},
        {"model_type": "resnet", "torch_dtype": "float32", "depths": [3, 4, 6, 3]},
        {"architecture": "resnet50", "num_classes": 1000},
        {"architecture": "resnet50", "pretrained_cfg": {"tag": "a1_in1k"}},
    ],
)
def test_two_words_of_another_program_tell_its_files(document: Any) -> None:
    assert told(document) == ["other-format"]
