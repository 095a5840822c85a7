"""`archspec parity`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archspec.cli.checkpoints import ByOrderOption, KeyOption, checkpoint_options, read_names, tell
from archspec.cli.exits import PARITY_FAILED
from archspec.cli.once import each_once
from archspec.cli.options import (
    JsonOption,
    SeedOption,
    SetOption,
    SpecArgument,
    VariantOption,
    load_network,
)
from archspec.cli.output import say, say_json
from archspec.cli.values import whole_number
from archspec.files import check_apart, check_file, is_stream, write_text

if TYPE_CHECKING:
    from archspec.checkpoints import CheckpointOptions
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
WeightsOption = Annotated[
    Path | None, typer.Option("--weights", metavar="FILE", help="A checkpoint, as for `archspec weights convert`.")
]
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
        help="An input's shape, as 28,28,1, or its samples, as an .npy or .npz file; may be repeated.",
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
    seed: SeedOption = 0,
    batch: BatchOption = None,
    report: ReportOption = None,
    json_: JsonOption = False,
) -> None:
    """Prove that a network is the same in both frameworks.

    Both run on the CPU with the same weights and inputs, drawn from the seed. The outputs are compared in float64,
    where rounding makes a difference of about 1e-13 and another meaning one of about 1: up to 1e-10 is the same. Then
    each float32 output is held against its float64 one: its error may be what the rounding of float32 explains in this
    network. With
    --train gradients, moving statistics and steps of four optimisers are compared in float64, up to 1e-9. With
    --against both are also held against a network of torchvision, timm or keras.applications.
    The exit code is 4 if the networks differ. docs/parity.md says how all this is judged, and why.

    Examples:
      archspec parity resnet18
      archspec parity lenet5 --train --steps 3
      archspec compile lenet5 --backend torch -o l5
      archspec parity lenet5 --layers --weights l5/model.safetensors
      archspec parity resnet18 --against torchvision:resnet18
      archspec parity densenet121 --input 64,64,3 --json
    """
    names = [name.strip() for name in backends.split(",") if name.strip()]
    shapes, files = _split(input_ or [])
    _refuse(
        {
            "--backends": len({*names}) < max(2, len(names)) and "two different ones are needed, as torch,tensorflow",
            "--steps": steps is not None and not train and "only training has steps: add --train",
            "--map": bool(map_) and not (against or weights) and "whose names? Add --against or --weights",
            "--key": key is not None and weights is None and "a checkpoint has to be there: --weights FILE",
            "--by-order": by_order and weights is None and "a checkpoint has to be there: --weights FILE",
            "--batch": batch is not None and bool(files) and "files have the samples that they have",
        }
    )
    _check(report, against)
    network = load_network(spec, variant, set_, shapes)
    check_apart(filter(None, (report,)), (network.origin.file, weights, map_, *files.values()))
    given = _given(network, weights, checkpoint_options(None if against else map_, key, by_order), files)
    options = {"backends": names, "seed": seed, "batch": batch, **given}
    with _told():
        vote = _against(network, against, map_, options) if against else None  # first: it may have no such network
        sections, record, passed = _compared(network, options, vote, train=train, steps=steps, layers=layers)
    if report is not None:
        _write(report, network, sections)
    if json_:
        say_json(record)
    else:
        say("\n\n".join(section.text() for section in sections))
    if not passed:
        raise typer.Exit(PARITY_FAILED)


def _check(report: Path | None, against: str | None) -> None:
    """Raises `OSError` for a report that cannot be written, `ArchspecError` for no third party's network."""
    if report is not None and not is_stream(report):
        check_file(report)
    if against is not None:
        from archspec.comparison import find_peer

        find_peer(against)


def _refuse(reasons: Mapping[str, str | bool]) -> None:
    """The first option that there is a reason to refuse, before anything runs."""
    for option, reason in reasons.items():
        if reason:
            raise typer.BadParameter(str(reason), param_hint=option)


@contextmanager
def _told() -> Iterator[None]:
    """A backend that cannot run what it made of the network is not the same; there is nothing to report of it."""
    from archspec.comparison import BackendFailedError

    try:
        yield
    except BackendFailedError as error:
        print(f"archspec: {error}", file=sys.stderr)
        raise typer.Exit(PARITY_FAILED) from None


Vote = tuple["Section", dict[str, Any], bool]
"""What a comparison says, as a section and as JSON, and whether all of it is the same."""


def _compared(
    network: Network, options: dict[str, Any], vote: Vote | None, *, train: bool, steps: int | None, layers: bool
) -> tuple[list[Section], dict[str, Any], bool]:
    """What was asked for: as sections and as JSON, and whether all of it is the same; a third party's vote last."""
    from archspec.api import layer_parity, parity, training_parity
    from archspec.cli import parity_text
    from archspec.cli.progress import running
    from archspec.comparison import STEPS

    both = " and ".join(options["backends"])
    with running(f"running {network.name} in {both}"):
        inference = parity(network, **options)
    sections, record, passed = [parity_text.inference(inference)], inference.record(), inference.passed
    if train:
        with running(f"training {network.name}") as progress:
            training = training_parity(network, steps=STEPS if steps is None else steps, progress=progress, **options)
        sections.append(parity_text.training(training))
        record["training"] = training.record()
        passed = passed and training.passed
    record["layers"] = [] if layers else None
    for in_training in ([False, True] if train else [False]) if layers else []:
        with running(f"comparing the layers of {network.name}"):
            found = layer_parity(network, training=in_training, **options)
        sections.append(parity_text.layers(found))
        record["layers"].append(found.record())
        passed = passed and found.passed
    if vote is not None:
        section, record["against"], same = vote
        sections.append(section)
        passed = passed and same
    return sections, record | {"passed": passed}, passed


def _against(network: Network, peer: str, map_: Path | None, options: dict[str, Any]) -> Vote:
    """The comparison with a third party's network."""
    from archspec.api import peer_parity
    from archspec.cli import parity_text
    from archspec.cli.progress import running

    with running(f"running {peer}"):
        found = peer_parity(network, peer, names=read_names(map_), **options)
    return parity_text.peer(found), found.record(), found.passed


def _given(network: Network, weights: Path | None, options: CheckpointOptions, files: dict[str, str]) -> dict[str, Any]:
    """The weights and inputs that the user gave."""
    found: dict[str, Any] = {}
    if weights is not None:
        from archspec.checkpoints import read_weights_file

        read = read_weights_file(network.graph, weights, options)
        tell(read.notes)
        # They are read several times, and in whole.
        found["weights"] = read.held()
    if files:
        from archspec.comparison import read_inputs

        found["inputs"] = read_inputs(network.graph, files)
    return found


def _split(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """Shapes, and files by the names of their inputs; a file without one is under the empty word."""
    files = [word.rpartition("=") if "=" in word else ("", "", word) for word in words if word.endswith(_DATA)]
    named = each_once(((name, path) for name, _, path in files), "--input")
    return [word for word in words if not word.endswith(_DATA)], named


def _write(path: Path, network: Network, sections: list[Section]) -> None:
    title = f"# {network.name}\n"
    write_text(path, "\n".join([title, *(section.markdown() for section in sections)]))
