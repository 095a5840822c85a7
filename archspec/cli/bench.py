"""`archspec bench`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from archspec.backend import DEVICES
from archspec.cli.options import (
    InputOption,
    OutputsOption,
    SeedOption,
    SetOption,
    SpecArgument,
    VariantOption,
    load_network,
)
from archspec.cli.output import say
from archspec.cli.screen import screen_width
from archspec.cli.together import refuse
from archspec.cli.values import one_of, whole_number
from archspec.files import check_apart, check_file, is_stream, write_text
from archspec.timing.turns import LEAST_ROUNDS, ROUNDS

_MEASURED = tuple(word for word in DEVICES if word != "auto")
"""With auto the reader of a number would not know its device."""

BackendsOption = Annotated[str, typer.Option("--backends", metavar="A,B", help="The backends to measure.")]
OptimizeOption = Annotated[
    bool, typer.Option("--optimize", help="Measure the optimised network too, and its fused form.")
]
BatchesOption = Annotated[str, typer.Option("--batch", metavar="N,M", help="The numbers of samples in a batch.")]
AgainstOption = Annotated[
    str,
    typer.Option("--against", metavar="PACKAGE:NAME,...", help="Third parties' networks, as torchvision:resnet50."),
]
DeviceOption = Annotated[
    str, typer.Option("--device", metavar="DEVICE", parser=one_of(_MEASURED), help=f"{' or '.join(_MEASURED)}.")
]
RoundsOption = Annotated[
    int,
    typer.Option(
        "--rounds",
        metavar="NUMBER",
        parser=whole_number(LEAST_ROUNDS),
        help=f"How often to measure, {LEAST_ROUNDS} times at least.",
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", metavar="NUMBER", parser=whole_number(1), help="Threads, or else the framework's own."),
]
JsonFileOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write what is found as JSON, too.")
]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw it, too, as .svg, .png or .pdf; needs matplotlib.")
]


def bench_command(
    spec: SpecArgument,
    backends: BackendsOption = "torch,tensorflow",
    batch: BatchesOption = "1,8",
    against: AgainstOption = "",
    optimize: OptimizeOption = False,
    device: DeviceOption = "cpu",
    rounds: RoundsOption = ROUNDS,
    threads: ThreadsOption = None,
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    outputs: OutputsOption = None,
    seed: SeedOption = 0,
    json_: JsonFileOption = None,
    plot: PlotOption = None,
) -> None:
    r"""Measure how long a forward pass takes, and how much memory.

    Each framework runs in a process of its own, in float32 and evaluation mode: PyTorch in inference mode, Keras in
    a tf.function for the shapes. All weights are random. With --against a network of torchvision, timm or
    keras.applications runs beside the compiled one, by turns, in its framework's process; with --optimize the
    network that the optimiser makes does, in PyTorch also in its fused form, in Keras with constant weights. Numbers
    are medians with quartiles. The compiled network runs twice in a round: the difference is the noise, and a
    comparison that it hides is called too noisy to tell. Other programs should not run meanwhile.

    Examples:
      archspec bench lenet5
      archspec bench lenet5 --backends torch --batch 1,64 --threads 1
      archspec bench resnet18 --backends torch --input 64,64,3 --optimize
      archspec bench resnet18 --backends torch --input 64,64,3 \
          --against torchvision:resnet18 --rounds 10 --json resnet18.json
    """
    from archspec.cli.bench_text import text
    from archspec.cli.progress import running
    from archspec.timing.asked import Asked
    from archspec.timing.plot import check_plot, draw
    from archspec.timing.running import measure

    asked = Asked(
        backends=_words(backends),
        batches=tuple(map(_batch, _words(batch))),
        against=_words(against),
        device=device,
        rounds=rounds,
        threads=threads,
        seed=seed,
        optimize=optimize,
    )
    refuse(
        {
            "--backends": _wrong(asked.backends),
            "--batch": _wrong(asked.batches),
            "--against": bool(asked.against) and _wrong(asked.against),
        }
    )
    network = load_network(spec, variant, set_, input_, outputs)
    if json_ is not None and not is_stream(json_):
        check_file(json_)
    if plot is not None:
        check_plot(plot)
    check_apart(filter(None, (json_, plot)), (network.origin.file,))
    with running(f"measuring {network.name}") as progress:
        report = measure(network, asked, progress)
    if json_ is not None:
        write_text(json_, json.dumps(report.record(), indent=2) + "\n")
    if plot is not None:
        draw(report, plot)
    say(text(report, screen_width(sys.stdout)))


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (word.strip() for word in text.split(","))))


def _wrong(words: Sequence[object]) -> str | bool:
    """The reason to refuse a list; False if there is none."""
    if not words:
        return "there is nothing to measure"
    return len({*words}) < len(words) and "each is measured once, and one is named twice"


def _batch(word: str) -> int:
    try:
        return whole_number(1)(word)
    except typer.BadParameter as error:
        raise typer.BadParameter(error.message, param_hint="--batch") from None
