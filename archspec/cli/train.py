"""`archspec train`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from archspec.cli.compile import BackendOption, DeviceOption
from archspec.cli.exits import INVALID
from archspec.cli.options import parse_settings
from archspec.cli.together import refuse
from archspec.cli.values import whole_number

_NO_FOLDER = "this names no folder; the one that you are in is ."
_ANY_NUMBER = "with --emit nothing is trained, and the program is the same for any number of devices"

RecipeArgument = Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe, or a network of the zoo or a spec.")]
RunOption = Annotated[
    str | None, typer.Option("--output", "-o", metavar="RUN", help="The run's folder, or else NETWORK_BACKEND_run.")
]
DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="SOURCE",
        help="mnist, digits, mnist1d, a folder of images, an .npz or .parquet file, or MODULE:FUNCTION, "
        "in place of the recipe's.",
    ),
]
ChangeOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A value of the recipe, as YAML; may be repeated."),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint of the run.")]
DevicesOption = Annotated[
    int,
    typer.Option(
        "--devices", metavar="N", parser=whole_number(1), help="How many devices of this machine train together."
    ),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Begin anew where a run is, and replace files that were changed.")
]
EmitOption = Annotated[bool, typer.Option("--emit", help="Write the program, and do not run it.")]


def train_command(
    recipe: RecipeArgument,
    backend: BackendOption,
    output: RunOption = None,
    data: DataOption = None,
    set_: ChangeOption = None,
    resume: ResumeOption = False,
    device: DeviceOption = "auto",
    devices: DevicesOption = 1,
    force: ForceOption = False,
    emit: EmitOption = False,
) -> None:
    """Train a network by a recipe.

    RECIPE is a YAML or JSON file; or a network, for the recipe that archspec has for its family, or else usual
    settings with --data.

    The folder RUN is a program that also runs by itself, `python RUN/train.py`: the network, the data, the loop and
    the framework's part, with the initial weights. Training adds checkpoints, metrics.csv, events for TensorBoard,
    curves.svg, the best weights, and model, the compiled network with these. Ctrl-C ends after the step, with a
    checkpoint. docs/training.md has the language of recipes.

    Examples:
      archspec train lenet --data mnist --backend torch --set epochs=1
      archspec train lenet -b tensorflow -o run --set epochs=1
      archspec train lenet -b tensorflow -o run --set epochs=1 --resume
      archspec train lenet -b torch -o program --emit
    """
    from archspec.cli.progress import running
    from archspec.training.choosing import choose_recipe
    from archspec.training.devices import devices_of
    from archspec.training.launching import INTERRUPTIONS
    from archspec.training.running import finish, run_program, task_of, write_run
    from archspec.training.runs import Unfinished
    from archspec.training.sources import source_of

    refuse(
        {
            "--output": output is not None and not output.strip() and _NO_FOLDER,
            "--devices": emit and devices > 1 and _ANY_NUMBER,
        }
    )
    written = choose_recipe(recipe, parse_settings(set_), None if data is None else source_of(data))
    task = task_of(written, backend, None if output is None else Path(output))
    together = devices_of(task.backend, task.plan.recipe, devices, device)
    with running(f"writing {task.run.path}"):
        write_run(task, resume=resume, force=force)
    program = task.run.path / "train.py"
    if emit:
        print(f"{program} trains {task.network.name}: python {program}", file=sys.stderr)
        return
    print(f"training {task.network.name} in {task.run.path}{together.told}", file=sys.stderr, flush=True)
    try:
        run_program(task, together, resume=resume, device=device)
    except Unfinished as error:
        print(f"archspec: {error}", file=sys.stderr)
        raise typer.Exit(error.code if error.code in INTERRUPTIONS else INVALID) from None
    with running(f"compiling {task.network.name} with the best weights"):
        finish(task)
    print(f"{task.run.path / 'model'} is the network with the best weights", file=sys.stderr)
