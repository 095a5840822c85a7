"""A key or a dash without a value is refused wherever it stands, and said once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archspec.errors import Source, Span
from archspec.reading import check
from archspec.source import EMPTY, Mapping, Sequence, read_document

WHOLE = """\
archspec: 1
name: whole
class_name: Whole
description: Every key of the language.
source: A paper.
params: {width: 4, act: null, depths: [1, 2]}
meanings: {width: channels}
requires: {width is even: $(width % 2 == 0)}
variants: {small: {width: 2}, large: {}}
defaults: {Conv2D: {use_bias: false}}
inputs: {image: {shape: [16, 16, 3], dtype: float32}}
blocks:
  Unit:
    description: A convolution.
    params: {filters: required, table: {a: [1]}}
    layers: [{layer_type: Conv2D, filters: $filters, kernel_size: [3, 3], padding: 1, activation: $act}]
  Both:
    inputs: [one, two]
    layers: [{layer_type: Add, inputs: [one, two]}]
layers:
  - {name: a, layer_type: Unit, filters: $width, when: true, repeat: 2}
  - {name: b$stage, layer_type: Conv2D, filters: $depth, kernel_size: 1, for: {stage: [1, 2], depth: $depths}}
  - {layer_type: Residual, layers: [{layer_type: ReLU}], shortcut: [{layer_type: Tanh}]}
  - {name: p, layer_type: Parallel, branches: [[{layer_type: ReLU}], []], merge: {layer_type: Concatenate, axis: -1}}
  - {name: c, layer_type: Dense, units: 3, bias_initializer: -2}
  - {name: d, layer_type: Reuse, layer: c, inputs: p}
  - {layer_type: Both, inputs: [c, d]}
outputs: {last: c}
preprocessing:
  weights: ours
  mean: [1, 2, 3]
  std: 1
  range: [0, 255]
  channels: RGB
  variants: {small: null, large: {mean: 0}}
names:
  theirs:
    values: {first: [1, 2]}
    layers:
      a.$n: a$(first[n])
    networks: {small: [theirs_small, {name: tf, differs: in epsilon, network: ours, params: {width: 4}}]}
"""


def places(value: object) -> Iterator[tuple[int, int, int]]:
    """Where each key inside this value begins, and where its value begins and ends."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            span = value.value_span(key)
            yield value.key_span(key).start, span.start, span.end
            yield from places(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from places(each)


PLACES = sorted(places(read_document(Source("whole.yaml", WHOLE), json=False)[0]))


def test_the_document_is_right() -> None:
    assert {each.severity for each in check(Source("whole.yaml", WHOLE))[1]} == {"warning"}


@pytest.mark.parametrize(("key", "start", "end"), PLACES)
def test_a_key_without_a_value_is_refused(key: int, start: int, end: int) -> None:
    _, told = check(Source("whole.yaml", WHOLE[:start] + WHOLE[end:]))
    about = [each.message for each in told if isinstance(each.where, Span) and key <= each.where.start <= start]
    assert len(about) == 1
    assert about[0].endswith((" has no value", ", not nothing"))


@pytest.mark.parametrize("text", ["- ", "a: [b: ]", "a:", "a: {b: }", "a: &x", "- &x"])
def test_nothing_is_no_null(text: str) -> None:
    value, faults = read_document(Source("net.yaml", text), json=False)
    assert not faults
    while isinstance(value, dict | list):
        (value,) = value.values() if isinstance(value, dict) else value
    assert value is EMPTY
