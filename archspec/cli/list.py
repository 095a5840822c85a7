"""`archspec list`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import asdict
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archspec.cli.exits import USAGE
from archspec.cli.options import JsonOption
from archspec.cli.output import say, say_json
from archspec.cli.table import WHOLE, count_text, shape_text, tab_separated, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archspec.catalogue import Summary

_HEADER = ("network", "input", "parameters", "multiply-adds", "gives", "params", "images", "source", "compared with")

_LEAST = {0: WHOLE, 1: WHOLE, 4: 8, 5: 24, 6: 24, 7: 24}
"""The smallest widths of cells on a narrow screen, by column."""

_FAMILY = (
    "These are variants of one document, {}. archspec compile {} -b torch --family prints all its variants as one "
    "module, where one class can have them all."
)

_NUMBER = re.compile(r"(?P<digits>[0-9]+(_[0-9]+)*(\.[0-9]+)?(e[0-9]{1,2})?)(?P<unit>[KMGB]?)", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9}


def parse_count(text: str) -> int:
    """A number of parameters or multiply-adds in the usual notations: 25000000, 25M, 1.5G, 5e6."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f'"{text}" is no number like 30M, 1.5G, 5e6 or 250000')
    return round(float(found["digits"]) * _UNITS[found["unit"].lower()])


def list_command(
    pattern: Annotated[
        str, typer.Argument(metavar="PATTERN", help="Only names with this in them, or like this if * is in it.")
    ] = "",
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
    statistics; --json says how many are trainable, which is PyTorch's count. Multiply-adds are for one sample. Networks
    give logits, or probabilities of a softmax or a sigmoid. Params are what --set can change; on a screen the defaults
    and meanings of one family's params stand below, with how to compile its variants as one module, and --json always
    has them. Images are as the weights that others have of the network expect them. The last column says with whose
    network each was compared, and the largest relative difference of the outputs in float64. On a screen the table is
    as wide as the screen. In a pipe each network is a line with a tab between two values, and nothing is cut. The exit
    code is 2 if no network has such a name.

    Examples:
      archspec list
      archspec list mobilenet
      archspec list "resnet*" --max-params 30M
      archspec list "*_bn" --json
    """
    from archspec.catalogue import summaries
    from archspec.cli.progress import working
    from archspec.cli.screen import screen_width

    with working("reading the zoo"):
        named = summaries(pattern)
    networks = [network for network in named if _is_wanted(network, max_params, max_multiply_adds)]
    if json_:
        say_json(list(map(_record, networks)))
    elif networks:
        width = screen_width(sys.stdout)
        say(tab_separated((_HEADER, *map(_row, networks))) if width is None else "\n\n".join(_parts(networks, width)))
    if not networks:
        print(f"archspec: {_none(pattern, named)}", file=sys.stderr)
    if not named:
        raise typer.Exit(USAGE)


def _parts(networks: Sequence[Summary], width: int) -> Iterator[str]:
    """The table for a screen of this width, and for one family its document and its params."""
    yield table(_HEADER, list(map(_row, networks)), frozenset({2, 3}), width=width, least=_LEAST)
    first = networks[0]
    if any(network.family != first.family for network in networks):
        return
    if len(networks) > 1:
        yield fill(_FAMILY.format(first.family, first.name), width, break_on_hyphens=False)
    if first.params:
        from archspec.cli.described import params_table, value_text

        values = {name: {value_text(network.params[name]) for network in networks} for name in first.params}
        rows_of_params = [
            (name, found.pop() if len(found) == 1 else "differs", first.meanings[name])
            for name, found in values.items()
        ]
        yield params_table("default", rows_of_params, width)


def _none(pattern: str, named: Sequence[Summary]) -> str:
    """The reason for an empty list."""
    from archspec.zoo import suggest_pattern

    if named:
        parameters = min(network.parameters for network in named)
        multiply_adds = [number for network in named if (number := network.multiply_adds) is not None]
        counted = count_text(min(multiply_adds, default=None))
        least = f"the fewest are {parameters:,} parameters and {counted} multiply-adds"
        return f"none of these {len(named)} networks is so small: {least}"
    meant = suggest_pattern(pattern)
    hint = "`archspec list` shows all networks" if meant is None else f'did you mean "{meant}"?'
    return f'no network in the zoo is called "{pattern}"; {hint}'


def _is_wanted(network: Summary, parameters: int | None, multiply_adds: int | None) -> bool:
    few = parameters is None or network.parameters <= parameters
    number = network.multiply_adds
    return few and (multiply_adds is None or (number is not None and number <= multiply_adds))


def _record(network: Summary) -> dict[str, Any]:
    from archspec.zoo import checks

    said = asdict(network)
    defaults, meanings = said.pop("params"), said.pop("meanings")
    params = [{"name": name, "default": value, "meaning": meanings[name]} for name, value in defaults.items()]
    return {**said, "params": params, "checks": checks().get(network.name, {})}


def _row(network: Summary) -> list[str]:
    from archspec.cli.described import preprocessing_text
    from archspec.spec.preprocessing import Preprocessing
    from archspec.zoo import checks

    gives = dict.fromkeys(word.removesuffix(" probabilities") for word in network.gives.values())
    return [
        network.name,
        ", ".join(_counted(map(shape_text, network.inputs.values()))),
        f"{network.parameters:,}",
        count_text(network.multiply_adds),
        ", ".join(gives),
        ", ".join(network.params),
        preprocessing_text(Preprocessing(**network.preprocessing)) if network.preprocessing else "",
        network.source,
        ", ".join(f"{against} ({difference:.0e})" for against, difference in checks().get(network.name, {}).items()),
    ]


def _counted(texts: Iterable[str]) -> Iterator[str]:
    """The distinct texts; with the number of occurrences if there are several texts."""
    for text, number in Counter(texts).items():
        yield text if number == 1 else f"{text} ({number})"
