"""Whether a recipe's data, losses and metrics fit its network."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from pathlib import Path

from archspec.ir import Axes, Graph, shown
from archspec.recipe.data import Folder
from archspec.recipe.document import Recipe
from archspec.recipe.losses import CrossEntropy, Loss
from archspec.recipe.schedules import Exponential, Milestones
from archspec.recipe.source import Kind, Source
from archspec.recipe.transforms import Filled, Sides
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean
from archspec.training.classes import class_names, folders_in, named_field, other_class
from archspec.training.loop import monitored

_INDICES = ("label", "mask")
"""The kinds of targets that are indices of classes."""

_OF_CLASSES = ("accuracy", "top_5_accuracy")
"""The metrics of classes; the others are of values and images."""

_FIVE = 5

_LARGEST_EXPONENT = math.log(3.4e38)
"""The logarithm of the largest number of float32."""


def check_data(
    recipe: Recipe, graph: Graph, losses: Mapping[str, Loss], reads: Mapping[str, str], place: Place, report: Report
) -> None:
    """Report inputs and targets of other shapes and kinds than the network's, and metrics of other targets."""
    if _lacks_folders(recipe, place, report):
        return
    for name, field in reads.items():
        _check_input(recipe, graph, name, field, place, report)
    fitting = [output for output, loss in losses.items() if _check_kind(recipe, output, loss, place, report)]
    shapes: dict[str, Axes] = {}
    counts: dict[str, int | None] = {}
    for output in fitting:
        loss, around = losses[output], _place_of(recipe, output, place)
        taken, classes = _target_shape(recipe, graph, output, loss), _count_classes(graph, output)
        message = f"{output} is compared with {loss.target} of {{}}, and another output with {loss.target} of {{}}"
        if not _fits(taken, shapes.setdefault(loss.target, taken)):
            report.error("wrong-shape", message.format(shown(taken), shown(shapes[loss.target])), around.where)
        elif loss.OF_CLASSES and counts.setdefault(loss.target, classes) != classes:
            told = message.format(f"{classes} classes", f"{counts[loss.target]} classes")
            report.error("wrong-classes", told, around.where)
        _check_target(recipe, graph, output, loss, around, report)
        if loss.OF_CLASSES:
            _check_classes(recipe, graph, output, loss, place, report)
        if isinstance(loss, CrossEntropy) and loss.class_weights:
            _check_class_weights(recipe, graph, output, loss, around.inside("class_weights"), report)
    if losses and next(iter(losses)) in fitting:
        _check_metrics(recipe, graph, *next(iter(losses.items())), place, report)
    other = other_class(recipe.data) if any(loss.OF_CLASSES for loss in losses.values()) else None
    if other is not None:
        report.error("wrong-classes", other, place.inside("data", "validation").where)
    _check_steps(recipe, place, report)


def _lacks_folders(recipe: Recipe, place: Place, report: Report) -> bool:
    """Report folders of images that are missing, or that have no folder for a class."""
    lacks = False
    for key, source in (("source", recipe.data.source), ("validation", recipe.data.validation)):
        if isinstance(source, Folder) and source.classes is None:
            where = place.inside("data", key, "path").where
            if not Path(source.path).is_dir():
                message = f"there is no folder {source.path}"
            elif not folders_in(source.path):
                message = f"{source.path} has no folders: the images of each class are in a folder of its own"
            else:
                continue
            report.error("no-such-file", message, where)
            lacks = True
    return lacks


def _place_of(recipe: Recipe, output: str, place: Place) -> Place:
    """The place of an output's loss."""
    return place.inside("loss") if recipe.loss is not None else place.inside("losses", output)


def _check_input(recipe: Recipe, graph: Graph, name: str, field: str, place: Place, report: Report) -> None:
    """Report an input of classes, or of another shape than the data's in training or evaluation."""
    kind = recipe.data.kinds[field]
    if kind in _INDICES:
        message = f"{graph.name} reads {name} from {field}, whose kind {kind} is for targets only"
        where = place.inside("inputs", name) if name in recipe.inputs else place.inside("data")
        report.error("wrong-kind", message, where.where)
        return
    taken = graph.inputs[name].axes
    for given, phase in _shapes(recipe, field).items():
        if not _fits(given, taken):
            message = f"{graph.name} reads {name} of {shown(taken)}, and the data have {field} of {shown(given)}{phase}"
            hint = "a Resize for training and evaluation changes the images, and `inputs` the network"
            report.error("wrong-shape", message, place.inside("data").where, hint=hint)


