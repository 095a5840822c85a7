"""`archspec validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.exits import OK, code_of
from archspec.cli.options import (
    InputOption,
    JsonOption,
    SetOption,
    VariantOption,
    parse_settings,
    parse_shapes,
    read_spec,
    with_settings,
)
from archspec.cli.output import say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.errors import Diagnostic
    from archspec.network import Network


def validate_command(
    specs: Annotated[list[str], typer.Argument(metavar="SPEC", help="Files, networks of the zoo, or - for stdin.")],
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
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

    params, inputs = parse_settings(set_), parse_shapes(input_)
    records: list[dict[str, object]] = []
    worst = OK
    for spec in specs:
        networks, told = check(read_spec(spec), variant=variant, params=params, inputs=inputs, backends=backends or ())
        found = with_settings(told, params)
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


def _record(spec: str, networks: Sequence[Network], found: Sequence[Diagnostic]) -> dict[str, object]:
    from archspec.cli.report import record

    return {
        "spec": spec,
        "valid": all(diagnostic.severity != "error" for diagnostic in found),
        "networks": [{"name": network.name, "parameters": network.parameters().total} for network in networks],
        "diagnostics": [record(diagnostic) for diagnostic in found],
    }
