"""The program: its commands, and the reports and exit codes of errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from inspect import cleandoc
from pathlib import Path

import typer

from archspec.cli.advice import said
from archspec.cli.bench import bench_command
from archspec.cli.compile import compile_command
from archspec.cli.evaluate import evaluate_command
from archspec.cli.exits import BACKEND_MISSING, BUG, INVALID, MEANINGS, NO_MEMORY, USAGE, code_of
from archspec.cli.export import export_command
from archspec.cli.import_ import import_command
from archspec.cli.list import list_command
from archspec.cli.once import OnceCommand
from archspec.cli.parity import parity_command
from archspec.cli.predict import predict_command
from archspec.cli.show import show_command
from archspec.cli.train import train_command
from archspec.cli.validate import validate_command
from archspec.cli.weights import WEIGHTS_COMMANDS, weights_group
from archspec.errors import ArchspecError, BackendMissingError, Diagnostic, EmitError, OutOfMemoryError, SpecError

app = typer.Typer(
    help="Declare a network once; compile it to PyTorch and TensorFlow; prove that both are the same.",
    epilog="\n".join(
        ["Each command's --help has examples.", "", "\b", "Exit codes:"]
        + [f"  {code:<4} {meaning}" for code, meaning in MEANINGS.items()]
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: Mapping[str, Callable[..., None]] = {
    "compile": compile_command,
    "train": train_command,
    "evaluate": evaluate_command,
    "predict": predict_command,
    "parity": parity_command,
    "bench": bench_command,
    "weights": weights_group,
    "export": export_command,
    "import": import_command,
    "validate": validate_command,
    "show": show_command,
    "list": list_command,
}
GROUPS: Mapping[str, Mapping[str, Callable[..., None]]] = {"weights": WEIGHTS_COMMANDS}
"""The commands with subcommands."""


def _help(command: Callable[..., None]) -> str:
    """A command's help. The lines after the mark are not wrapped: they are examples."""
    return cleandoc(command.__doc__ or "").replace("Examples:", "\b\nExamples:")


def _add(program: typer.Typer, name: str, command: Callable[..., None]) -> None:
    if name not in GROUPS:
        program.command(name, help=_help(command), cls=OnceCommand)(command)
        return
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for own, each in GROUPS[name].items():
        group.command(own, help=_help(each), cls=OnceCommand)(each)
    group.callback(help=_help(command))(command)
    program.add_typer(group, name=name)


for _name, _command in COMMANDS.items():
    _add(app, _name, _command)


@app.callback(invoke_without_command=True)
def _program(version: bool = typer.Option(False, "--version", help="Say which version this is.")) -> None:
    if version:
        from archspec.bundle import archspec_version

        typer.echo(f"archspec {archspec_version()}")
        raise typer.Exit


def run() -> None:
    """Runs the program; an error ends the process with its exit code."""
    if (Path(__file__).parents[1] / "cpu").is_dir():
        print(
            "archspec: PyPI's other archspec, which names processors, is installed in the same place: "
            "pip uninstall archspec, then install archspec-nn again",
            file=sys.stderr,
        )
        sys.exit(USAGE)
    try:
        app()
    except Exception as error:  # the last resort: a user never sees a traceback unless asked for
        if os.environ.get("ARCHSPEC_DEBUG"):
            raise
        sys.exit(_report(error))


def _report(error: Exception) -> int:
    """Prints an error on stderr and returns its exit code."""
    match error:
        case SpecError():
            from archspec.cli.report import report

            report(error.diagnostics)
            return code_of(error.diagnostics)
        case EmitError():
            from archspec.cli.report import report

            report(error.diagnostics)
            return INVALID
        case BackendMissingError():
            print(f"archspec: {error}", file=sys.stderr)
            return BACKEND_MISSING
        case MemoryError() | OutOfMemoryError():
            print(f"archspec: {said(error) or 'there is not enough memory'}", file=sys.stderr)
            return NO_MEMORY
        case ArchspecError():
            _report_refusal(error)
            return INVALID
        case OSError():
            reason = said(error.strerror or str(error))
            print(f"archspec: {error.filename}: {reason}" if error.filename else f"archspec: {reason}", file=sys.stderr)
            return USAGE
    print(f"archspec: a bug of archspec, please report it: {type(error).__name__}: {said(error)}", file=sys.stderr)
    print("archspec: ARCHSPEC_DEBUG=1 shows where it happened", file=sys.stderr)
    return BUG


def _report_refusal(error: ArchspecError) -> None:
    """Prints a refusal; faults of a map are shown at their lines."""
    from archspec.checkpoints import MapError

    if isinstance(error, MapError):
        from archspec.cli.report import report
        from archspec.source import locate

        faults = [
            Diagnostic("wrong-map", reason, locate(error.names, [name], key=True)) for name, reason in error.faults
        ]
        report(faults)
    else:
        print(f"archspec: {said(error)}", file=sys.stderr)
