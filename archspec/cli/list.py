"""`archspec list`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from archspec.cli.options import JsonOption
from archspec.cli.table import shape_text, table


def list_command(
    pattern: Annotated[str, typer.Argument(help="A shell pattern for the names.")] = "*", json_: JsonOption = False
) -> None:
    """List the networks that ship with archspec.

    archspec list

    archspec list "resnet*"

    archspec list "*_bn" --json
    """
    from archspec.cli.progress import working
    from archspec.reading import load
    from archspec.zoo import list_networks

    with working("reading the zoo"):
        networks = [load(name) for name in list_networks(pattern)]
    if json_:
        records = [
            {
                "name": network.name,
                "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
                "parameters": network.parameters().total,
                "trainable": network.parameters().trainable,
                "multiply_adds": network.graph.multiply_adds(),
                "description": network.graph.description,
                "source": network.graph.source,
            }
            for network in networks
        ]
        typer.echo(json.dumps(records, indent=2))
        return
    rows = [
        [
            network.name,
            ", ".join(shape_text(kind.shape) for kind in network.inputs.values()),
            f"{network.parameters().total:,}",
            f"{network.graph.multiply_adds() / 1e9:.2f} G",
            network.graph.source,
        ]
        for network in networks
    ]
    typer.echo(table(["network", "input", "parameters", "multiply-adds", "source"], rows, frozenset({2, 3})))
