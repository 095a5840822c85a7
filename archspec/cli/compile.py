"""`archspec compile`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.backend import find_backend, native_shape
from archspec.cli.checkpoints import (
    ByOrderOption,
    KeyOption,
    MapOption,
    OnlyMatchingOption,
    checkpoint_options,
    tell,
)
from archspec.cli.matched import left_over
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
from archspec.cli.table import columns, shape_text
from archspec.cli.values import one_of

if TYPE_CHECKING:
    from archspec.bundle import Bundle
    from archspec.network import Network


DTYPES = ("float32", "float64", "float16", "bfloat16")
"""What weights and values can be."""

DEVICES = ("auto", "cpu", "cuda")
"""Where a model can be."""


BackendOption = Annotated[
    str, typer.Option("--backend", "-b", metavar="NAME", help="The framework: torch or tensorflow.")
]
WeightsOption = Annotated[
    Path | None, typer.Option("--weights", metavar="FILE", help="A checkpoint of PyTorch's, Keras's or archspec's.")
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


def compile_command(
    spec: SpecArgument,
    backend: BackendOption,
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
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
    json_: JsonOption = False,
) -> None:
    r"""Compile a network to source and weights, and run it once.

    The folder is a Python package, resnet50_torch for resnet50: resnet50.py, which also runs by itself, __init__.py,
    which hands on its class or function, the weights in the framework's own format, and network.json, which says what
    was compiled. Nothing is written unless the model has run on a random sample. What an earlier run left is replaced;
    what somebody changed since is not, nor is another backend's model, nor a folder with files of other programs,
    unless you say --force. With -o . all goes into the folder that you are in, if it is empty.

    Examples:
      archspec compile resnet50 --backend torch
      archspec compile lenet5 --backend tensorflow -o build/lenet5
      archspec compile vgg16_bn --set classes=10 --input 64,64,3 --backend torch
      archspec compile resnet18 -b torch -o r18
      archspec compile resnet18 -b tensorflow --weights r18/model.safetensors
      archspec compile resnet18 -b torch -o ten --set classes=10 \
          --weights r18/model.safetensors --only-matching
      archspec compile resnet50 --backend torch --emit > resnet50.py
    """
    if emit and (output is not None or weights is not None or json_ or force):
        reason = "it only prints the source: leave -o, --weights, --json and --force out"
        raise typer.BadParameter(reason, param_hint="--emit")
    if weights is None and (map_ is not None or key is not None or only_matching or by_order):
        hint = "--key, --map, --by-order, --only-matching"
        raise typer.BadParameter("a checkpoint has to be there: --weights FILE", param_hint=hint)
    folder = _folder(output)
    network = load_network(spec, variant, set_, input_)
    if emit:
        say(network.emit(backend, dtype=dtype).removesuffix("\n"))
        return
    from archspec.bundle import package_name, write_bundle
    from archspec.cli.progress import running

    options = checkpoint_options(map_, key, by_order, only_matching)
    with running(f"compiling {network.name} for {backend}"):
        bundle = write_bundle(
            network,
            backend,
            folder or Path(package_name(network.name, backend)),
            weights=weights,
            options=options,
            seed=seed,
            dtype=dtype,
            device=device,
            read=(map_,),
            force=force,
        )
    tell(bundle.checkpoint.notes if bundle.checkpoint is not None else ())
    origin = f"seed {seed}" if weights is None else f"from {weights}"
    contents = (
        f"the package, which hands on {bundle.entry_point}",
        "the source, which runs by itself",
        f"the weights, {dtype}, {origin}",
        "what was compiled",
    )
    print(_text(network, backend, bundle, contents), file=sys.stderr)
    if json_:
        found = {"folder": str(bundle.folder), "files": list(map(str, bundle.files)), "not_finite": bundle.not_finite}
        say_json({**bundle.record, **found})


def _folder(output: str | None) -> Path | None:
    if output is not None and not output.strip():
        raise typer.BadParameter("this names no folder; the one that you are in is .", param_hint="--output")
    return None if output is None else Path(output)


def _text(network: Network, backend: str, bundle: Bundle, contents: tuple[str, ...]) -> str:
    parameters = network.parameters()
    files = [(f"  {file}", content) for file, content in zip(bundle.files, contents, strict=True)]
    taken = _shapes(backend, {name: (1, *kind.shape) for name, kind in network.inputs.items()})
    strange = ", ".join(bundle.not_finite)
    parts = [
        f"{network.name} for {backend}: {parameters.total:,} parameters, {parameters.trainable:,} trainable",
        columns(files),
        "\n".join(left_over(bundle.checkpoint)) if bundle.checkpoint is not None else "",
        f"It ran on {bundle.device}: {taken} in, {_shapes(backend, bundle.outputs)} out, "
        f"{bundle.forward_seconds * 1000:.0f} ms the first time",
        f"Not finite: {strange} with NaN or infinity among the numbers" if strange else "",
    ]
    return "\n\n".join(filter(None, parts))


def _shapes(backend: str, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Batches by name, as the framework itself has their axes."""
    found = find_backend(backend)
    return ", ".join(f"{name} {shape_text(native_shape(found, shape))}" for name, shape in shapes.items())
