"""What repeats is written once: loops over tables, stages of different lengths, splits."""

from __future__ import annotations

import re

import pytest

import archspec
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


@pytest.mark.parametrize(
    ("backend", "line"), [("torch", "x.chunk(2, dim=1)"), ("tensorflow", "ops.split(x, 2, axis=-1)")]
)
def test_a_value_is_split_once(backend: str, line: str) -> None:
    assert f"x, y = {line}\n" in archspec.load("shufflenet_v2_x1_0").emit(backend)


def test_no_switch_stands_for_a_position() -> None:
    assert not re.search(r"\bwith_\d", archspec.load("efficientnet_v2_s").emit("tensorflow"))