def _check_kind(recipe: Recipe, output: str, loss: Loss, place: Place, report: Report) -> bool:
    """Whether the loss can compare with its target; what is wrong goes into the report."""
    around = _place_of(recipe, output, place)
    kind = recipe.data.kinds.get(loss.target)
    kinds = loss.TARGETS
    if kind is None:
        options = [*recipe.data.kinds]
        fitting = [name for name, own in recipe.data.kinds.items() if own in kinds]
        known = (
            f"{{type: {loss.type}, target: {fitting[0]}}}" if len(fitting) == 1 else f"there are {', '.join(options)}"
        )
        hint = did_you_mean(loss.target, options) or known
        message = f"`target` is {loss.target!r}, and an example has no such field"
        report.error("no-such-name", message, around.inside("target").where, hint=hint)
    elif kind not in kinds:
        message = f"{loss.type} compares with {_or(kinds)}, and {loss.target} has the kind {kind}"
        report.error("wrong-kind", message, around.where)
    return kind in kinds


def _check_target(recipe: Recipe, graph: Graph, output: str, loss: Loss, place: Place, report: Report) -> None:
    """Report a target of another shape than the output's."""
    taken = _target_shape(recipe, graph, output, loss)
    for given, phase in _shapes(recipe, loss.target).items():
        if not _fits(given, taken):
            message = (
                f"{output} of {graph.name} is compared with a target of {shown(taken)}, "
                f"and the data have {loss.target} of {shown(given)}{phase}"
            )
            report.error("wrong-shape", message, place.where)


def _target_shape(recipe: Recipe, graph: Graph, output: str, loss: Loss) -> Axes:
    """The shape of an output's target: classes by their indices have no axis of the classes."""
    axes = graph.outputs[output].type.axes
    return axes[:-1] if recipe.data.kinds[loss.target] in _INDICES else axes


def check_monitor(recipe: Recipe, place: Place, report: Report) -> None:
    """Report a monitored metric that is not in metrics.csv."""
    known = ["loss", *(f"validation_{name}" for name in ("loss", *recipe.metrics) if recipe.validates)]
    name = monitored(recipe)
    if name not in known:
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        message = f"`monitor` names {name!r}, and there is no such metric"
        report.error("no-such-name", message, place.inside("monitor").where, hint=hint)


def _check_classes(recipe: Recipe, graph: Graph, output: str, loss: Loss, place: Place, report: Report) -> None:
    """Report another number of classes than the output has, and a single one, whose cross-entropy is always 0."""
    classes = _count_classes(graph, output)
    if isinstance(loss, CrossEntropy) and classes == 1:
        message = f"{output} of {graph.name} has one class, and the cross-entropy of one class is always 0"
        hint = "two classes or more; BinaryCrossEntropy compares one logit with `labels`"
        report.error("wrong-classes", message, _place_of(recipe, output, place).where, hint=hint)
    names = class_names(recipe.data) if loss.target == named_field(recipe.data) else None
    if names is not None and len(names) != classes:
        message = f"the data have {len(names)} classes, and {output} of {graph.name} has {classes}"
        hint = f"network: {{spec: {recipe.network.spec}, params: {{classes: {len(names)}}}}}"
        report.error("wrong-classes", message, place.inside("data").where, hint=hint)
    if recipe.data.kinds[loss.target] == "mask":
        _check_mask_values(recipe, output, classes, place.inside("data", "transforms"), report)


def _check_mask_values(recipe: Recipe, output: str, classes: int | None, place: Place, report: Report) -> None:
    """Report pixels outside of an image that become no class of a mask."""
    for phase in ("training", "evaluation"):
        for index, transform in enumerate(getattr(recipe.data.transforms, phase)):
            if isinstance(transform, Filled) and classes is not None and transform.mask_value >= classes:
                message = f"`mask_value` is {transform.mask_value}, and the classes of {output} are 0 to {classes - 1}"
                report.error("wrong-value", message, place.inside(phase, index, "mask_value").where)


