"""`archspec show`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.cli.options import (
    InputOption,
    JsonOption,
    OutputsOption,
    SetOption,
    SpecArgument,
    VariantOption,
    load_network,
)
from archspec.cli.output import say, say_json
from archspec.cli.table import UNKNOWN, WHOLE, paragraph, shape_text, table

if TYPE_CHECKING:
    from archspec.ir import Axes, Graph
    from archspec.network import Network


class _Row(NamedTuple):
    """A layer's row in the table and in `--json`."""

    path: str
    type: str
    shape: Axes
    reads: list[str]
    parameters: int
    multiply_adds: int | None


def show_command(
    spec: SpecArgument,
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    outputs: OutputsOption = None,
    json_: JsonOption = False,
) -> None:
    """Show a network's layers and params, and what it gives.

    Shapes are channels last and without the batch; multiply-adds are for one sample. A weight that layers share
    counts once, where it is used first. A layer reads the one above it where nothing stands under "reads"; a path that
    begins with a dot is one of the layer's own scope. Logits are scores before a softmax. Where others have weights for
    the network, the last line says which images they expect: the channels, the numbers of black and white, and the mean
    and the standard deviation to normalise with. On a screen tables are as wide as it is; in a pipe nothing is cut.

    Examples:
      archspec show resnet50
      archspec show resnet50 --outputs stages
      archspec show lenet5 --input 32,32,1
      archspec show vgg11 --json
    """
    from archspec.cli.screen import screen_width

    network = load_network(spec, variant, set_, input_, outputs)
    layers = _layers(network.graph)
    if json_:
        say_json(_record(network, layers))
    else:
        say("\n\n".join(_parts(network, layers, screen_width(sys.stdout))))


def _record(network: Network, layers: Sequence[_Row]) -> dict[str, Any]:
    from archspec.cli.described import preprocessing_record

    return {
        "name": network.name,
        "inputs": {name: list(kind.axes) for name, kind in network.inputs.items()},
        "outputs": {name: list(kind.axes) for name, kind in network.outputs.items()},
        "gives": network.gives(),
        "stages": {name: stage.path for name, stage in network.stages.items()},
        "preprocessing": preprocessing_record(network.preprocessing),
        "params": [asdict(setting) for setting in network.settings],
        "layers": [layer._asdict() for layer in layers],
        "parameters": network.parameters()._asdict(),
        "multiply_adds": network.graph.multiply_adds(),
    }


def _parts(network: Network, layers: Sequence[_Row], width: int | None) -> Iterator[str]:
    from archspec.cli.described import params_table, value_text

    yield _layers_table(network.graph, layers, width)
    if network.settings:
        rows = [(setting.name, value_text(setting.value), setting.meaning) for setting in network.settings]
        yield params_table("value", rows, width)
    yield "\n".join(paragraph(line, width) for line in _summary(network))


def _layers_table(graph: Graph, layers: Sequence[_Row], width: int | None) -> str:
    inputs = [_Row(name, "Input", kind.axes, [], 0, 0) for name, kind in graph.inputs.items()]
    rows, above = [], ""
    for row in [*inputs, *layers]:
        reads = "" if row.reads == [above] else ", ".join(_from_inside(row.path, value) for value in row.reads)
        counts = f"{row.parameters:,}", _number(row.multiply_adds)
        rows.append([row.path, row.type, shape_text(row.shape), reads, *counts])
        above = row.path
    header = ["layer", "type", "output", "reads", "parameters", "multiply-adds"]
    return table(header, rows, frozenset({4, 5}), width=width, least={2: WHOLE})


def _from_inside(path: str, value: str) -> str:
    """The path of a value relative to the layer at `path`; values of other scopes keep their whole path."""
    scope = path.rpartition(".")[0]
    return value.removeprefix(scope) if scope and value.startswith(f"{scope}.") else value


def _summary(network: Network) -> Iterator[str]:
    """The totals, the inputs and outputs, and the images that reference weights expect."""
    from archspec.cli.described import gives_text, preprocessing_text

    parameters = network.parameters()
    adds = network.graph.multiply_adds()
    yield (
        f"{network.name}: {parameters.total:,} parameters, {parameters.trainable:,} trainable; "
        + ("multiply-adds depend on the input's size" if adds is None else f"{adds:,} multiply-adds")
    )
    yield "takes " + "; ".join(f"{name}, {shape_text(kind.axes)}" for name, kind in network.inputs.items())
    yield "gives " + gives_text({name: kind.axes for name, kind in network.outputs.items()}, network.gives())
    if network.stages:
        yield "stages, for --outputs: " + "; ".join(
            f"{name}, {shape_text(stage.type.axes)} ({stage.path})" for name, stage in network.stages.items()
        )
    if network.preprocessing:
        yield f"expects images for the weights of {preprocessing_text(network.preprocessing)}"


def _number(count: int | None) -> str:
    return UNKNOWN if count is None else f"{count:,}"


def _layers(graph: Graph) -> list[_Row]:
    owned: dict[str, int] = {}
    for node, weight in graph.owned_weights():
        owned[node.path] = owned.get(node.path, 0) + prod(weight.shape)
    return [
        _Row(
            node.path,
            type(node.layer).__name__,
            node.type.axes,
            [str(value).removeprefix("@") for value in node.inputs],
            owned.get(node.path, 0),
            graph.operations[node.path].multiply_adds,
        )
        for node in graph.nodes
    ]
