"""`archspec export`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

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
    from archspec.network import Network, Optimized
    from archspec.recipe.transforms import EvaluationTransform

_OF_CHECKPOINTS = "--key, --map, --by-order, --only-matching"
_OF_SPECS = "--variant, --set, --input, --outputs, --weights"
_TOGETHER = "--quantize int8 needs --calibrate DATA, on which the activations are measured, and neither is alone"
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
    typer.Option(
        "--to", metavar="TARGET", help="onnx, pt2, openvino, executorch, aotinductor, hub-folder, savedmodel or litert."
    ),
]
QuantizeOption = Annotated[
    str | None,
    typer.Option("--quantize", metavar="TYPE", help="int8: by the target's own quantiser, measured on --calibrate."),
]
CalibrateOption = Annotated[
    str | None,
    typer.Option("--calibrate", metavar="DATA", help="Examples for --quantize; sources are those of train's --data."),
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
    quantize: QuantizeOption = None,
    calibrate: CalibrateOption = None,
    output: OutputOption = None,
    json_: JsonOption = False,
) -> None:
    """Write a network as a file of another runtime.

    onnx, pt2, openvino, executorch and aotinductor are made from the PyTorch model, savedmodel and litert from the
    Keras model, by exporters of these frameworks and runtimes; hub-folder is a PyTorch model with its model card.
    Inputs and outputs keep their names, a batch may have any length, and so may axes of unknown length. --optimize
    exports the optimised network. Before the file is left, its own runtime runs it with two sizes of a batch, and
    the outputs are compared with those of the compiled model: the exit code is 4, and no file is left, if they
    differ by more than float32 explains. docs/export.md has the targets and their packages.

    --quantize int8 writes weights and activations of int8, with scales that the target's quantiser finds on a part of
    the data of --calibrate. On the rest it says how often the file agrees with the model in float32, and how far it is
    from it; no rule judges these figures, and the file is left with them.

    Examples:
      archspec export lenet5 --to pt2
      archspec compile lenet5 --backend torch -o l5
      archspec export l5 --to onnx
      archspec export lenet5 --to pt2 --optimize
      archspec export lenet5 --to onnx --quantize int8 --calibrate mnist
      archspec export lenet5 --to pt2 --weights l5/model.safetensors -o five.pt2
    """
    _check_target(to)
    _check_quantize(to, quantize, calibrate)
    chosen = any((map_, key is not None, only_matching, by_order))
    is_folder = _is_folder(spec)
    refuse(
        {
            _OF_SPECS: is_folder and any((variant, set_, input_, outputs, weights)) and _IN_FOLDER,
            _OF_CHECKPOINTS: weights is None and chosen and NO_CHECKPOINT,
        }
    )
    model = _in_folder(Path(spec)) if is_folder else _Model(load_network(spec, variant, set_, input_, outputs), weights)
    check_apart((() if output is None else (output,)), (model.weights, map_))
    values = _read(model.network, model.weights, checkpoint_options(map_, key, by_order, only_matching), seed)
    if calibrate is None:
        _write(model, values, to, output, seed, optimize=optimize, json_=json_)
    else:
        _quantize(model, values, to, calibrate, output, seed, optimize=optimize, json_=json_)


class _Model(NamedTuple):
    """A network, the file of its weights, and a run's transforms of images."""

    network: Network
    weights: Path | None
    transforms: Sequence[EvaluationTransform] | None = None

    def exported(self, values: Arrays | None, seed: int, optimize: bool) -> tuple[Network | Optimized, Arrays | None]:
        """The network to export, and its weights unless it has them."""
        return (self.network.optimize(values, seed=seed), None) if optimize else (self.network, values)


def _write(
    model: _Model, values: Arrays | None, to: str, output: Path | None, seed: int, *, optimize: bool, json_: bool
) -> None:
    from archspec.cli.export_text import text
    from archspec.cli.progress import running
    from archspec.exporting import ExportError, export

    try:
        with running(f"exporting {model.network.name} to {to}"):
            network, weights = model.exported(values, seed, optimize)
            report = export(network, to, output, weights=weights, seed=seed)
    except ExportError as error:
        report = error.report
    if json_:
        say_json(report.record())
    else:
        say(text(report))
    if not report.passed:
        raise typer.Exit(PARITY_FAILED)


def _quantize(
    model: _Model,
    values: Arrays | None,
    to: str,
    data: str,
    output: Path | None,
    seed: int,
    *,
    optimize: bool,
    json_: bool,
) -> None:
    from archspec.cli.progress import running
    from archspec.cli.quantize_text import text
    from archspec.exporting import quantize

    with running(f"quantising {model.network.name} for {to}"):
        network, weights = model.exported(values, seed, optimize)
        report = quantize(network, to, data, output, weights=weights, transforms=model.transforms, seed=seed)
    if json_:
        say_json(report.record())
    else:
        say(text(report))


def _check_quantize(to: str, kind: str | None, data: str | None) -> None:
    from archspec.exporting import check_quantizer

    refuse(
        {
            "--quantize": kind not in (None, "int8") and f"there is no {kind!r}, but int8",
            "--calibrate": (kind is None) != (data is None) and _TOGETHER,
        }
    )
    if data is not None:
        check_quantizer(to)


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


def _in_folder(folder: Path) -> _Model:
    from archspec.exporting import read_folder

    found = read_folder(folder)
    return _Model(found.network, found.weights, found.transforms)


def _read(network: Network, weights: Path | None, options: CheckpointOptions, seed: int) -> Arrays | None:
    """The weights of a checkpoint; None without one."""
    from archspec.network import checkpoint_for

    if weights is None:
        return None
    read = checkpoint_for(network, weights, options, seed=seed)
    tell(read.notes)
    # The weights are read several times, and completely.
    return read.held()
