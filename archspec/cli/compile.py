"""`archspec compile`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.backend import DEVICES, DTYPES
from archspec.cli import compile_text
from archspec.cli.checkpoints import (
    NO_CHECKPOINT,
    ByOrderOption,
    KeyOption,
    MapOption,
    OnlyMatchingOption,
    WeightsOption,
    checkpoint_options,
    tell,
)
from archspec.cli.options import (
    InputOption,
    JsonOption,
    OutputsOption,
    SeedOption,
    SetOption,
    SpecArgument,
    VariantOption,
    family_source,
    load_network,
)
from archspec.cli.output import say, say_json
from archspec.cli.recognised import AUTO, told_by
from archspec.cli.together import refuse
from archspec.cli.values import one_of

if TYPE_CHECKING:
    from archspec.bundle import Bundle
    from archspec.checkpoints import CheckpointOptions
    from archspec.network import Network, Optimized


_OF_CHECKPOINTS = "--key, --map, --by-order, --only-matching"
_ONLY_SOURCE = "it only prints the source: leave -o, --weights, --json and --force out"
_ONLY_FAMILY = (
    "it only prints the source: leave --variant, -o, --weights, --json, --force, --optimize and --recompute out"
)
_ONLY_OPTIMIZED = "only an optimised network has a fused form: add --optimize"
_NO_CHANGES = "only an optimised network has changes to report: add --optimize"
_NOT_BOTH = "an optimised network is for inference, and only training has a backward pass: leave --optimize out"
_NO_FOLDER = "this names no folder; the one that you are in is ."

BackendOption = Annotated[
    str, typer.Option("--backend", "-b", metavar="NAME", help="The framework: torch or tensorflow.")
]
DtypeOption = Annotated[
    str,
    typer.Option(
        "--dtype", metavar="TYPE", parser=one_of(DTYPES), help=f"The weights' precision: {', '.join(DTYPES)}."
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device", metavar="DEVICE", parser=one_of(DEVICES), help="cpu, cuda, or auto: a GPU if there is one."
    ),
]
OutputOption = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write, or else NETWORK_BACKEND.")
]
ForceOption = Annotated[
    bool,
    typer.Option("--force", help="Replace files that were changed, and write among files that are not archspec's."),
]
EmitOption = Annotated[bool, typer.Option("--emit", help="Only print the source; no framework is needed.")]
FamilyOption = Annotated[
    bool,
    typer.Option("--family", help="Only print the source of all variants as one module, a function for each."),
]
OptimizeOption = Annotated[
    bool, typer.Option("--optimize", help="Make the network fast for inference: other layers, the same function.")
]
FuseOption = Annotated[
    bool,
    typer.Option("--fuse", help="With --optimize: join convolutions with what follows them, for PyTorch on a CPU."),
]
RecomputeOption = Annotated[
    bool,
    typer.Option(
        "--recompute", "--checkpoint", help="Train with less memory: backward computes the insides of blocks again."
    ),
]
ReportOption = Annotated[bool, typer.Option("--report", help="List what --optimize changed, by layer.")]


def compile_command(
    spec: SpecArgument,
    backend: BackendOption,
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    outputs: OutputsOption = None,
    seed: SeedOption = 0,
    weights: WeightsOption = None,
    key: KeyOption = None,
    map_: MapOption = None,
    by_order: ByOrderOption = False,
    only_matching: OnlyMatchingOption = False,
    dtype: DtypeOption = "float32",
    device: DeviceOption = "auto",
    output: OutputOption = None,
    force: ForceOption = False,
    emit: EmitOption = False,
    family: FamilyOption = False,
    optimize: OptimizeOption = False,
    fuse: FuseOption = False,
    report: ReportOption = False,
    recompute: RecomputeOption = False,
    json_: JsonOption = False,
) -> None:
    r"""Compile a network to source and weights, and run it once.

    The folder is a Python package, resnet50_torch for resnet50: resnet50.py, which also runs by itself, __init__.py,
    which hands on its class or function, the weights in the framework's own format, and network.json, the record.
    Nothing is written unless the model has run on a random sample. Only unchanged files of an earlier run are replaced,
    unless you say --force. With -o . all goes into the current folder, if it is empty.

    Examples:
      archspec compile resnet50 --backend torch
      archspec compile vgg16_bn --set classes=10 --input 64,64,3 --backend torch
      archspec compile resnet18 -b torch -o r18
      archspec compile auto -b tensorflow --weights r18/model.safetensors
      archspec compile resnet18 -b torch -o ten --set classes=10 \
          --weights r18/model.safetensors --only-matching
      archspec compile resnet50 --backend torch --emit > resnet50.py
      archspec compile resnet50 --backend torch --outputs stages -o backbone
      archspec compile resnet50 --backend torch --family > resnet.py
      archspec compile resnet50 --backend torch --optimize -o fast
      archspec compile resnet50 --backend torch --optimize --fuse -o faster
    """
    chosen = any((map_, key is not None, only_matching, by_order))
    refuse(
        {
            "--emit": emit and any((output is not None, weights, json_, force)) and _ONLY_SOURCE,
            "--family": family
            and any((output is not None, weights, json_, force, variant, optimize, recompute))
            and _ONLY_FAMILY,
            "--fuse": fuse and not optimize and _ONLY_OPTIMIZED,
            "--recompute": recompute and optimize and _NOT_BOTH,
            "--report": report and not optimize and _NO_CHANGES,
            _OF_CHECKPOINTS: weights is None and chosen and NO_CHECKPOINT,
            "--output": output is not None and not output.strip() and _NO_FOLDER,
        }
    )
    if family:
        say(family_source(spec, backend, set_, input_, outputs).removesuffix("\n"))
        return
    if spec == AUTO and weights is not None:
        spec, set_ = told_by(weights, set_, key=key, only_matching=only_matching)
    network = load_network(spec, variant, set_, input_, outputs)
    if recompute:
        network = network.recompute()
    if emit:
        _print_source(network, backend, dtype, optimize=optimize, fuse=fuse, report=report)
        return
    options = checkpoint_options(map_, key, by_order, only_matching)
    asked = _Model(backend, output, weights, options, map_, seed, dtype, device, force, optimize, fuse)
    bundle = _written(network, asked)
    _report(network, bundle, report=report, as_json=json_)


def _print_source(network: Network, backend: str, dtype: str, *, optimize: bool, fuse: bool, report: bool) -> None:
    """Print the source of a network, or of the optimised one."""
    optimized = network.optimize(fuse=fuse) if optimize else None
    written = network if optimized is None else optimized.network
    say(written.emit(backend, dtype=dtype).removesuffix("\n"))
    if optimized is not None:
        _tell(optimized, report=report)


def _tell(optimized: Optimized, *, report: bool) -> None:
    """Tell the user which outputs the optimiser left out, and with `report` all of its changes."""
    if heads := compile_text.left_out(optimized):
        print(f"archspec: {heads}", file=sys.stderr)
    if report:
        print(compile_text.changes(optimized) + "\n", file=sys.stderr)


def _report(network: Network, bundle: Bundle, *, report: bool, as_json: bool) -> None:
    """Tell the user what was written, and give it as JSON."""
    tell(bundle.checkpoint.notes if bundle.checkpoint is not None else ())
    if bundle.optimized is not None:
        _tell(bundle.optimized, report=report)
    written = network if bundle.optimized is None else bundle.optimized.network
    print(compile_text.text(written, bundle), file=sys.stderr)
    if as_json:
        say_json(compile_text.record(bundle))


@dataclass(frozen=True, slots=True)
class _Model:
    """The requested model: its framework, its weights, and its folder."""

    backend: str
    output: str | None
    weights: Path | None
    options: CheckpointOptions
    map_: Path | None
    seed: int
    dtype: str
    device: str
    force: bool
    optimize: bool
    fuse: bool


def _written(network: Network, model: _Model) -> Bundle:
    """Write the model's package and run it once."""
    from archspec.bundle import package_name, write_bundle
    from archspec.cli.progress import running

    with running(f"compiling {network.name} for {model.backend}"):
        return write_bundle(
            network,
            model.backend,
            Path(package_name(network.name, model.backend) if model.output is None else model.output),
            weights=model.weights,
            options=model.options,
            seed=model.seed,
            dtype=model.dtype,
            device=model.device,
            read=(model.map_,),
            force=model.force,
            optimize=model.optimize,
            fuse=model.fuse,
        )
