"""`archspec list`."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archspec.cli.options import JsonOption
from archspec.cli.output import say, say_json
from archspec.cli.table import count_text, shape_text, shortened, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.catalogue import Summary

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

    They are the zoo: SPEC can be the name of any of them. Parameters are counted as Keras counts them, with moving
    statistics; --json says how many are trainable, which is PyTorch's count. Multiply-adds are for one sample. The last
    column says with whose network each was compared, and the largest relative difference of the outputs in float64.

    Examples:
      archspec list
      archspec list "resnet*" --max-params 30M
      archspec list "*_bn" --json
    """
    from archspec.catalogue import summaries
    from archspec.cli.progress import working

    with working("reading the zoo"):
        named = summaries(pattern)
    networks = [network for network in named if _is_wanted(network, max_params, max_multiply_adds)]
    if json_:
        say_json(list(map(_record, networks)))
    elif networks:
        header = ["network", "input", "parameters", "multiply-adds", "source", "compared with"]
        say(table(header, list(map(_row, networks)), frozenset({2, 3})))
    if not networks:
        print(f"archspec: {_none(pattern, named)}", file=sys.stderr)


def _none(pattern: str, named: Sequence[Summary]) -> str:
    """Why nothing is listed."""
    from archspec.zoo import suggest_pattern

    if named:
        parameters = min(network.parameters for network in named)
        multiply_adds = min(network.multiply_adds for network in named)
        least = f"the fewest are {parameters:,} parameters and {count_text(multiply_adds)} multiply-adds"
        return f"none of these {len(named)} networks is so small: {least}"
    meant = suggest_pattern(pattern)
    hint = "" if meant is None else f'; did you mean "{meant}"?'
    return f'no network in the zoo is called "{pattern}"{hint}'


def _is_wanted(network: Summary, parameters: int | None, multiply_adds: int | None) -> bool:
    few = parameters is None or network.parameters <= parameters
    return few and (multiply_adds is None or network.multiply_adds <= multiply_adds)


def _record(network: Summary) -> dict[str, Any]:
    from archspec.zoo import checks

    return {**asdict(network), "checks": checks().get(network.name, {})}


def _row(network: Summary) -> list[str]:
    from archspec.zoo import checks

    return [
        network.name,
        ", ".join(map(shape_text, network.inputs.values())),
        f"{network.parameters:,}",
        count_text(network.multiply_adds),
        shortened(network.source, WIDEST_SOURCE),
        ", ".join(f"{against} ({difference:.0e})" for against, difference in checks().get(network.name, {}).items()),
    ]
