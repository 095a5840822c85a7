"""`archspec export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
from archspec.cli.compile import OptimizeOption
from archspec.cli.exits import PARITY_FAILED
from archspec.cli.options import (
    InputOption,
    JsonOption,
    OutputsOption,
    SeedOption,
    SetOption,
    VariantOption,
    load_network,
)
from archspec.cli.output import say, say_json
from archspec.cli.together import refuse
from archspec.files import check_apart

if TYPE_CHECKING:
    from archspec.backend import Arrays
    from archspec.checkpoints import CheckpointOptions
    from archspec.network import Network

_OF_CHECKPOINTS = "--key, --map, --by-order, --only-matching"
_OF_SPECS = "--variant, --set, --input, --outputs, --weights"
_IN_FOLDER = "the folder has its network and its weights: leave these out, or give the spec in its place"

ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="SPEC|FOLDER",
        help="A spec as for compile, the folder that compile wrote, or a run that train wrote.",
    ),
]
ToOption = Annotated[
    str,
    typer.Option("--to", metavar="TARGET", help="onnx, pt2, openvino, executorch, hub-folder, savedmodel or litert."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="PATH", help="The file or folder to write, or else NETWORK.onnx and so on."),
]


def export_command(
    spec: ModelArgument,
    to: ToOption,
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
    optimize: OptimizeOption = False,
    output: OutputOption = None,
    json_: JsonOption = False,
) -> None:
    """Write a network as a file of another runtime.

    onnx, pt2, openvino and executorch are made from the PyTorch model, savedmodel and litert from the Keras model, by
    exporters of these frameworks and runtimes; hub-folder is a PyTorch model with its model card. Inputs and outputs
    keep their names, a batch may have any length, and so may axes of unknown length. --optimize exports the optimised
    network. Before the file is left, its own runtime runs it with two sizes of a batch, and the outputs are compared
    with those of the compiled model: the exit code is 4, and no file is left, if they differ by more than float32
    explains. docs/export.md has the targets and their packages.

    Examples:
      archspec export lenet5 --to pt2
      archspec compile lenet5 --backend torch -o l5
      archspec export l5 --to onnx
      archspec export lenet5 --to pt2 --optimize
      archspec export lenet5 --to pt2 --weights l5/model.safetensors -o five.pt2
    """
    from archspec.cli.export_text import text
    from archspec.cli.progress import running
    from archspec.exporting import ExportError, default_path, export

    _check_target(to)
    chosen = any((map_, key is not None, only_matching, by_order))
    is_folder = _is_folder(spec)
    refuse(
        {
            _OF_SPECS: is_folder and any((variant, set_, input_, outputs, weights)) and _IN_FOLDER,
            _OF_CHECKPOINTS: weights is None and chosen and NO_CHECKPOINT,
        }
    )
    if is_folder:
        network, weights = _in_folder(Path(spec))
    else:
        network = load_network(spec, variant, set_, input_, outputs)
    place = default_path(network.name, to) if output is None else output
    check_apart((place,), (weights, map_))
    values = _read(network, weights, checkpoint_options(map_, key, by_order, only_matching), seed)
    try:
        with running(f"exporting {network.name} to {to}"):
            exported = network.optimize(values, seed=seed) if optimize else network
            report = export(exported, to, place, weights=None if optimize else values, seed=seed)
    except ExportError as error:
        report = error.report
    if json_:
        say_json(report.record())
    else:
        say(text(report))
    if not report.passed:
        raise typer.Exit(PARITY_FAILED)


def _check_target(name: str) -> None:
    from archspec.exporting import UnknownTargetError, find_target

    try:
        find_target(name)
    except UnknownTargetError as error:
        raise typer.BadParameter(str(error), param_hint="--to") from None


def _is_folder(spec: str) -> bool:
    """Whether this is a folder; the name of a network of the zoo is none, as for other commands."""
    from archspec import zoo

    return Path(spec).is_dir() and zoo.find_network(spec) is None


def _in_folder(folder: Path) -> tuple[Network, Path]:
    from archspec.exporting import read_folder

    found = read_folder(folder)
    return found.network, found.weights


def _read(network: Network, weights: Path | None, options: CheckpointOptions, seed: int) -> Arrays | None:
    """The weights of a checkpoint; None without one."""
    from archspec.checkpoints import read_weights_file

    if weights is None:
        return None
    read = read_weights_file(network.graph, weights, options, seed=seed)
    tell(read.notes)
    # The weights are read several times, and completely.
    return read.held()
