"""Uses of a block that are alike are copies of the first, and nobody can tell."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

import archspec
from archspec.errors import Diagnostic, Span
from archspec.lower import bounds, lower
from archspec.lower.use_cache import UseCache
from tests.marks import families
from tests.unit.lower.networks import described, document, faults, outline

BLOCKS = """
inputs: {image: [8, 8, 4], other: [8, 8, 4]}
blocks:
  Inner:
    params: {filters: 4}
    layers:
      - {name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 1, activation: relu}
      - {name: again, layer_type: Reuse, layer: conv}
  Unit:
    params: {filters: 4, scale: 1}
    layers:
      - {name: stem, layer_type: ReLU}
      - {name: inner, layer_type: Inner}
      - {layer_type: Add, inputs: [stem, inner.conv, input, other]}
      - {name: many, layer_type: Sequential, repeat: 2, layers: [{layer_type: Tanh}, {layer_type: Inner, name: x}]}
      - {name: end, layer_type: Rescaling, scale: $scale}
  Pair:
    inputs: [left, right]
    layers:
      - {name: difference, layer_type: Subtract, inputs: [left, right]}
  Nothing:
    layers:
      - {layer_type: ReLU, when: false}
layers:
"""
USES = """
  - {name: a, layer_type: Unit, inputs: image}
  - {name: b, layer_type: Unit}
  - {name: c, layer_type: Unit, scale: 1.0}
  - {name: d, layer_type: Unit, scale: 2}
  - {name: e, layer_type: Unit, inputs: other}
  - {name: f, layer_type: Reuse, layer: c}
  - {name: g, layer_type: Reuse, layer: d.many.1.x}
  - {name: h, layer_type: Nothing}
  - {name: i, layer_type: Nothing}
  - {name: j, layer_type: Unit, repeat: 3}
  - {name: k, layer_type: Pair, inputs: [a, b]}
  - {name: l, layer_type: Pair, inputs: [b, b]}
  - {name: m, layer_type: Pair, inputs: [j.1.inner.conv, d.stem]}
  - {name: n, layer_type: Pair, inputs: [other, image]}
  - {name: o, layer_type: Pair, inputs: [m, i]}
  - {layer_type: Add, inputs: [d, k, l, m, n, o, g, f]}
"""


def told(diagnostics: Iterable[Diagnostic]) -> list[object]:
    """What a user is told, and where."""
    return [(each.message, each.notes, isinstance(each.where, Span) and each.where.start) for each in diagnostics]


def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on each use is lowered by itself."""
    monkeypatch.setattr(UseCache, "copy", lambda *_: None)


@pytest.mark.parametrize("name", families())
def test_the_zoo_is_what_it_is_without_copies(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = archspec.load(name).graph
    never(monkeypatch)
    assert described(graph) == described(archspec.load(name).graph)


def test_copies_are_wired_to_what_they_read(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[bool] = []
    copy = UseCache.copy

    def counted(self: UseCache, key: object, *args: object) -> object:
        value = copy(self, key, *args)  # type: ignore[arg-type]
        copied.append(value is not None)
        return value

    monkeypatch.setattr(UseCache, "copy", counted)
    graph, warnings, _ = lower(document(BLOCKS + USES))
    assert sum(copied) > 10
    never(monkeypatch)
    again, warned, _ = lower(document(BLOCKS + USES))
    assert described(graph) == described(again)
    assert told(warnings) == told(warned)
    lines = outline(graph)
    assert "b.2: Add(b.stem, b.inner.1, a.end, @other)" in lines
    assert "j.0.2: Add(j.0.stem, j.0.inner.1, g.3, @other)" in lines


def test_what_a_use_has_wrong_is_told_of_each() -> None:
    """A fault is never copied, nor is what stands behind one."""
    wrong = BLOCKS.replace("inputs: [stem, inner.conv, input, other]", "inputs: [stem, nowhere]")
    one = wrong + "  - {name: a, layer_type: Unit, inputs: image}\n"
    assert len(faults(one + "  - {name: b, layer_type: Unit}\n")) == 2 * len(faults(one)) > 0


def test_copies_count_for_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = BLOCKS + "  - {name: a, layer_type: Inner, inputs: image}\n  - {name: b, layer_type: Inner, repeat: 40}\n"
    messages = []
    for limit, most in (("MOST_LAYERS", 100), ("MOST_ELEMENTS", 300)):
        with monkeypatch.context() as within:
            within.setattr(bounds, limit, most)
            found = faults(layers)
            never(within)
            assert told(found) == told(faults(layers))
            messages += [each.message for each in found]
    assert messages == [bounds.TOO_MANY_LAYERS, "with layer b.14.conv the network has 320 parameters, more than 2**40"]
