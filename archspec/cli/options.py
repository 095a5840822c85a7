"""Arguments that several commands share, and the network that they describe."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer

from archspec.cli.once import each_once
from archspec.cli.settings import with_settings
from archspec.cli.values import whole_number
from archspec.errors import Diagnostic, Source, SpecError

if TYPE_CHECKING:
    from archspec.network import Network

T = TypeVar("T")

_STDIN = Path("/dev/stdin")
"""The path of a file that the shell opened for stdin (`< FILE`)."""
_SIZE = re.compile(r"[1-9][0-9]{0,9}|[?]")

SpecArgument = Annotated[
    str, typer.Argument(metavar="SPEC", help="A YAML or JSON file, a network of the zoo, or - for stdin.")
]
VariantOption = Annotated[str | None, typer.Option("--variant", metavar="NAME", help="One of the spec's variants.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A param's value, as YAML; may be repeated."),
]
InputOption = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="[NAME=]SHAPE", help="An input's shape, as 28,28,1 or ?,?,3; may be repeated."),
]
OutputsOption = Annotated[
    str | None,
    typer.Option(
        "--outputs", metavar="LAYERS", help="Other outputs than the spec's: layer2,layer3, or stages for its stages."
    ),
]
SeedOption = Annotated[
    int,
    typer.Option("--seed", metavar="NUMBER", parser=whole_number(0), help="What the weights are drawn from."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


def load_network(
    spec: str, variant: str | None, settings: list[str] | None, shapes: list[str] | None, outputs: str | None
) -> Network:
    """The network for the arguments; its warnings go to stderr."""
    from archspec.cli.report import report
    from archspec.reading import load

    source, inputs, chosen = read_spec(spec), parse_shapes(shapes), parse_outputs(outputs)
    network = _with_params(
        lambda params: load(source, variant=variant, params=params, inputs=inputs, outputs=chosen), settings
    )
    report(network.warnings)
    return network


def family_source(
    spec: str, backend: str, settings: list[str] | None, shapes: list[str] | None, outputs: str | None
) -> str:
    """The source of all variants of the document for the arguments."""
    from archspec.reading import emit_family

    source, inputs, chosen = read_spec(spec), parse_shapes(shapes), parse_outputs(outputs)
    return _with_params(
        lambda params: emit_family(source, backend, params=params, inputs=inputs, outputs=chosen), settings
    )


def _with_params(made: Callable[[Mapping[str, Any]], T], settings: list[str] | None) -> T:
    """The value of a function of the params of `--set`; raises `SpecError` with notes about them."""
    params = parse_settings(settings)

    def faults() -> Sequence[Diagnostic]:
        try:
            made({})
        except SpecError as error:
            return error.diagnostics
        return ()

    try:
        return made(params)
    except SpecError as error:
        raise SpecError(with_settings(error.diagnostics, params, faults)) from None


def parse_settings(settings: list[str] | None) -> dict[str, Any]:
    """The params of `--set`."""
    return each_once(map(_setting, settings or ()), "--set")


def parse_shapes(shapes: list[str] | None) -> dict[str, list[int | None]]:
    """The shapes of `--input` by the inputs' names; a shape without a name has the empty one.

    None stands for a `?`, an axis of any length.
    """
    return each_once(map(_shape, shapes or ()), "--input")


def parse_outputs(outputs: str | None) -> list[str] | None:
    """The paths and stages of `--outputs`, which remember their places in it."""
    from archspec.source import words_of

    found = None if outputs is None else cast("list[str]", words_of(Source("--outputs", outputs)))
    if found is not None and not all(found):
        raise typer.BadParameter(f'"{outputs}" is no list like layer2,layer3', param_hint="--outputs")
    return found


def read_spec(spec: str) -> str | Source:
    """The argument itself, or the content of stdin for `-`."""
    if spec != "-":
        return spec
    from archspec.source import decode_source

    if sys.stdin is None:  # the shell closed it
        raise typer.BadParameter("standard input is closed", param_hint="SPEC")
    return decode_source("<stdin>", sys.stdin.buffer.read(), _STDIN)


def _setting(text: str) -> tuple[str, Any]:
    from archspec.source import read_document

    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
    found, faults = read_document(Source("--set", f"{name}: {value}"), json=False)
    if faults:
        raise SpecError(faults)
    if not isinstance(found, dict) or len(found) != 1:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
    return next(iter(found.items()))


def _shape(text: str) -> tuple[str, list[int | None]]:
    name, _, numbers = text.rpartition("=")
    sizes = numbers.replace("x", ",").split(",")
    if not all(_SIZE.fullmatch(size.strip()) for size in sizes):
        raise typer.BadParameter(
            f"{text!r} is not a shape such as 28,28,1 or ?,?,3 or image=224,224,3", param_hint="--input"
        )
    return name, [None if size.strip() == "?" else int(size) for size in sizes]
