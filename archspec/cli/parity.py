"""`archspec parity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
from archspec.cli.output import say, say_json
from archspec.cli.table import table

if TYPE_CHECKING:
    from archspec.comparison import ParityReport


def parity_command(
    spec: SpecArgument,
    backends: Annotated[
        str, typer.Option("--backends", metavar="A,B", help="The backends to compare.")
    ] = "torch,tensorflow",
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    seed: SeedOption = 0,
    batch: Annotated[
        int | None,
        typer.Option("--batch", metavar="NUMBER", min=1, help="Samples in the input, or else enough of them."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Prove that a network is the same in both frameworks.

    Both run on the CPU with the same weights and inputs, drawn from the seed. The outputs are compared in float64,
    where rounding makes a difference of about 1e-13 and another meaning one of about 1: up to 1e-10 is the same. Then
    each float32 output is held against its float64 one, and neither error may be more than twice the other. The exit
    code is 4 if the networks differ.

    Examples:
      archspec parity resnet50
      archspec parity lenet.yaml --seed 7 --batch 8
      archspec parity densenet.yaml --variant densenet121 --input 64,64,3 --json
    """
    from archspec.api import parity
    from archspec.cli.progress import working

    network = load_network(spec, variant, set_, input_)
    names = [name.strip() for name in backends.split(",") if name.strip()]
    if len(names) < 2 or len(set(names)) < len(names):
        raise typer.BadParameter("two different backends are needed, as torch,tensorflow", param_hint="--backends")
    with working(f"running {network.name} in {' and '.join(names)}"):
        report = parity(network, backends=names, seed=seed, batch=batch)
    if json_:
        say_json(report.record())
    else:
        say(_text(report))
    if not report.passed:
        raise typer.Exit(PARITY_FAILED)


def _text(report: ParityReport) -> str:
    header = ["output", "float64 difference", *(f"{name} float32 error" for name in report.backends), "verdict"]
    rows = [
        [
            output.name,
            f"{output.float64:.1e}",
            *(f"{output.float32[name]:.1e}" for name in report.backends),
            "same" if output.passed else "DIFFERENT",
        ]
        for output in report.outputs
    ]
    verdict = "are the same function" if report.passed else "DIFFER"
    return (
        f"{table(header, rows, frozenset(range(1, len(header) - 1)))}\n\n"
        f"{report.network}: {' and '.join(report.backends)} {verdict}: {report.largest:.1e} in float64"
    )
