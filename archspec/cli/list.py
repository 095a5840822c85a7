"""`archspec list`."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archspec.cli.options import JsonOption
from archspec.cli.output import say, say_json
from archspec.cli.table import count_text, shape_text, shortened, table

if TYPE_CHECKING:
    from archspec.network import Network

WIDEST_SOURCE = 40
"""How many characters of a network's source the table shows; JSON has all of it."""

_NUMBER = re.compile(r"(?P<digits>[0-9]+(_[0-9]+)*(\.[0-9]+)?(e[0-9]{1,2})?)(?P<unit>[KMGB]?)", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9}


def parse_count(text: str) -> int:
    """A number of parameters or multiply-adds as people write it: 25000000, 25M, 1.5G, 5e6."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f'"{text}" is no number like 30M, 1.5G, 5e6 or 250000')
    return round(float(found["digits"]) * _UNITS[found["unit"].lower()])


def list_command(
    pattern: Annotated[
        str, typer.Argument(metavar="PATTERN", help="Only names like this, where * stands for anything.")
    ] = "*",
    max_params: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", parser=parse_count, help="Only those with at most so many parameters: 30M."),
    ] = None,
    max_multiply_adds: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", parser=parse_count, help="Only those with at most so many: 1.5G."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """List the networks that come with archspec.

    They are the zoo: SPEC can be the name of any of them. Multiply-adds are for one sample. The last column says with
    whose network each was compared, and the largest relative difference of the outputs in float64.

    Examples:
      archspec list
      archspec list "resnet*" --max-params 30M
      archspec list "*_bn" --json
    """
    from archspec.cli.progress import working
    from archspec.reading import load
    from archspec.zoo import list_networks

    with working("reading the zoo"):
        networks = [load(name) for name in list_networks(pattern)]
    networks = [network for network in networks if _is_wanted(network, max_params, max_multiply_adds)]
    if json_:
        say_json(list(map(_record, networks)))
    elif networks:
        header = ["network", "input", "parameters", "multiply-adds", "source", "compared with"]
        say(table(header, list(map(_row, networks)), frozenset({2, 3})))
    else:
        print(f'archspec: no such network in the zoo is called "{pattern}"', file=sys.stderr)


def _is_wanted(network: Network, parameters: int | None, multiply_adds: int | None) -> bool:
    few = parameters is None or network.parameters().total <= parameters
    return few and (multiply_adds is None or network.graph.multiply_adds() <= multiply_adds)


def _record(network: Network) -> dict[str, Any]:
    from archspec.zoo import checks

    return {
        "name": network.name,
        "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
        "outputs": {name: list(kind.shape) for name, kind in network.outputs.items()},
        "parameters": network.parameters().total,
        "trainable": network.parameters().trainable,
        "multiply_adds": network.graph.multiply_adds(),
        "description": network.graph.description,
        "source": network.graph.source,
        "checks": checks().get(network.name, {}),
    }


def _row(network: Network) -> list[str]:
    from archspec.zoo import checks

    return [
        network.name,
        ", ".join(shape_text(kind.shape) for kind in network.inputs.values()),
        f"{network.parameters().total:,}",
        count_text(network.graph.multiply_adds()),
        shortened(network.graph.source, WIDEST_SOURCE),
        ", ".join(f"{against} ({difference:.0e})" for against, difference in checks().get(network.name, {}).items()),
    ]
