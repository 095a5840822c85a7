"""The options for reading a checkpoint, and the notes about it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from archspec.advice import Message
from archspec.cli.advice import said
from archspec.errors import SpecError
from archspec.files import open_now

if TYPE_CHECKING:
    from archspec.checkpoints import CheckpointOptions

WeightsOption = Annotated[
    Path | None, typer.Option("--weights", metavar="FILE", help="A checkpoint of PyTorch's, Keras's or archspec's.")
]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", metavar="FILE", help="YAML that says by hand what is what: `conv1: features.0`."),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="Where in the file the weights are: model_ema, models.generator."),
]
OnlyMatchingOption = Annotated[
    bool, typer.Option("--only-matching", help="Take what matches; the rest of the network is drawn.")
]
ByOrderOption = Annotated[
    bool, typer.Option("--by-order", help="Take equal layers in the file's order if nothing else tells them apart.")
]

NO_CHECKPOINT = "a checkpoint has to be there: --weights FILE"
"""The reason to refuse options of checkpoints without a checkpoint."""


def checkpoint_options(
    map_: Path | None, key: str | None, by_order: bool, only_matching: bool = False
) -> CheckpointOptions:
    """The values of these options; raises as `read_names` does."""
    from archspec.checkpoints import CheckpointOptions

    return CheckpointOptions(read_names(map_), key, only_matching, by_order)


def read_names(path: Path | None) -> dict[str, str]:
    """The names in a file of `--map`, which remember their places there.

    Raises `SpecError` for a file that is not YAML, `OSError` for a missing file.
    """
    from archspec.source import load_source, read_document

    if path is None:
        return {}
    open_now(path).close()  # a missing file is no fault of YAML
    source = load_source(path)
    found, faults = read_document(source, json=False)
    if faults and faults[0].code not in {"no-document", "empty-document"}:
        raise SpecError(faults)
    if not isinstance(found, dict) or not all(isinstance(name, str) for pair in found.items() for name in pair):
        raise typer.BadParameter(f"{path} should have lines like `conv1: features.0`", param_hint="--map")
    return cast("dict[str, str]", found)


@contextmanager
def unwarned() -> Iterator[None]:
    """Silences Python's warnings about checkpoints: commands print the notes in their own words."""
    from archspec.checkpoints import CheckpointWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckpointWarning)
        yield


def tell(notes: Iterable[Message]) -> None:
    """Prints the notes about a checkpoint on stderr."""
    for note in notes:
        print(f"archspec: {said(note)}", file=sys.stderr)
