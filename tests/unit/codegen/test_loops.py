"""What repeats is written once: loops over tables, stages of different lengths, splits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import archspec
from archspec.codegen import runs
from archspec.codegen.progressions import Progression, drop_rates, table

STAGES = """
archspec: 1
name: staged
inputs: {image: [16, 16, 8]}
blocks:
  Unit:
    params: {rate: }
    layers:
      - {name: conv, layer_type: Conv2D, filters: 8, kernel_size: 1}
      - {name: drop, layer_type: StochasticDepth, rate: $rate}
      - {layer_type: Add, inputs: [drop, input]}
  Stage:
    params: {rates: }
    layers:
      - {name: first, layer_type: Conv2D, filters: 8, kernel_size: 3, padding: same}
      - {layer_type: Unit, for: {rate: $rates}, rate: $rate}
layers:
  - {name: a, layer_type: Stage, rates: [0.1]}
  - {name: b, layer_type: Stage, rates: [0.3, 0.25, 0.7]}
  - {name: c, layer_type: Stage, rates: [0.2, 0.15, 0.4, 0.6]}
"""


@pytest.fixture
def staged(tmp_path_factory: pytest.TempPathFactory) -> archspec.Network:
    path = tmp_path_factory.mktemp("staged") / "staged.yaml"
    path.write_text(STAGES, "utf-8")
    return archspec.load(path)


def test_stages_of_different_lengths_are_one_function_of_their_tables(staged: archspec.Network) -> None:
    source = staged.emit("tensorflow")
    assert source.count("def stage(") == 1
    assert "for i, rate in enumerate(rates, 1):" in source
    assert re.findall(r"stage\(x, (\[.*?\])", source) == ["[0.3, 0.25, 0.7]", "[0.2, 0.15, 0.4, 0.6]"]
    assert 'stage(image, [0.1], name="a")' in source


RATES = {"p": "$((i * 7 % 97 + 1) / 100)", "q": "$((i * 13 % 89 + 1) / 100)"}

UNITS = {
    "Unit": {
        "params": {"p": 0.1, "q": 0.1},
        "layers": [
            {"layer_type": "Dense", "units": 4},
            {"layer_type": "Dropout", "rate": "$p"},
            {"layer_type": "Dense", "units": 4},
            {"layer_type": "Dropout", "rate": "$q"},
        ],
    }
}


@pytest.mark.parametrize(
    "layers",
    [
        [{"name": "c$i", "layer_type": "Dense", "units": 4}, {"layer_type": "Add"}],
        [{"name": "c$i", "layer_type": "Unit", "p": RATES["p"]}, {"layer_type": "Add"}],
    ],
    ids=["every turn is read at the end", "one varies and all are read"],
)
def test_what_is_no_loop_is_not_looked_at_from_every_start(
    layers: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    make = runs._Likeness.__init__
    monkeypatch.setattr(runs._Likeness, "__init__", lambda self, *turns: looked.append(make(self, *turns)))

    def looks(count: int) -> int:
        looked.clear()
        first = {**layers[0], "repeat": count}
        rest = [{**layer, "inputs": [f"c{i}" for i in range(count)]} for layer in layers[1:]]
        blocks = UNITS if first["layer_type"] == "Unit" else {}
        archspec.load({"inputs": {"x": [4]}, "blocks": blocks, "layers": [first, *rest]}).emit("torch")
        return len(looked)

    assert looks(80) < 2.5 * looks(40)


@pytest.mark.parametrize("name", ["efficientnet_b3", "efficientnet_v2_l", "convnext_small"])
def test_a_formula_gives_the_very_rates(name: str) -> None:
    progression = drop_rates(archspec.load(name).graph)
    assert progression is not None
    rates = tuple(progression.top * n / progression.steps for n in range(2, 9))
    formula = table(rates, progression).formula
    assert "for n in range(2, 9)" in formula
    assert tuple(eval(formula)) == rates


def test_rates_that_do_not_grow_are_written_out(staged: archspec.Network) -> None:
    assert drop_rates(staged.graph) is None


def test_other_numbers_are_written_out() -> None:
    progression = Progression(0.2, 16)
    assert table((0.025, 0.037500000000000006), progression).formula == "[0.2 * n / 16 for n in range(2, 4)]"
    assert table((0.025, 0.05), progression).formula == ""
    assert table((0.025, 0.0375), progression).formula == ""


def test_no_switch_stands_for_a_position() -> None:
    assert not re.search(r"\bwith_\d", archspec.load("efficientnet_v2_s").emit("tensorflow"))


UNIT = """
  Unit:
    params: {rate: }
    layers:
      - {name: conv, layer_type: Conv2D, filters: 8, kernel_size: 1}
      - {name: drop, layer_type: StochasticDepth, rate: $rate}
