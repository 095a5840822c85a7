"""`archspec show`."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from archspec.cli.options import InputOption, JsonOption, SetOption, SpecArgument, VariantOption, load_network
from archspec.cli.output import say, say_json
from archspec.cli.table import shape_text, table

if TYPE_CHECKING:
    from archspec.ir import Graph


class _Row(NamedTuple):
    """A layer as `--json` and the table have it."""

    path: str
    type: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def show_command(
    spec: SpecArgument,
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    json_: JsonOption = False,
) -> None:
    """Show a network's layers, shapes, parameters and cost.

    Shapes are channels last and without the batch; multiply-adds are for one sample. A weight that layers share
    counts once, where it is used first.

    Examples:
      archspec show resnet50
      archspec show lenet.yaml --input 32,32,1
      archspec show vgg.yaml --variant vgg11 --json
    """
    network = load_network(spec, variant, set_, input_)
    graph = network.graph
    parameters, multiply_adds = network.parameters(), graph.multiply_adds()
    layers = _layers(graph)
    if json_:
        say_json(
            {
                "name": network.name,
                "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
                "outputs": {name: list(kind.shape) for name, kind in network.outputs.items()},
                "layers": [layer._asdict() for layer in layers],
                "parameters": parameters._asdict(),
                "multiply_adds": multiply_adds,
            }
        )
        return
    inputs = [_Row(name, "Input", kind.shape, 0, 0) for name, kind in graph.inputs.items()]
    rows = [
        [row.path, row.type, shape_text(row.shape), f"{row.parameters:,}", f"{row.multiply_adds:,}"]
        for row in inputs + layers
    ]
    say(table(["layer", "type", "output", "parameters", "multiply-adds"], rows, frozenset({3, 4})))
    say(
        f"\n{network.name}: {parameters.total:,} parameters, {parameters.trainable:,} trainable; "
        f"{multiply_adds:,} multiply-adds; outputs {', '.join(graph.outputs)}"
    )


def _layers(graph: Graph) -> list[_Row]:
    owned: dict[str, int] = {}
    for node, weight in graph.owned_weights():
        owned[node.path] = owned.get(node.path, 0) + prod(weight.shape)
    return [
        _Row(
            node.path,
            type(node.layer).__name__,
            node.type.shape,
            owned.get(node.path, 0),
            node.layer.multiply_adds(graph.input_shapes(node), node.type.shape),
        )
        for node in graph.nodes
    ]
