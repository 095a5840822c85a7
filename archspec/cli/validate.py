"""`archspec validate`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from archspec.cli.exits import INVALID
from archspec.cli.options import InputOption, JsonOption, SetOption, VariantOption, read_spec
from archspec.cli.report import report


def validate_command(
    specs: Annotated[list[str], typer.Argument(metavar="SPEC...", help="Files, networks of the zoo, or - for stdin.")],
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    json_: JsonOption = False,
) -> None:
    """Check specs: everything that is wrong, at once, before any framework is imported.

    All the variants of a file are checked, unless one is named.

    archspec validate my_network.yaml

    archspec validate specs/*.yaml

    archspec validate resnet.yaml --variant resnet50 --set classes=10
    """
    from archspec.cli.options import parse_settings, parse_shapes
    from archspec.reading import check

    params, inputs = parse_settings(set_), parse_shapes(input_)
    records: list[dict[str, object]] = []
    failed = False
    for spec in specs:
        networks, found = check(read_spec(spec), variant=variant, params=params, inputs=inputs)
        report(found)
        failed |= any(diagnostic.severity == "error" for diagnostic in found)
        for network in networks:
            parameters = network.parameters()
            records.append({"spec": spec, "network": network.name, "parameters": parameters.total})
            if not json_:
                typer.echo(f"{spec}: {network.name} is valid: {parameters.total:,} parameters")
    if json_:
        typer.echo(json.dumps(records, indent=2))
    if failed:
        raise typer.Exit(INVALID)
