"""Params: defaults, variants, what the caller gives, and what blocks are used with."""

from __future__ import annotations

import pytest

from archspec.errors import SpecError
from archspec.lower import lower
from tests.unit.lower.networks import document, fault, faults, lowered

FAMILY = """
params: {width: 1, units: $(width * 10)}
variants: {small: {}, large: {width: 4}, odd-1.5: {units: 7}}
inputs: {x: [$(width * 2)]}
layers: [{name: fc, layer_type: Dense, units: $units}]
"""


def test_variants_and_params_override_the_defaults_in_this_order() -> None:
    assert tuple(document(FAMILY).variants) == ("small", "large", "odd-1.5")

    def shapes(variant: str | None = None, **params: object) -> tuple[int, int]:
        graph = lowered(FAMILY, variant=variant, params=params)
        return graph.inputs["x"].shape[0], graph.by_path["fc"].type.shape[0]

    assert shapes() == (2, 10)
    assert shapes("small") == (2, 10)
    assert shapes("large") == (8, 40)
    assert shapes("odd-1.5") == (2, 7)
    assert shapes("large", width=3) == (6, 30)
    assert shapes("large", units=3) == (8, 3)


def test_the_network_is_called_as_its_variant() -> None:
    assert lowered(FAMILY, variant="large").name == "large"
    assert lowered("name: tiny\n" + FAMILY).name == "tiny"
    assert lowered(FAMILY).name == "network"


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"variant": "larg"}, 'no variant is called "larg"', 'did you mean "large"?'),
        ({"variant": "resnet"}, 'no variant is called "resnet"', "the variants are small, large, odd-1.5"),
        ({"params": {"widht": 3}}, 'the document has no param "widht"', 'did you mean "width"?'),
        ({"inputs": {"y": [3]}}, 'the network has no input "y"', "it reads x"),
    ],
)
def test_what_the_caller_gives_wrong(given: dict[str, object], message: str, hint: str | None) -> None:
    with pytest.raises(SpecError) as caught:
        lower(document(FAMILY), **given)
    (found,) = caught.value.diagnostics
    assert (found.message, found.hint) == (message, hint)


def test_a_param_without_a_value_must_be_given() -> None:
    text = "params: {n: required}\ninputs: {x: [4]}\nlayers: [{layer_type: Dense, units: $n}]"
    assert fault(text) == (
        "the param `n` has no value",
        "n",
        "give n=... with params=..., a value in each variant, or a default here",
    )
    assert lowered(text, params={"n": 3}).by_path["0"].type.shape == (3,)


def test_null_is_a_default_like_any_other() -> None:
    text = """
params: {last: null}
inputs: {x: [4]}
blocks:
  B:
    params: {act: null, units: $(3 if act == null else 5)}
    layers: [{layer_type: Dense, units: $units}, {layer_type: Activation, activation: $act, when: $(act != null)}]
layers:
  - {layer_type: B}
  - {layer_type: B, act: relu}
  - {layer_type: Dense, units: 2, activation: $last}
"""
    assert [type(node.layer).__name__ for node in lowered(text).nodes] == ["Dense", "Dense", "ReLU", "Dense"]
    assert [node.type.shape for node in lowered(text).nodes] == [(3,), (5,), (5,), (2,)]
    assert type(lowered(text, params={"last": "relu"}).nodes[-1].layer).__name__ == "ReLU"


def test_a_block_reads_the_documents_params_but_not_the_loops_of_its_use() -> None:
    text = """
params: {width: 2}
inputs: {x: [4]}
blocks:
  B: {params: {n: $width}, layers: [{layer_type: Dense, units: $(n + width)}, {layer_type: Dense, units: $LOOP}]}
layers: [{layer_type: B, for: {stage: [1]}}]
"""
    assert [node.type.shape for node in lowered(text.replace("LOOP", "n")).nodes] == [(4,), (2,)]
    (found,) = faults(text.replace("LOOP", "stage"))
    assert (found.message, found.notes) == ('unknown name "stage"', ("in block B, used as 0 at line 6",))


def test_blocks_can_be_chosen_by_a_param() -> None:
    text = """
params: {block: A, units: 3}
inputs: {x: [4]}
blocks:
  A: {params: {n: 1}, layers: [{layer_type: Dense, units: $n}]}
  B: {layers: [{layer_type: ReLU}]}
layers: [{layer_type: $block, ATTRIBUTE}]
"""
    uses = text.replace("ATTRIBUTE", "n: $units")
    assert lowered(uses).scopes[0].kind == "A"
    assert fault(uses, params={"block": "B"}) == ("B has no param `n`", "n", None)
    assert fault(uses, params={"block": "C"}) == ('no layer type is called "C"', "$block", None)
    assert fault(uses, params={"block": "Sequential"})[0] == "an expression cannot choose the composite Sequential"
    assert fault(uses, params={"block": 3})[0] == "`layer_type` must be the name of a layer type, not 3"
    assert lowered(text.replace("ATTRIBUTE", "name: b$units"), params={"block": "B"}).scopes[0].kind == "B"
