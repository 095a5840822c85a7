"""What docs/language.md says of paths, and of what layers read: each statement with a network that shows it."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
import yaml

import archspec
from tests.docs.pages import blocks, read

PAGE = "docs/language.md"
TEXT = re.sub(r"\s+", " ", read(PAGE))
"""The page in one line."""


DENSE = "layer_type: Dense, units: 4"
"""What DENSE stands for in the layers below."""


class Said(NamedTuple):
    """A statement of the page, and the layers of a network that shows it.

    `nodes` are the nodes' paths, with what they read or without, or of a network that is refused words of the message.
    """

    statement: str
    layers: str
    nodes: str
    more: str = ""
    """What the document has beside an input `x` of (8, 8, 4) and its layers."""

    def __str__(self) -> str:
        """The first words of the statement."""
        return self.statement[:60]

    @property
    def network(self) -> archspec.Network:
        """The network that shows it."""
        return archspec.load(
            yaml.safe_load(f"inputs: {{x: [8, 8, 4]}}\n{self.more}\nlayers:\n{self.layers}".replace("DENSE", DENSE))
        )


PATHS = [
    Said(
        "The path of a layer is the path of its scope, a dot and its own name.",
        "  - {name: s, layer_type: Sequential, layers: [{name: fc, DENSE}]}\n  - {name: b, layer_type: B}",
        "s.fc b.fc",
        "blocks: {B: {layers: [{name: fc, DENSE}]}}",
    ),
    Said(
        "a layer that consists of others (`SeparableConv2D`)",
        "  - {name: sep, layer_type: SeparableConv2D, filters: 3, kernel_size: 1, activation: relu}",
        "sep.depthwise sep.pointwise sep.2",
    ),
    Said(
        "The name of an unnamed layer is its position in its scope, counted from 0.",
        "  - {name: a, DENSE}\n  - {DENSE}\n  - {layer_type: B}\n  - {name: c, DENSE}\n  - {DENSE}",
        "a 1 2.0 2.b 2.2 c 4",
        "blocks: {B: {layers: [{DENSE}, {name: b, DENSE}, {DENSE}]}}",
    ),
    Said(
        "The layers in an unnamed composite belong to the scope around it, with their names and positions.",
        "  - {DENSE}\n  - {layer_type: Sequential, layers: [{name: a, DENSE}, {DENSE}]}\n  - {DENSE}",
        "0 a 2 3",
    ),
    Said(
        "An `activation` has its own position, after its layer.",
        "  - {name: a, DENSE, activation: relu}\n  - {DENSE}",
        "a 1 2",
    ),
    Said(
        "So have the sum of a `Residual` and the merge of a `Parallel`, after the layers that they merge",
        "  - {layer_type: Residual, layers: [{name: a, DENSE}], shortcut: [{DENSE}]}\n"
        "  - {name: p, layer_type: Parallel, branches: [[{DENSE}], [{name: b, DENSE}]]}",
        "a 1 2 p.0 p.b p.2",
    ),
    Said(
        "the concatenation after each layer of a `DenselyConnected`.",
        "  - {layer_type: DenselyConnected, layers: [{name: a, DENSE, activation: relu}, {DENSE}]}",
        "a 1 2 3 4",
    ),
    Said(
        "The copies of a layer named `a` are `a.0`, `a.1`, and so on, even if there is only one",
        "  - {name: a, repeat: 2, DENSE}\n  - {name: b, repeat: 1, DENSE}",
        "a.0 a.1 b.0",
    ),
    Said(
        "copies that `when` leaves out are not counted",
        "  - {name: a, repeat: 4, when: $(i % 2 == 1), DENSE}\n  - {when: false, DENSE}\n  - {DENSE}",
        "a.0 a.1 1",
    ),
    Said(
        "its activation is called `a.0_activation`",
        "  - {name: a, repeat: 2, DENSE, activation: relu}\n  - {DENSE}",
        "a.0 a.0_activation a.1 a.1_activation 1",
    ),
    Said(
        "its concatenation in a `DenselyConnected` `a.0_concatenation`",
        "  - {layer_type: DenselyConnected, layers: [{name: a, repeat: 2, DENSE, activation: relu}]}",
        "a.0 a.0_activation a.0_concatenation a.1 a.1_activation a.1_concatenation",
    ),
    Said(
        "a name with `$i` under `repeat`, or with a column of `for`.",
        "  - {name: a$i, repeat: 2, DENSE}\n  - {name: b$n, for: {n: [5, 7]}, DENSE}",
        "a0 a1 b5 b7",
    ),
    Said(
        "`layer$stage` gives `layer1.0`, `layer1.1`, `layer2.0`.",
        "  - {name: layer$stage, for: {stage: [1, 2], depth: [2, 1]}, repeat: $depth, DENSE}",
        "layer1.0 layer1.1 layer2.0",
    ),
    Said(
        "The names of copies of an unnamed layer are their positions, like those of other unnamed layers.",
        "  - {repeat: 2, DENSE, activation: relu}\n  - {DENSE}",
        "0 1 2 3 4",
    ),
]

READING = [
    Said(
        "Without `inputs`, each copy reads the one before it.",
        "  - {DENSE}\n  - {name: a, repeat: 2, DENSE}",
        "0(@x) a.0(0) a.1(a.0)",
    ),
    Said(
        "With `inputs`, only the first copy reads them, and the others read the copy before.",
        "  - {DENSE}\n  - {name: a, repeat: 2, inputs: x, DENSE}\n  - {layer_type: Add, inputs: [a, '0']}",
        "0(@x) a.0(@x) a.1(a.0) 2(a.1, 0)",
    ),
    Said(
        "a column of the layer's `for`, the first copy of each row reads them",
        "  - {name: n1, DENSE}\n  - {name: n2, DENSE}\n"
        "  - {name: a$n, for: {n: [1, 2]}, repeat: 2, inputs: n$n, DENSE}\n  - {layer_type: Add, inputs: [a1, a2]}",
        "n1(@x) n2(n1) a1.0(n1) a1.1(a1.0) a2.0(n2) a2.1(a2.0) 4(a1.1, a2.1)",
    ),
    Said(
        "if it contains the `i` of its `repeat`, or counts back, each copy does",
        "  - {name: n0, DENSE}\n  - {name: n1, DENSE}\n"
        "  - {name: a, repeat: 2, inputs: n$i, DENSE}\n  - {layer_type: Add, inputs: [a.0, a.1]}",
        "n0(@x) n1(n0) a.0(n0) a.1(n1) 3(a.0, a.1)",
    ),
    Said(
        "`inputs: [-1, -2]` with `repeat` gives each copy the last two values.",
        "  - {name: n0, DENSE}\n  - {name: a, layer_type: Add, repeat: 2, inputs: [-1, -2]}",
        "n0(@x) a.0(n0, @x) a.1(a.0, n0)",
    ),
    Said(
        "A layer with `when: false` is left out; the next layer reads the one before it.",
        "  - {DENSE}\n  - {when: false, DENSE}\n  - {DENSE}",
        "0(@x) 1(0)",
    ),
    Said(
        "A name is looked up in the scope that lists the layer, then in the scopes around it up to the block "
        "or the network, and last among the network's inputs.",
        "  - {name: a, DENSE}\n  - name: s\n    layer_type: Sequential\n    layers:\n      - {name: b, DENSE}\n"
        "      - {name: a, DENSE}\n      - {layer_type: Add, inputs: [a, b, x]}\n"
        "      - {name: t, layer_type: Sequential, layers: [{layer_type: Add, inputs: [a, b, x, '2']}]}\n"
        "  - {layer_type: Add, inputs: [a, s]}",
        "a(@x) s.b(a) s.a(s.b) s.2(s.a, s.b, @x) s.t.0(s.a, s.b, @x, s.2) 2(a, s.t.0)",
    ),
    Said(
        "A dotted path leads into a scope: `layer1.0.conv1`.",
        "  - {name: layer1, repeat: 2, layer_type: Sequential, layers: [{name: conv1, DENSE}, {DENSE}]}\n"
        "  - {layer_type: Add, inputs: [layer1.0.conv1, layer1.1, layer1]}",
        "layer1.0.conv1(@x) layer1.0.1(layer1.0.conv1) layer1.1.conv1(layer1.0.1) layer1.1.1(layer1.1.conv1) "
        "1(layer1.0.conv1, layer1.1.1, layer1.1.1)",
    ),
    Said(
        "A layer can only read earlier layers",
        '  - {name: a, repeat: 3, inputs: \'$(["x", "x", "a.0"][i])\', DENSE}\n  - {layer_type: Add, inputs: [a, a.1]}',
        "a.0(@x) a.1(@x) a.2(a.0) 1(a.2, a.1)",
    ),
    Said(
        "`input` is the input of the scope, the first one if it has several.",
        "  - {name: a, DENSE}\n  - {name: s, layer_type: Sequential, layers: [{DENSE}, "
        "{layer_type: Sequential, layers: [{layer_type: Add, inputs: ['0', input]}]}]}\n"
        "  - {name: b, layer_type: B, inputs: [s, a]}",
        "a(@x) s.0(a) s.1(s.0, a) b.0(s.1, a)",
        "blocks: {B: {inputs: [p, q], layers: [{layer_type: Add, inputs: [input, q]}]}}",
    ),
    Said(
        "The value of a layer with an `activation` is the value after the activation, also for a single copy. "
        "The value of a scope of copies is the value of the last copy.",
        "  - {name: a, DENSE, activation: relu}\n  - {name: c, repeat: 2, DENSE, activation: relu}\n"
        "  - {layer_type: Add, inputs: [a, c.0, c.1, c]}",
        "a(@x) 1(a) c.0(1) c.0_activation(c.0) c.1(c.0_activation) c.1_activation(c.1) "
        "3(1, c.0_activation, c.1_activation, c.1_activation)",
    ),
    Said(
        "each of its layers, and each copy of one, reads the concatenation so far",
        "  - {layer_type: DenselyConnected, layers: [{name: a, repeat: 2, DENSE}]}",
        "a.0(@x) a.0_concatenation(@x, a.0) a.1(a.0_concatenation) a.1_concatenation(a.0_concatenation, a.1)",
    ),
]


PYRAMID = (
    "  - {name: pyramid, layer_type: Sequential, layers: [{name: p3, DENSE}, {name: p4, DENSE}]}\n"
    "  - {name: head, layer_type: Sequential, each: [pyramid.p3, pyramid.p4], layers: [{name: conv, DENSE}]}\n"
)

READING += [
    Said(
        "A use is called after the layer and the last word of the value's path: "
        "on `pyramid.p4` the layer `head` is `head_p4`.",
        PYRAMID + "  - {layer_type: Add, inputs: [head_p3, head_p4, head.conv, head_p4.conv]}",
        "pyramid.p3(@x) pyramid.p4(pyramid.p3) head.conv(pyramid.p3) head_p4.conv(pyramid.p4) "
        "2(head.conv, head_p4.conv, head.conv, head_p4.conv)",
    ),
    Said(
        "The others have paths of their own, `head_p4.conv`, and no position, so another value changes no other name.",
        PYRAMID + "  - {layer_type: Add, inputs: head}\n  - {DENSE}",
        "pyramid.p3(@x) pyramid.p4(pyramid.p3) head.conv(pyramid.p3) head_p4.conv(pyramid.p4) "
        "2(head.conv, head_p4.conv) 3(2)",
    ),
    Said(
        "the first use that the outputs need has the layer's path",
        PYRAMID,
        "pyramid.p3(@x) pyramid.p4(pyramid.p3) head.conv(pyramid.p4)",
        "outputs: head_p4",
    ),
    Said(
        "The name of a layer with `each` stands for the values of all its uses, in order, "
        "where several values can be read.",
        PYRAMID + "  - {name: d, each: head, DENSE}\n  - {layer_type: Add, inputs: d}",
        "pyramid.p3(@x) pyramid.p4(pyramid.p3) head.conv(pyramid.p3) head_p4.conv(pyramid.p4) "
        "d(head.conv) d_p4(head_p4.conv) 3(d, d_p4)",
    ),
]

FORBIDDEN = [
    Said(
        "A layer after one with `each` must name what it reads",
        PYRAMID + "  - {DENSE}",
        "the layer before is applied to each of 2 values",
    ),
    Said("a network that ends with one has `outputs`", PYRAMID, "write `outputs: [head]`"),
    Said("Two layers of a scope cannot have the same name.", "  - {name: a, DENSE}\n  - {name: a, DENSE}", "already"),
    Said(
        "it is an error if a copy has `inputs` of its own and no other layer reads it",
        "  - {name: n$i, repeat: 2, DENSE}\n  - {name: a, repeat: 2, inputs: n$i, DENSE}",
        "nothing reads layer a.0",
    ),
    Said(
        "If `inputs` lists several values, it must contain `i` or a column.",
        "  - {name: n, DENSE}\n  - {repeat: 2, layer_type: Add, inputs: [x, n]}",
        "`inputs` lists 2 values",
    ),
    Said(
        "its `when`, `repeat` and `name` cannot read `channels` or `shape`, which is an error",
        "  - {name: a, for: {f: [8, 16, 16]}, layer_type: Dense, units: $f, when: $(channels != f)}",
        "`when` reads `channels`, and this copy reads the one before it",
    ),
    Said("A layer can only read earlier layers", "  - {inputs: b, DENSE}\n  - {name: b, DENSE}", "read each other"),
    Said(
        "A layer in a block can refer to the block's layers and the network's inputs only.",
        "  - {name: n, DENSE}\n  - {layer_type: B}",
        'no layer or input is called "n" here',
        "blocks: {B: {layers: [{inputs: n, DENSE}]}}",
    ),
]
"""Statements that forbid a network, with words of the message about it."""


@pytest.mark.parametrize("said", [*PATHS, *READING, *FORBIDDEN], ids=str)
def test_the_page_says_it(said: Said) -> None:
    assert said.statement in TEXT


@pytest.mark.parametrize("said", PATHS, ids=str)
def test_layers_have_the_paths_that_the_page_says(said: Said) -> None:
    assert " ".join(said.network.graph.by_path) == said.nodes


@pytest.mark.parametrize("said", READING, ids=str)
def test_layers_read_what_the_page_says(said: Said) -> None:
    nodes = said.network.graph.nodes
    assert " ".join(f"{node.path}({', '.join(map(str, node.inputs))})" for node in nodes) == said.nodes


def test_copies_with_inputs_are_wired_as_their_example_is_explained() -> None:
    (example,) = [each for each in blocks(PAGE, "yaml") if each.heading == "Keys of every layer"]
    nodes = archspec.load(yaml.safe_load(example.text)).graph.by_path
    sentence = (
        "`first.0` reads `level0` and `first.1` reads `first.0`, but `head0` reads `level0` and `head1` reads `level1`"
    )
    assert sentence in TEXT
    for reader, value in re.findall(r"`([\w.]+)` reads `([\w.]+)`", sentence):
        (read_by,) = map(str, nodes[reader].inputs)
        assert nodes[value].path in {read_by, *map(str, nodes[read_by].inputs)}, "the value, or its activation's"


@pytest.mark.parametrize("said", FORBIDDEN, ids=str)
def test_what_the_page_forbids_is_refused(said: Said) -> None:
    with pytest.raises(archspec.SpecError, match=re.escape(said.nodes)):
        _ = said.network


OUTPUTS = [
    ("outputs: [c.0, my-layer, '2']", "c_0 my_layer output_2"),
    ("outputs: my-layer", "my_layer"),
    ("outputs: {own: c.0}", "own"),
    ("outputs: [c.1, gone, never]", "c_1"),
    ("", "output"),
    ("outputs: [head, my-layer]", "head_p3 head_p4 my_layer"),
]


@pytest.mark.parametrize(("outputs", "names"), OUTPUTS)
def test_outputs_are_called_as_the_page_says(outputs: str, names: str) -> None:
    layers = "  - {name: c, repeat: 2, DENSE}\n  - {name: my-layer, DENSE}\n  - {DENSE}\n"
    layers += PYRAMID if "head" in outputs else ""
    layers += "  - {name: gone, when: false, DENSE}\n  - {name: never, repeat: 0, DENSE}"
    assert "The name of an output is given, or made from its path, with `_` for dots and dashes" in TEXT
    assert "`stage1.0` is `stage1_0`, and the layer at position `2` is `output_2`" in TEXT
    assert " ".join(Said("", layers, "", outputs).network.outputs) == names


def test_every_path_that_the_rules_name_is_shown() -> None:
    rules = read(PAGE).split("### Keys of every layer")[1].split("### Expressions")[0]
    named = set(re.findall(r"`([a-z]\w*(?:\.\w+)+)`", rules))
    shown = " ".join([*(said.nodes for said in [*PATHS, *READING]), "first.0 first.1"])
    assert len(named) > 8
    assert named <= set(re.findall(r"[\w.]+", shown))


WITH_WEIGHTS = Said(
    "These paths are the modules' paths in PyTorch and the layers' names in Keras. A weight's canonical name is its "
    "layer's path, a colon and the weight's own name in Keras: `layer1.0.conv1:kernel`",
    "  - {name: conv, DENSE, activation: relu}\n"
    "  - {name: layer1, repeat: 2, layer_type: Sequential, layers: [{name: conv1, DENSE}]}\n"
    "  - {name: c, repeat: 2, DENSE, activation: relu}\n"
    "  - {name: d$i, repeat: 2, DENSE, activation: tanh}\n"
    "  - {layer_type: DenselyConnected, layers: [{name: e, repeat: 2, DENSE, activation: relu}]}\n"
    "  - {layer_type: Concatenate, inputs: [c.0, e]}",
    "conv layer1.0.conv1 layer1.1.conv1 c.0 c.1 d0 d1 e.0 e.1",
)


def test_paths_are_names_in_pytorch() -> None:
    pytest.importorskip("torch")
    model = WITH_WEIGHTS.network.compile("torch", device="cpu")
    assert {name.rpartition(".")[0] for name in model.state_dict()} == set(WITH_WEIGHTS.nodes.split())


def test_paths_are_names_in_keras() -> None:
    pytest.importorskip("keras")
    model = WITH_WEIGHTS.network.compile("tensorflow", device="cpu")
    assert [layer.name for layer in model.layers if layer.weights] == WITH_WEIGHTS.nodes.split()


def test_paths_are_canonical_names() -> None:
    assert WITH_WEIGHTS.statement in TEXT
    weights = [f"{path}:{word}" for path in WITH_WEIGHTS.nodes.split() for word in ("kernel", "bias")]
    assert list(WITH_WEIGHTS.network.weights()) == weights


def test_the_backends_compute_what_copies_with_activations_mean() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    assert archspec.parity(WITH_WEIGHTS.network, batch=4).passed


WITHOUT_NAMES = Said(
    "where a shortcut passes layers without names, so that they are no plain sequence, those with weights are called "
    "after their types in PyTorch, and counted: `conv1`, `conv2`, `bn1`, `fc1`",
    "  - {layer_type: Conv2D, filters: 4, kernel_size: 1}\n"
    "  - layer_type: Residual\n"
    "    layers: [{layer_type: Conv2D, filters: 4, kernel_size: 1}, {layer_type: BatchNormalization}]\n"
    "  - {layer_type: Flatten}\n"
    "  - {DENSE}",
    "0 1 2 5",
)


def test_layers_without_names_beside_shortcuts_are_called_after_their_types_in_pytorch() -> None:
    pytest.importorskip("torch")
    assert WITHOUT_NAMES.statement in TEXT
    model = WITHOUT_NAMES.network.compile("torch", device="cpu")
    assert list(dict(model.named_children())) == ["conv1", "conv2", "bn1", "fc1"]
    weights = [name.partition(":")[0] for name in WITHOUT_NAMES.network.weights()]
    assert list(dict.fromkeys(weights)) == WITHOUT_NAMES.nodes.split()
