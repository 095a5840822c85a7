"""`archspec show`."""

from __future__ import annotations

import json
from math import prod

import typer

from archspec.cli.options import InputOption, JsonOption, SetOption, SpecArgument, VariantOption, load_network
from archspec.cli.table import shape_text, table


def show_command(
    spec: SpecArgument,
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    json_: JsonOption = False,
) -> None:
    """Show a network's layers: path, type, output shape, parameters and multiply-adds for one sample.

    archspec show resnet50

    archspec show lenet.yaml --input 32,32,1

    archspec show vgg.yaml --variant vgg11 --json
    """
    network = load_network(spec, variant, set_, input_)
    graph = network.graph
    owned: dict[str, int] = {}
    for node, weight in graph.owned_weights():
        owned[node.path] = owned.get(node.path, 0) + prod(weight.shape)
    records = [
        {
            "path": node.path,
            "type": type(node.layer).__name__,
            "shape": list(node.type.shape),
            "parameters": owned.get(node.path, 0),
            "multiply_adds": node.layer.multiply_adds(graph.input_shapes(node), node.type.shape),
        }
        for node in graph.nodes
    ]
    parameters = network.parameters()
    if json_:
        totals = {"parameters": parameters._asdict(), "multiply_adds": graph.multiply_adds()}
        typer.echo(json.dumps({"name": network.name, "layers": records, **totals}, indent=2))
        return
    rows = [
        [
            str(record["path"]),
            str(record["type"]),
            shape_text(node.type.shape),
            f"{record['parameters']:,}",
            f"{record['multiply_adds']:,}",
        ]
        for node, record in zip(graph.nodes, records, strict=True)
    ]
    inputs = [[name, "Input", shape_text(kind.shape), "0", "0"] for name, kind in graph.inputs.items()]
    typer.echo(table(["layer", "type", "output", "parameters", "multiply-adds"], inputs + rows, frozenset({3, 4})))
    typer.echo(
        f"\n{network.name}: {parameters.total:,} parameters, {parameters.trainable:,} trainable; "
        f"{graph.multiply_adds():,} multiply-adds; outputs {', '.join(graph.outputs)}"
    )
