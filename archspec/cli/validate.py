"""`archspec validate`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archspec.cli.exits import OK, code_of
from archspec.cli.options import (
    InputOption,
    JsonOption,
    OutputsOption,
    SetOption,
    VariantOption,
    parse_outputs,
    parse_settings,
    parse_shapes,
    read_spec,
)
from archspec.cli.output import say, say_json
from archspec.cli.settings import with_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archspec.errors import Diagnostic, Source
    from archspec.network import Network


def validate_command(
    specs: Annotated[list[str], typer.Argument(metavar="SPEC", help="Files, networks of the zoo, or - for stdin.")],
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    outputs: OutputsOption = None,
    backends: Annotated[
        list[str] | None,
        typer.Option("--backend", "-b", metavar="NAME", help="Also that it can be said in torch or tensorflow."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Check specs: everything that is wrong, at once.

    All the variants of a file are checked, unless one is named. No framework is imported. A valid spec may still have
    what a framework has no word for: --backend tells, and may be repeated. The exit code is 1 if there is an error
    and 2 if a file cannot be read; warnings leave it 0.

    Examples:
      archspec validate resnet50
      archspec validate resnet50 vgg16 --backend torch --backend tensorflow
      archspec validate vgg16_bn --set classes=10 --input 64,64,3
      echo '[{"layer_type": "ReLU", "input_shape": [8]}]' | archspec validate -
    """
    from archspec.cli.report import report
    from archspec.reading import check

    params, inputs, chosen = parse_settings(set_), parse_shapes(input_), parse_outputs(outputs)
    records: list[dict[str, object]] = []
    worst = OK
    checking = partial(check, variant=variant, inputs=inputs, outputs=chosen, backends=backends or ())
    for spec in specs:
        networks, found = _checked(read_spec(spec), params, checking)
        worst = max(worst, code_of(found))
        report(found)
        records.append(_record(spec, networks, found))
        if not json_:
            for network in networks:
                say(f"{spec}: {network.name} is valid: {network.parameters().total:,} parameters")
    if json_:
        say_json(records)
    if worst != OK:
        raise typer.Exit(worst)


def _checked(
    source: str | Source,
    params: Mapping[str, Any],
    checking: Callable[..., tuple[list[Network], tuple[Diagnostic, ...]]],
) -> tuple[list[Network], tuple[Diagnostic, ...]]:
    """The networks of a document, and the diagnostics with notes about the values of `--set`."""
    networks, told = checking(source, params=params)
    return networks, with_settings(told, params, lambda: checking(source)[1])


def _record(spec: str, networks: Sequence[Network], found: Sequence[Diagnostic]) -> dict[str, object]:
    from archspec.cli.report import record

    return {
        "spec": spec,
        "valid": all(diagnostic.severity != "error" for diagnostic in found),
        "networks": [{"name": network.name, "parameters": network.parameters().total} for network in networks],
        "diagnostics": [record(diagnostic) for diagnostic in found],
    }
