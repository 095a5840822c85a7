"""`archspec parity`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.checkpoints import ByOrderOption, KeyOption, WeightsOption
from archspec.cli.exits import PARITY_FAILED
from archspec.cli.lockstep import in_lockstep, recipe_at, section
from archspec.cli.once import each_once
from archspec.cli.options import (
    JsonOption,
    OutputsOption,
    SeedOption,
    SetOption,
    SpecArgument,
    VariantOption,
    load_network,
    parse_settings,
)
from archspec.cli.output import say, say_json
from archspec.cli.parity_asked import Asked
from archspec.cli.parity_run import compared
from archspec.cli.together import refuse
from archspec.cli.values import whole_number
from archspec.files import check_apart, write_text

if TYPE_CHECKING:
    from archspec.cli.parity_text import Section
    from archspec.network import Network

_DATA = (".npy", ".npz")

BackendsOption = Annotated[str, typer.Option("--backends", metavar="A,B", help="The backends to compare.")]
TrainOption = Annotated[bool, typer.Option("--train", help="Compare training, too.")]
StepsOption = Annotated[
    int | None,
    typer.Option("--steps", metavar="NUMBER", parser=whole_number(0), help="Steps of each optimiser, 5 if unsaid."),
]
LayersOption = Annotated[bool, typer.Option("--layers", help="Compare layer by layer, and say which one differs.")]
AgainstOption = Annotated[
    str | None,
    typer.Option("--against", metavar="PACKAGE:NAME", help="A third party's network, as torchvision:resnet50."),
]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", metavar="FILE", help="For --against or else --weights, YAML as `conv1: stem.0`."),
]
InputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="[NAME=]SHAPE|FILE",
        help="An input's shape, as 28,28,1 or ?,?,3, or its samples, as an .npy or .npz file; may be repeated.",
    ),
]
BatchOption = Annotated[
    int | None,
    typer.Option(
        "--batch", metavar="NUMBER", parser=whole_number(1), help="Samples in the input, or else enough of them."
    ),
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Write what is found as Markdown, too.")
]


def parity_command(
    spec: SpecArgument,
    backends: BackendsOption = "torch,tensorflow",
    train: TrainOption = False,
    steps: StepsOption = None,
    layers: LayersOption = False,
    weights: WeightsOption = None,
    key: KeyOption = None,
    by_order: ByOrderOption = False,
    against: AgainstOption = None,
    map_: MapOption = None,
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    outputs: OutputsOption = None,
    seed: SeedOption = 0,
    batch: BatchOption = None,
    report: ReportOption = None,
    json_: JsonOption = False,
) -> None:
    """Prove that a network is the same in both frameworks.

    Both run on the CPU with the same weights and inputs, drawn from the seed. The outputs are compared in float64,
    where rounding makes a difference of about 1e-13 and another meaning one of about 1: up to 1e-10 is the same. Then
    each float32 output is held against its float64 one: its error may be what the rounding of float32 explains in this
    network. With --train gradients, moving statistics and steps of four optimisers are compared in float64, up to 1e-9.
    A recipe, or the folder of a run, is trained in both, step by step: the first weight and step that part are named.
    With --against both are also held against a network of torchvision, timm or keras.applications.
    The exit code is 4 if the networks differ. docs/parity.md says how all this is judged, and why.

    Examples:
      archspec parity squeezenet1_1
      archspec parity lenet5 --train --steps 3
      archspec compile lenet5 --backend torch -o l5
      archspec parity lenet5 --layers --weights l5/model.safetensors
      archspec parity squeezenet1_1 --against torchvision:squeezenet1_1
      archspec parity mobilenet_v3_small --input 64,64,3 --json
      archspec train lenet --backend torch -o run --emit
      archspec parity run --steps 20
    """
    names = tuple(name.strip() for name in backends.split(",") if name.strip())
    if (recipe := recipe_at(spec)) is not None:
        others = (train, layers, weights, key, by_order, against, map_, variant, input_, outputs, seed, batch)
        refuse({"SPEC": any(others) and "a recipe says all this itself: only --backends, --steps, --set are for it"})
        _lockstep(recipe, names, steps, set_, report, json_)
        return
    shapes, files = _split(input_ or [])
    asked = Asked(names, train, steps, layers, weights, key, by_order, against, map_, files, seed, batch, report)
    asked.check()
    network = load_network(spec, variant, set_, shapes, outputs)
    check_apart(filter(None, (report,)), (network.origin.file, weights, map_, *files.values()))
    outcome = compared(network, asked)
    if report is not None:
        _write(report, network, outcome.sections)
    if json_:
        say_json(outcome.record)
    else:
        say("\n\n".join(section.text() for section in outcome.sections))
    if not outcome.passed:
        raise typer.Exit(PARITY_FAILED)


def _lockstep(
    recipe: Path, backends: Sequence[str], steps: int | None, set_: list[str] | None, report: Path | None, json_: bool
) -> None:
    """Train by a recipe in both frameworks."""
    found = in_lockstep(recipe, backends, steps, parse_settings(set_))
    told = section(found)
    if report is not None:
        write_text(report, "\n".join([f"# {found.network}\n", told.markdown()]))
    if json_:
        say_json(found.record())
    else:
        say(told.text())
    if not found.passed:
        raise typer.Exit(PARITY_FAILED)


def _split(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """Shapes, and files by the names of their inputs; a file without a name has the empty one."""
    files = [word.rpartition("=") if "=" in word else ("", "", word) for word in words if word.endswith(_DATA)]
    named = each_once(((name, path) for name, _, path in files), "--input")
    return [word for word in words if not word.endswith(_DATA)], named


def _write(path: Path, network: Network, sections: Sequence[Section]) -> None:
    title = f"# {network.name}\n"
    write_text(path, "\n".join([title, *(section.markdown() for section in sections)]))
