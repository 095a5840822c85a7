"""The names of third parties in a document."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.errors import Source, Span, SpecError
from archspec.ir import Sign, TheirNetwork, ThirdParty
from archspec.reading import check
from archspec.spec import parse_document
from archspec.spec.third_parties import LONGEST_PATTERN

DOCUMENT: dict[str, Any] = {
    "name": "net",
    "params": {"depth": 2},
    "inputs": {"x": [8, 8, 3]},
    "layers": [
        {"name": "stem", "layer_type": "Conv2D", "filters": 4, "kernel_size": 1},
        {"name": "stage", "layers": [{"layer_type": "Conv2D", "filters": 4, "kernel_size": 1, "repeat": "$depth"}]},
    ],
}


def party(names: object, **keys: object) -> ThirdParty:
    (found,) = archspec.load(DOCUMENT | {"names": {"theirs": names}} | keys).graph.third_parties
    return found


def messages(names: object, **keys: object) -> list[str]:
    return [fault.message for fault in parse_document(DOCUMENT | {"names": names} | keys)[1]]


def test_numbers_of_a_path_are_shifted() -> None:
    found = party({"layers": {"stem": "conv_stem", "stage.$i": "blocks.$(i + 1).conv", "stage.$i:bias": "b$i"}})
    assert found.name == "theirs"
    assert [found.calls(path) for path in ("stem", "stage.0", "stage.11", "stage.1:bias")] == [
        "conv_stem",
        "blocks.1.conv",
        "blocks.12.conv",
        "b1",
    ]
    assert [found.calls(path) for path in ("stem.0", "stage.x", "stage", "stage.1:kernel", "stage.1.2")] == [None] * 5


def test_the_first_line_that_fits_counts() -> None:
    found = party({"layers": {"stage.0": "first", "stage.$i": "others.$i"}})
    assert [found.calls("stage.0"), found.calls("stage.1")] == ["first", "others.1"]


def test_a_number_that_is_written_twice_is_the_same() -> None:
    found = party({"layers": {"block$s.block$s-$b": "s$s.b$b"}})
    assert [found.calls("block1.block1-0"), found.calls("block1.block2-0")] == ["s1.b0", None]


def test_expressions_read_params_and_values() -> None:
    names = {
        "values": {"short": ["0.0", "1.0"], "place": "$(short if depth == 2 else [])"},
        "layers": {"stage.$i": "blocks.$(place[i]).conv"},
    }
    found = party(names)
    assert found.calls("stage.1") == "blocks.1.0.conv"
    with pytest.raises(SpecError, match="index 2"):
        found.calls("stage.2")


def test_a_param_that_only_names_read_is_read() -> None:
    assert messages({"theirs": {"layers": {"stem": "stem$version"}}}, params={"depth": 2, "version": 1}) == []


def test_networks_are_by_variant() -> None:
    other = {"name": "tf_net", "differs": "epsilon is\n 0.001", "network": "net_keras"}
    networks = {"small": "their_small", "large": ["their_large", other]}
    document = DOCUMENT | {
        "variants": {"small": {}, "large": {"depth": 3}},
        "names": {"theirs": {"networks": networks}},
    }
    (found,) = archspec.load(document, variant="large").graph.third_parties
    assert found.networks == (TheirNetwork("their_large"), TheirNetwork("tf_net", "epsilon is 0.001", "net_keras"))
    assert not found.renames
    (found,) = archspec.load(document, variant="small").graph.third_parties
    assert found.networks == (TheirNetwork("their_small"),)
    assert party({"networks": "their_net"}).networks == (TheirNetwork("their_net"),)


def test_with_the_params_of_the_other_function_it_is_the_same() -> None:
    networks = [{"name": "deep", "differs": "it is deep", "params": {"depth": 3}}]
    document = DOCUMENT | {"names": {"theirs": {"networks": networks}}}
    assert party({"networks": networks}).networks[0].differs
    (found,) = archspec.load(document, params={"depth": 3}).graph.third_parties
    assert found.networks == (TheirNetwork("deep"),)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"theirs": 3}, "the names of a third party are a mapping, not 3"),
        ({"\x1b": {}}, 'a third party is the name of a package or of a project, not "\x1b"'),
        ({"theirs": {"layer": {}}}, "unknown key `layer`"),
        ({"theirs": {"layers": {"a b": "x"}}}, '"a b" is no path of a layer with $name for numbers'),
        ({"theirs": {"layers": {"a.$(i)": "x"}}}, '"a.$(i)" is no path of a layer with $name for numbers'),
        ({"theirs": {"layers": {"a" * (LONGEST_PATTERN + 1): "x"}}}, None),
        ({"theirs": {"layers": {"a.$i$j": "x"}}}, "nothing tells where one number ends and the next begins"),
        ({"theirs": {"layers": {"a.$depth": "x"}}}, "a param or value is called `depth` already"),
        ({"theirs": {"layers": {"a.$i": "b.$j"}}}, 'unknown name "j"'),
        ({"theirs": {"layers": {"a.$i": "b.$(i +"}}}, "the parenthesis is never closed"),
        ({"theirs": {"layers": {"a": " "}}}, 'a layer\'s name is a text, not " "'),
        ({"theirs": {"layers": {"a": ["b"]}}}, 'a layer\'s name is a text, not ["b"]'),
        ({"theirs": {"values": {"depth": 1}}}, "a param is called `depth` already"),
        ({"theirs": {"values": {"1": 1}}}, '"1" is not a name'),
        ({"theirs": {"values": {"a": "$b", "b": 1}}}, 'unknown name "b"'),
        ({"theirs": {"networks": 3}}, "a network is its name or a mapping, not 3"),
        ({"theirs": {"networks": {"name": "n"}}}, "a mapping has `name` and `differs`"),
        (
            {"theirs": {"networks": {"name": "n", "differs": "d", "params": {"dept": 1}}}},
            "the document has no param `dept`",
        ),
        ({"theirs": {"networks": {"name": "a b", "differs": "d"}}}, '"a b" is not a name'),
        (
            {"theirs": {"networks": {"name": "n", "differs": "d" * 201}}},
            "a difference is a text of at most 200 characters that can be printed",
        ),
    ],
)
def test_what_is_wrong_with_names(names: object, message: str | None) -> None:
    found = messages(names)
    assert found == [message] if message else len(found) == 1


SIGN = {"value": [0.5, 1], "says": "models that\n rescale", "params": {"depth": 3}}


def test_a_sign_is_one_of_other_params() -> None:
    document = DOCUMENT | {"names": {"theirs": {"signs": {"norm:mean": SIGN, "norm:variance": SIGN | {"value": 2}}}}}
    (found,) = archspec.load(document).graph.third_parties
    signs = (("norm:mean", (0.5, 1.0)), ("norm:variance", (2.0,)))
    assert found.signs == tuple(Sign(*each, "models that rescale", {"depth": 3}) for each in signs)
    (found,) = archspec.load(document, params={"depth": 3}).graph.third_parties
    assert found.signs == ()


@pytest.mark.parametrize(
    ("signs", "message"),
    [
        ({"norm": SIGN}, '"norm" is no weight of a layer'),
        ({"norm:mean": 3}, "a sign is a mapping, not 3"),
        ({"norm:mean": {"value": 1, "says": "they rescale"}}, "a sign has `value`, `says` and `params`"),
        ({"norm:mean": SIGN | {"value": ["a"]}}, "a value is a number or a list of at most 100 numbers"),
        ({"norm:mean": SIGN | {"value": True}}, "a value is a number or a list of at most 100 numbers"),
        ({"norm:mean": SIGN | {"value": []}}, "a value is a number or a list of at most 100 numbers"),
        ({"norm:mean": SIGN | {"value": [1] * 101}}, "a value is a number or a list of at most 100 numbers"),
        (
            {"norm:mean": SIGN | {"says": "\x1b"}},
            "what a sign says is a text of at most 200 characters that can be printed",
        ),
        ({"norm:mean": SIGN | {"params": {"dept": 3}}}, "the document has no param `dept`"),
        ({"norm:mean": SIGN | {"weight": 3}}, "unknown key `weight`"),
    ],
)
def test_what_is_wrong_with_signs(signs: object, message: str) -> None:
    assert messages({"theirs": {"signs": signs}}) == [message]


def test_variants_of_networks_are_the_documents() -> None:
    assert messages({"theirs": {"networks": {"smal": "n"}}}, variants={"small": {}}) == [
        "the document has no variant `smal`"
    ]
    assert messages({"theirs": {"networks": "n"}}, variants={"small": {}}) == [
        'the networks are by the document\'s variants, not "n"'
    ]


TEXT = """\
archspec: 1
inputs: {x: [8, 8, 3]}
layers: [{name: conv, layer_type: Conv2D, filters: 4, kernel_size: 1, repeat: 3}]
names:
  theirs:
    layers:
      conv.$i: blocks.$(["a", "b"][i]).conv
"""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (TEXT.replace("[i])", "[j])"), (7, 36)),
        (TEXT.replace("conv.$i:", "conv.${i}:"), (7, 7)),
        (TEXT.replace("layers:\n  ", "layer:\n  "), (6, 5)),
    ],
)
def test_faults_have_a_place_in_the_text(text: str, place: tuple[int, int]) -> None:
    (fault,) = check(Source("net.yaml", text))[1]
    assert isinstance(fault.where, Span)
    assert (fault.where.line, fault.where.column) == place


def test_names_that_cannot_be_computed_are_faults_of_the_document() -> None:
    (fault,) = check(Source("net.yaml", TEXT))[1]
    assert isinstance(fault.where, Span)
    assert (fault.where.line, fault.code) == (7, "expression-failed")
    assert archspec.load(Source("net.yaml", TEXT)).parameters().total  # nobody asks for names
