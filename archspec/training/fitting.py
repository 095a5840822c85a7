"""Whether a recipe's data, losses and metrics fit its network."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from archspec.ir import Axes, Graph, shown
from archspec.recipe.data import Folder
from archspec.recipe.document import Recipe
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy, Loss
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean
from archspec.training.data import class_names
from archspec.training.loop import monitored

_TARGETS: Mapping[type, tuple[str, ...]] = {
    CrossEntropy: ("label", "labels", "mask"),
    BinaryCrossEntropy: ("labels",),
}
"""The kinds of fields that a loss of classes compares with; the other losses take values and images."""

_NUMBERS = ("values", "image")


def check_data(
    recipe: Recipe, graph: Graph, losses: Mapping[str, Loss], reads: Mapping[str, str], place: Place, report: Report
) -> None:
    """Report inputs of another shape than the data's, targets of another kind, and other numbers of classes."""
    for name, field in reads.items():
        given = _shape(recipe, field)
        taken = graph.inputs[name].axes
        if given is not None and not _fits(given, taken):
            message = f"{graph.name} reads {name} of {shown(taken)}, and the data have {field} of {shown(given)}"
            hint = "a Resize for training and evaluation changes the images, and `inputs` the network"
            report.error("wrong-shape", message, place.inside("data").where, hint=hint)
    for output, loss in losses.items():
        around = place.inside("loss") if recipe.loss is not None else place.inside("losses", output)
        kind = recipe.data.kinds.get(loss.target)
        kinds = _TARGETS.get(type(loss), _NUMBERS)
        if kind is None:
            options = [*recipe.data.kinds]
            hint = did_you_mean(loss.target, options) or f"there are {', '.join(options)}"
            message = f"`target` is {loss.target!r}, and an example has no such field"
            report.error("no-such-name", message, around.inside("target").where, hint=hint)
        elif kind not in kinds:
            message = f"{loss.type} compares with {_or(kinds)}, and {loss.target} has the kind {kind}"
            report.error("wrong-kind", message, around.where)
        elif isinstance(loss, CrossEntropy):
            _check_classes(recipe, graph, output, loss, around, report)


def check_monitor(recipe: Recipe, place: Place, report: Report) -> None:
    """Report a monitored metric that is not in metrics.csv."""
    known = ["loss", *(f"validation_{name}" for name in ("loss", *recipe.metrics) if recipe.validates)]
    name = monitored(recipe)
    if name not in known:
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        message = f"`monitor` names {name!r}, and there is no such metric"
        report.error("no-such-name", message, place.inside("monitor").where, hint=hint)


def _check_classes(recipe: Recipe, graph: Graph, output: str, loss: CrossEntropy, place: Place, report: Report) -> None:
    """Report another number of classes than the output has."""
    classes = graph.outputs[output].type.channels
    names = class_names(recipe.data)
    if names is not None and recipe.data.kinds[loss.target] == "label" and len(names) != classes:
        message = f"the data have {len(names)} classes, and {output} of {graph.name} has {classes}"
        hint = f"network: {{spec: {recipe.network.spec}, params: {{classes: {len(names)}}}}}"
        report.error("wrong-classes", message, place.inside("data").where, hint=hint)
    if loss.class_weights and len(loss.class_weights) != classes:
        message = f"there are {len(loss.class_weights)} `class_weights`, and {output} has {classes} classes"
        report.error("wrong-classes", message, place.inside("class_weights").where)
    if loss.class_weights and recipe.data.mix is not None:
        message = f"an example of {recipe.data.mix.type} has several classes, so it has no class for `class_weights`"
        report.error("wrong-value", message, place.inside("class_weights").where)


def _shape(recipe: Recipe, field: str) -> Axes | None:
    """The shape of a field after the transforms of both phases; None if it is not known."""
    data = recipe.data
    if data.kinds[field] != "image" and data.source.shape is None:
        return None
    if data.kinds[field] != "image":
        return data.source.shape
    known = data.source.shape[-1] if data.source.shape else None
    channels = data.source.channels if isinstance(data.source, Folder) else known
    size = data.training_size
    return None if size is None or channels is None else (*size, channels)


def _fits(given: Axes, taken: Axes) -> bool:
    return len(given) == len(taken) and all(b is None or a is None or a == b for a, b in zip(given, taken, strict=True))


def _or(words: Collection[str]) -> str:
    *several, last = words
    return f"{', '.join(several)} or {last}" if several else last
