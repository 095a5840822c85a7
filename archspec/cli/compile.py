"""`archspec compile`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from archspec.cli.options import (
    InputOption,
    JsonOption,
    SeedOption,
    SetOption,
    SpecArgument,
    VariantOption,
    load_network,
)
from archspec.cli.table import shape_text


def compile_command(
    spec: SpecArgument,
    backend: Annotated[str, typer.Option("--backend", "-b", help="torch or tensorflow.")],
    variant: VariantOption = None,
    set_: SetOption = None,
    input_: InputOption = None,
    seed: SeedOption = 0,
    dtype: Annotated[str, typer.Option("--dtype", help="float32, float64, float16 or bfloat16.")] = "float32",
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The folder to write; NETWORK-BACKEND if not given.")
    ] = None,
    emit: Annotated[bool, typer.Option("--emit", help="Only print the source; needs no framework.")] = False,
    json_: JsonOption = False,
) -> None:
    """Compile a network to source and weights, load it and run it once.

    The folder has model.py, which runs by itself, the weights in the framework's own format, and network.json.

    archspec compile resnet50 --backend torch

    archspec compile lenet.yaml --backend tensorflow -o build/lenet

    archspec compile vgg.yaml --variant vgg16_bn --set classes=10 --backend torch

    archspec compile resnet50 --backend torch --emit > resnet50.py
    """
    network = load_network(spec, variant, set_, input_)
    if emit:
        sys.stdout.write(network.emit(backend))
        return
    from archspec.bundle import describe, write_bundle
    from archspec.cli.progress import working

    folder = output or Path(f"{network.name}-{backend}")
    with working(f"compiling {network.name} for {backend}"):
        bundle = write_bundle(network, backend, folder, seed=seed, dtype=dtype, device=device)
    parameters = network.parameters()
    lines = [
        f"{network.name}: {parameters.total:,} parameters, {parameters.trainable:,} trainable",
        f"  written  {', '.join(str(file) for file in bundle.files)}",
        f"  device   {bundle.device}",
        f"  built    in {bundle.build_seconds:.2f} s",
        f"  ran      in {bundle.forward_seconds * 1000:.0f} ms, one sample, first pass",
        *(f"  output   {name}: {shape_text(shape)}" for name, shape in bundle.outputs.items()),
    ]
    print("\n".join(lines), file=sys.stderr)
    if json_:
        record = describe(network, backend, seed=seed, dtype=dtype)
        print(
            json.dumps(
                {**record, "folder": str(bundle.folder), "files": [str(file) for file in bundle.files]}, indent=2
            )
        )
