"""`archspec evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archspec.cli.compile import DeviceOption
from archspec.cli.options import JsonOption
from archspec.cli.output import say, say_json
from archspec.cli.train import DataOption

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `archspec train` wrote.")]


def evaluate_command(
    run: RunArgument, data: DataOption = None, device: DeviceOption = "auto", json_: JsonOption = False
) -> None:
    """Evaluate the best weights of a run.

    The loss and the metrics are means over the recipe's validation data, or over all examples of --data, after the
    recipe's transforms for evaluation.

    Examples:
      archspec train lenet --backend torch -o run --set epochs=1
      archspec evaluate run
      archspec evaluate run --data mnist
      archspec evaluate run --json
    """
    from archspec.cli.progress import running
    from archspec.training.evaluating import evaluate_run
    from archspec.training.runs import RunFolder
    from archspec.training.sources import source_of

    source = None if data is None else source_of(data)
    with running(f"evaluating {run}"):
        scores = evaluate_run(RunFolder(run), source, device=device)
    if json_:
        say_json(scores)
    else:
        say("\n".join(f"{name} {value:.4g}" for name, value in scores.items()))
