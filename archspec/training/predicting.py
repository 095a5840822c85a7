"""The predictions of a run's best weights for images."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from errno import EEXIST
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from archspec.ir import shown
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy
from archspec.recipe.plan import Plan
from archspec.training.program import data_faults
from archspec.training.runs import RunError, RunFolder
from archspec.training.trained import Trained

_BYTE = 256
"""The number of values of a pixel of 8 bits."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The classes of one image with their probabilities, the most probable first; or values, of a regression.

    Of a network that tells the class of each pixel, the classes are those of most pixels with their shares of the
    image, and `mask` has the index of each pixel's class (height, width).
    """

    image: Path
    classes: Mapping[str, float]
    values: tuple[float, ...] = ()
    mask: np.ndarray | None = field(default=None, compare=False, repr=False)


def predict_images(run: RunFolder, images: Sequence[Path], top: int = 5, *, device: str = "auto") -> list[Prediction]:
    """The best weights' predictions for images. Raises `OSError` or `RunError` for an image that cannot be taken."""
    trained = Trained(run)
    with trained.program():
        data = import_module("data")
        if not hasattr(data, "prepare"):
            raise RunError(f"the network of {run.path} does not read one image, so there is no prediction for one")
        model = trained.model(device)
        found = []
        for path in images:
            example = _example(path, data, trained.plan)
            found.append(_prediction(path, trained.output(model, example), trained.classes, trained.plan, top))
        return found


def write_masks(predictions: Sequence[Prediction], folder: Path) -> list[Path]:
    """Write the mask of each image as a PNG, whose pixels are the indices of the classes.

    The file of `street.jpg` is `street_mask.png`. Raises `RunError` for predictions without a mask, and `OSError` for
    a file that is there already.
    """
    files = [folder / f"{each.image.stem}_mask.png" for each in predictions]
    masks = [each.mask for each in predictions if each.mask is not None]
    if len(masks) < len(files):
        raise RunError("the network does not predict the class of each pixel, so there are no masks to write")
    for index, file in enumerate(files):
        if file in files[:index] or os.path.lexists(file):
            raise FileExistsError(EEXIST, os.strerror(EEXIST), str(file))
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for mask, file in zip(masks, files, strict=True):
        Image.fromarray(mask.astype(np.uint8 if mask.max() < _BYTE else np.uint16)).save(file)
    return files


def _example(path: Path, data: ModuleType, plan: Plan) -> Mapping[str, np.ndarray]:
    """The example of an image's file, as the network takes it."""
    from archspec.training.helpers.decoding import open_image

    try:
        with open_image(path) as image:
            image.load()
    except Exception as error:  # Pillow raises any for a damaged file
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise OSError(f"{path} cannot be read as an image: {error}") from error
    with data_faults(data, path):
        example: Mapping[str, np.ndarray] = data.prepare(image)
    for name, own in plan.reads.items():
        given, axes = example[own].shape, plan.graph.inputs[name].axes
        if len(given) != len(axes) or any(b not in (a, None) for a, b in zip(given, axes, strict=True)):
            raise RunError(f"{path} has {own} of {shown(given)}, and {plan.graph.name} takes {shown(axes)}")
    return example


def _prediction(path: Path, output: np.ndarray, classes: Sequence[str], plan: Plan, top: int) -> Prediction:
    loss = next(iter(plan.losses.values()))
    values = np.asarray(output, np.float64)
    mask = None
    if isinstance(loss, CrossEntropy) and plan.recipe.data.kinds[loss.target] == "mask":
        mask = values.argmax(-1)
        values = np.bincount(mask.ravel(), minlength=values.shape[-1]) / mask.size
    elif isinstance(loss, CrossEntropy) and values.ndim == 1:
        values = np.exp(values - values.max())
        values /= values.sum()
    elif isinstance(loss, BinaryCrossEntropy) and values.ndim == 1:
        values = 1 / (1 + np.exp(-values))
    else:
        return Prediction(path, {}, tuple(values.ravel().tolist()))
    order = [index for index in np.argsort(-values, kind="stable")[:top] if mask is None or values[index] > 0]
    return Prediction(path, {classes[index]: float(values[index]) for index in order}, mask=mask)
