"""`archspec import`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from archspec.cli.advice import said
from archspec.cli.options import JsonOption
from archspec.cli.output import say, say_json
from archspec.files import check_apart, check_file, is_stream, write_text

ModelArgument = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A Keras model: .keras, a whole-model .h5, or its JSON.")
]
SpecOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="The spec to write, or else stdout.")
]


def import_command(model: ModelArgument, output: SpecOption = None, json_: JsonOption = False) -> None:
    r"""Write the spec of a Keras model.

    The spec is flat: the model's layers with their names, wiring and attributes, those left out that are the defaults.
    Inner models are groups. Layers that the language lacks are refused, all at once. Nothing in the file is executed.
    The weights of the file go with the spec: archspec weights convert MODEL --network FILE.

    Examples:
      python -c \
        "import keras; keras.applications.MobileNet(weights=None).save('m.keras')"
      archspec import m.keras
      archspec import m.keras -o net.yaml
      archspec import m.keras --json
    """
    from archspec.importing import read_document_of, spec_text

    if output is not None and not is_stream(output):
        check_file(output)
        check_apart((output,), (model,))
    document, notes = read_document_of(model)
    for note in notes:
        print(f"archspec: {said(note)}", file=sys.stderr)
    if json_:
        say_json(document)
    if output is not None:
        write_text(output, spec_text(document))
    elif not json_:
        say(spec_text(document).rstrip("\n"))
