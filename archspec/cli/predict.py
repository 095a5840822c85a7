"""`archspec predict`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.compile import DeviceOption
from archspec.cli.evaluate import RunArgument
from archspec.cli.options import JsonOption
from archspec.cli.output import say, say_json
from archspec.cli.table import columns
from archspec.cli.values import whole_number

if TYPE_CHECKING:
    from archspec.training.evaluating import Prediction

ImagesArgument = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Files of images.")]
TopOption = Annotated[
    int, typer.Option("--top", metavar="NUMBER", parser=whole_number(1), help="How many classes of each image.")
]


def predict_command(
    run: RunArgument,
    images: ImagesArgument,
    top: TopOption = 5,
    device: DeviceOption = "auto",
    json_: JsonOption = False,
) -> None:
    """Predict the classes of images with the best weights of a run.

    An image is transformed as the recipe's validation data are. The most probable classes come first.

    Examples:
      archspec predict lenet_torch_run seven.png
      archspec predict resnet18_torch_run images/*.jpg --top 1
      archspec predict resnet18_torch_run cat.jpg --json
    """
    from archspec.cli.progress import running
    from archspec.training.evaluating import predict_images
    from archspec.training.runs import RunFolder

    with running(f"predicting by {run}"):
        predictions = predict_images(RunFolder(run), images, top, device=device)
    if json_:
        say_json([_record(each) for each in predictions])
    else:
        say(columns([_row(each) for each in predictions]))


def _row(found: Prediction) -> tuple[str, ...]:
    if found.values:
        return str(found.image), " ".join(f"{value:.5g}" for value in found.values)
    return str(found.image), "  ".join(f"{name} {share:.1%}" for name, share in found.classes.items())


def _record(found: Prediction) -> dict[str, object]:
    if found.values:
        return {"image": str(found.image), "values": list(found.values)}
    classes = [{"class": name, "probability": share} for name, share in found.classes.items()]
    return {"image": str(found.image), "classes": classes}