def _check_class_weights(
    recipe: Recipe, graph: Graph, output: str, loss: CrossEntropy, place: Place, report: Report
) -> None:
    """Report weights that are not one for each class, or targets that are not one class."""
    classes = _count_classes(graph, output)
    if len(loss.class_weights) != classes:
        message = f"there are {len(loss.class_weights)} `class_weights`, and {output} has {classes} classes"
        report.error("wrong-classes", message, place.where)
    if recipe.data.mix is not None:
        message = f"an example of {recipe.data.mix.type} has several classes, so it has no class for `class_weights`"
        report.error("wrong-value", message, place.where)
    elif recipe.data.kinds[loss.target] == "labels":
        message = f"{loss.target} has a probability for each class, so an example has no class for `class_weights`"
        report.error("wrong-value", message, place.where)


def _check_metrics(recipe: Recipe, graph: Graph, output: str, loss: Loss, place: Place, report: Report) -> None:
    """Report metrics without data for validation, and those that the first loss's target does not have."""
    if recipe.metrics and not recipe.validates:
        message = "`metrics` are over the validation data, and there are none"
        report.error("wrong-value", message, place.key("metrics"), hint="data: {validation: 0.2} takes a fifth")
    kind = recipe.data.kinds[loss.target]
    classes = _count_classes(graph, output)
    for index, metric in enumerate(recipe.metrics):
        where = place.inside("metrics", index).where
        if metric in _OF_CLASSES and kind not in _INDICES:
            message = f"{metric} needs a target of the kind {_or(_INDICES)}, and {loss.target} has the kind {kind}"
            report.error("wrong-value", message, where)
        elif metric not in _OF_CLASSES and loss.OF_CLASSES:
            message = f"{metric} is for losses of values and images, and the first loss is {loss.type}"
            report.error("wrong-value", message, where)
        elif metric == "top_5_accuracy" and classes is not None and classes < _FIVE:
            message = f"{metric} needs {_FIVE} classes, and {output} of {graph.name} has {classes}"
            report.error("wrong-value", message, where)


def _check_steps(recipe: Recipe, place: Place, report: Report) -> None:
    """Report parts of a step without examples, and rates too large for a weight."""
    if recipe.accumulate > recipe.batch_size:
        message = f"a batch of {recipe.batch_size} has too few examples for {recipe.accumulate} parts"
        report.error("wrong-value", message, place.inside("accumulate").where)
    schedule = recipe.schedule
    exponent = 0.0
    if isinstance(schedule, Exponential) and recipe.epochs is not None:
        exponent = recipe.epochs / schedule.epochs * math.log(schedule.factor)
    elif isinstance(schedule, Milestones) and not isinstance(schedule.factor, tuple):
        exponent = len(schedule.epochs) * math.log(schedule.factor)
    if exponent + math.log(recipe.optimizer.learning_rate) > _LARGEST_EXPONENT:
        message = "by the last epoch the learning rate is larger than float32 can hold"
        report.error("wrong-value", message, place.inside("schedule", "factor").where)


def _shapes(recipe: Recipe, field: str) -> Mapping[Axes, str]:
    """The shapes of a field after the transforms, with words for the phase if there are several; none if unknown."""
    data = recipe.data
    training = _shape(data.source, data.kinds[field], data.source.kinds, data.training_size)
    evaluation = _shape(data.validated, data.kinds[field], data.validated.kinds, data.evaluation_size)
    if training == evaluation:
        return {} if training is None else {training: ""}
    return {
        shape: f" for {phase}"
        for shape, phase in ((training, "training"), (evaluation, "evaluation"))
        if shape is not None
    }


def _shape(source: Source, kind: Kind, kinds: Mapping[str, Kind], size: Sides | None) -> Axes | None:
    """The shape of a source's field of this kind, whose images have a size after the transforms; None if unknown."""
    if kind == "label":
        return ()
    if kind == "mask":
        return size
    if kind != "image":
        return source.shape if "image" not in kinds.values() else None
    channels = source.image_channels
    return None if size is None and channels is None else (*(size or (None, None)), channels)


def _count_classes(graph: Graph, output: str) -> int | None:
    """The number of classes of an output, its last axis; None if it is not known."""
    axes = graph.outputs[output].type.axes
    return axes[-1] if axes else 1


def _fits(given: Axes, taken: Axes) -> bool:
    return len(given) == len(taken) and all(b is None or a is None or a == b for a, b in zip(given, taken, strict=True))


def _or(words: Collection[str]) -> str:
    *several, last = words
    return f"{', '.join(several)} or {last}" if several else last
