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
    from archspec.training.predicting import Prediction

ImagesArgument = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Files of images.")]
MasksOption = Annotated[
    Path | None, typer.Option("--masks", metavar="FOLDER", help="Where to write the class of each pixel, as PNGs.")
]
TopOption = Annotated[
    int, typer.Option("--top", metavar="NUMBER", parser=whole_number(1), help="How many classes of each image.")
]


def predict_command(
    run: RunArgument,
    images: ImagesArgument,
    top: TopOption = 5,
    masks: MasksOption = None,
    device: DeviceOption = "auto",
    json_: JsonOption = False,
) -> None:
    """Predict the classes of images with the best weights of a run.

    An image is transformed as the recipe's validation data are. The most probable classes come first. A network of
    masks tells the share of the pixels of each class, and --masks writes IMAGE_mask.png, whose pixels are the indices
    of the classes.

    Examples:
      archspec train lenet --backend torch -o run --set epochs=1
      python -c "from PIL import Image; Image.new('L', (28, 28)).save('0.png')"
      archspec predict run 0.png
      archspec predict run 0.png --top 1
      archspec predict run 0.png --json
    """
    from archspec.cli.progress import running
    from archspec.training.predicting import predict_images, write_masks
    from archspec.training.runs import RunFolder

    with running(f"predicting by {run}"):
        predictions = predict_images(RunFolder(run), images, top, device=device)
        if masks is not None:
            write_masks(predictions, masks)
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
