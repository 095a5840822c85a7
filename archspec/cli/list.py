"""`archspec list`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from archspec.cli.options import JsonOption
from archspec.cli.output import say, say_json
from archspec.cli.table import count_text, shape_text, shortened, table

WIDEST_SOURCE = 60
"""How many characters of a network's source the table shows; JSON has all of it."""


def list_command(
    pattern: Annotated[
        str, typer.Argument(metavar="PATTERN", help="Only names like this, where * stands for anything.")
    ] = "*",
    json_: JsonOption = False,
) -> None:
    """List the networks that come with archspec.

    They are the zoo: SPEC can be the name of any of them. Multiply-adds are for one sample.

    Examples:
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
        say_json(
            [
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
        )
        return
    if not networks:
        print(f'archspec: no network of the zoo is called "{pattern}"', file=sys.stderr)
        return
    rows = [
        [
            network.name,
            ", ".join(shape_text(kind.shape) for kind in network.inputs.values()),
            f"{network.parameters().total:,}",
            count_text(network.graph.multiply_adds()),
            shortened(network.graph.source, WIDEST_SOURCE),
        ]
        for network in networks
    ]
    say(table(["network", "input", "parameters", "multiply-adds", "source"], rows, frozenset({2, 3})))
