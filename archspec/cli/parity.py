"""`archspec parity`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from archspec.cli.exits import PARITY_FAILED
from archspec.cli.options import (
    InputOption,
    JsonOption,
    SeedOption,
    SetOption,
    SpecArgument,
    VariantOption,
    load_network,
)
from archspec.cli.table import table


def parity_command(
    spec: SpecArgument,
    backends: Annotated[str, typer.Option("--backends", help="The backends to compare.")] = "torch,tensorflow",
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    seed: SeedOption = 0,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Samples in the input.")] = 2,
    json_: JsonOption = False,
) -> None:
    """Run a network in both frameworks with the same weights and inputs, and compare the outputs.

    First in float64, where rounding is 1e-13 and another meaning is not; then each float32 result against float64.
    The exit code is 4 if they differ.

    archspec parity resnet50

    archspec parity lenet.yaml --seed 7 --batch 8

    archspec parity densenet.yaml --variant densenet121 --input 64,64,3 --json
    """
    from archspec.api import parity
    from archspec.cli.progress import working

    network = load_network(spec, variant, set_, input_)
    names = [name.strip() for name in backends.split(",") if name.strip()]
    if len(names) < 2:
        raise typer.BadParameter("two backends are needed to compare", param_hint="--backends")
    with working(f"running {network.name} in {' and '.join(names)}"):
        report = parity(network, backends=names, seed=seed, batch=batch)
    if json_:
        typer.echo(json.dumps(report.record(), indent=2))
    else:
        header = ["output", "float64 difference", *(f"{name} float32 error" for name in names), "verdict"]
        rows = [
            [
                output.name,
                f"{output.float64:.1e}",
                *(f"{output.float32[name]:.1e}" for name in names),
                "same" if output.passed else "DIFFERENT",
            ]
            for output in report.outputs
        ]
        typer.echo(table(header, rows, frozenset(range(1, len(header) - 1))))
        verdict = "are the same function" if report.passed else "DIFFER"
        typer.echo(f"\n{network.name}: {' and '.join(names)} {verdict}: {report.largest:.1e} in float64")
    if not report.passed:
        raise typer.Exit(PARITY_FAILED)