"""

SPLIT_OR_NOT = f"""
archspec: 1
inputs: {{image: [8, 8, 8]}}
blocks:{UNIT}
  Stage:
    params: {{rates: , split: }}
    layers:
      - {{layer_type: Parallel, merge: Add, when: $split, branches: [
          [{{layer_type: Slice, axis: -1, start: 0, stop: 4}}], [{{layer_type: Slice, axis: -1, start: 4, stop: 8}}]]}}
      - {{layer_type: Parallel, merge: Add, when: $(not split),
         branches: [[{{layer_type: ReLU}}], [{{layer_type: Softmax}}]]}}
      - {{name: mid, layer_type: Conv2D, filters: 8, kernel_size: 1}}
      - {{layer_type: Unit, for: {{rate: $rates}}, rate: $rate}}
layers:
  - {{name: a, layer_type: Stage, split: true, rates: [0.3, 0.25, 0.7]}}
  - {{name: b, layer_type: Stage, split: false, rates: [0.3, 0.25, 0.7, 0.2]}}
  - {{name: c, layer_type: Stage, split: true, rates: [0.3, 0.25, 0.7, 0.8, 0.1]}}
"""

NAMED_OR_NOT = f"""
archspec: 1
inputs: {{image: [8, 8, 8]}}
blocks:{UNIT}
  Stage:
    params: {{rates: []}}
    layers:
      - {{name: units, layer_type: Sequential, when: $(len(rates) > 0), layers: [
          {{layer_type: Unit, for: {{rate: $rates}}, rate: $rate}}]}}
      - {{name: units, layer_type: Sequential, when: $(len(rates) == 0), layers: [
          {{name: a, layer_type: Unit, rate: 0.1}}, {{name: b, layer_type: Unit, rate: 0.6}}]}}
      - {{name: end, layer_type: Conv2D, filters: 8, kernel_size: 3}}
layers:
  - {{name: one, layer_type: Stage, rates: [0.1, 0.5, 0.2, 0.7, 0.3]}}
  - {{name: two, layer_type: Stage}}
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("text", [SPLIT_OR_NOT, NAMED_OR_NOT], ids=["split or not", "named or not"])
def test_stages_that_differ_in_more_than_their_length_keep_their_own_form(
    text: str, backend: str, tmp_path: Path
) -> None:
    pytest.importorskip("torch" if backend == "torch" else "keras")
    path = tmp_path / "stages.yaml"
    path.write_text(text, "utf-8")
    network = archspec.load(path)
    model = network.compile(backend, device="cpu")
    assert archspec.read_weights(network, model).keys() == network.weights().keys()


def test_rates_a_hair_apart_are_no_progression(tmp_path: Path) -> None:
    rates = "[0.0, 5.0e-324, 0.05, 0.1]"
    layer = f"{{layer_type: StochasticDepth, rate: $rate, for: {{rate: {rates}}}}}"
    path = tmp_path / "rates.yaml"
    path.write_text(f"inputs: {{image: [8, 8, 8]}}\nlayers: [{layer}]\n", "utf-8")
    assert drop_rates(archspec.load(path).graph) is None
