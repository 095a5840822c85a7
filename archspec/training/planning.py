"""A recipe and its network as a `Plan`: names of the recipe are looked up in the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from archspec.errors import Diagnostic, SpecError
from archspec.ir import Graph, Node, WeightSpec
from archspec.network import Network
from archspec.passes import run, to_logits
from archspec.reading import load
from archspec.recipe.document import Recipe
from archspec.recipe.losses import BinaryCrossEntropy, CrossEntropy, Loss
from archspec.recipe.optimizers import Penalty
from archspec.recipe.plan import Penalised, Plan
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean
from archspec.weights import canonical_name

_OF_LOGITS = {CrossEntropy: "softmax", BinaryCrossEntropy: "sigmoid"}
"""The losses of logits, with the kind of output that has these logits before it."""

_NOT_IN_SPECS = frozenset((".yaml", ".yml", ".json"))


def network_of(recipe: Recipe, folder: Path) -> Network:
    """The recipe's network. A path of a spec is relative to the recipe's folder. Raises `SpecError`."""
    wanted = recipe.network
    is_file = Path(wanted.spec).suffix in _NOT_IN_SPECS
    return load(
        folder / wanted.spec if is_file else wanted.spec,
        variant=wanted.variant,
        params=wanted.params,
        inputs=wanted.inputs,
    )


def plan(recipe: Recipe, network: Network) -> Plan:
    """The training of the network by the recipe. Raises `SpecError` with all names that do not fit."""
    report = Report()
    losses = _losses(recipe, network.graph, report)
    reads = _reads(recipe, network.graph, report)
    logits = [name for name, loss in losses.items() if type(loss) in _OF_LOGITS and name in network.graph.outputs]
    graph, _ = to_logits(network.graph, logits)
    frozen = _frozen(recipe, graph, report)
    trained = {
        canonical_name(node, weight): (node, weight)
        for node, weight in graph.owned_weights()
        if weight.trainable and canonical_name(node, weight) not in frozen
    }
    decay = recipe.optimizer.weight_decay
    decayed = {name for name, own in trained.items() if decay is not None and _role(*own) not in decay.excluded}
    penalised = tuple(_penalised(each, trained, graph, report) for each in recipe.regularizers)
    if report.failed:
        raise SpecError(report.told)
    fixed = recipe.freeze.paths if recipe.freeze is not None and recipe.freeze.statistics == "fixed" else ()
    return Plan(
        recipe, run(graph), reads, losses, frozenset(trained), frozenset(frozen), fixed, frozenset(decayed), penalised
    )


def _losses(recipe: Recipe, graph: Graph, report: Report) -> Mapping[str, Loss]:
    """The losses by output."""
    if recipe.loss is not None:
        if len(graph.outputs) > 1:
            names = ", ".join(graph.outputs)
            hint = f"give `losses` by output, {names}: an output without one is not trained"
            report.error(
                "which-output", f"{graph.name} has the outputs {names}, and there is one `loss`", None, hint=hint
            )
        return {next(iter(graph.outputs)): recipe.loss}
    for name in recipe.losses.keys() - graph.outputs.keys():
        _unknown(report, "losses", name, "output", graph.outputs)
    return recipe.losses


def _reads(recipe: Recipe, graph: Graph, report: Report) -> Mapping[str, str]:
    """The field of an example that each input reads: that of its name, or the only one that is no target."""
    for name in recipe.inputs.keys() - graph.inputs.keys():
        _unknown(report, "inputs", name, "input", graph.inputs)
    fields = recipe.data.kinds
    usual = [name for name, kind in fields.items() if kind == "image"] or [*fields]
    found = {}
    for name in graph.inputs:
        field = recipe.inputs.get(name, name if name in fields else usual[0])
        if field not in fields:
            _unknown(report, "inputs", field, "field of an example", fields)
        found[name] = field
    for loss in _losses(recipe, graph, Report()).values():
        if loss.target not in fields:
            _unknown(report, "target", loss.target, "field of an example", fields)
    return found


def _frozen(recipe: Recipe, graph: Graph, report: Report) -> set[str]:
    """The canonical names of the weights at or below the frozen paths."""
    paths = recipe.freeze.paths if recipe.freeze is not None else ()
    found = set()
    for path in paths:
        below = {
            canonical_name(node, weight)
            for node, weight in graph.owned_weights()
            if weight.trainable and _is_below(node.path, path)
        }
        if not below:
            _unknown(report, "freeze", path, "path of layers with weights", (node.path for node in graph.nodes))
        found |= below
    return found


def _penalised(
    penalty: Penalty, trained: Mapping[str, tuple[Node, WeightSpec]], graph: Graph, report: Report
) -> Penalised:
    """The kernels with this penalty."""
    chosen = frozenset(
        name
        for name, (node, weight) in trained.items()
        if weight.role == "kernel"
        and (not penalty.layers or type(node.layer).__name__ in penalty.layers)
        and (not penalty.paths or any(_is_below(node.path, path) for path in penalty.paths))
    )
    if not chosen:
        message = f"no trained kernel of {graph.name} is in this penalty's layers and paths"
        report.add(Diagnostic("no-such-path", message))
    return Penalised(penalty.type, penalty.rate, chosen)


def _role(node: Node, weight: WeightSpec) -> str:
    """The word of a recipe for a weight's role."""
    if node.layer.normalisation(len(node.reads[0].axes) + 1) is not None:
        return "norm"
    return "bias" if weight.slot.endswith("bias") else "kernel"


def _is_below(path: str, scope: str) -> bool:
    return path == scope or path.startswith(f"{scope}.")


def _unknown(report: Report, key: str, name: str, what: str, known: Iterator[str] | Mapping[str, object]) -> None:
    options = [*known]
    hint = did_you_mean(name, options) or f"there are {', '.join(options[:10])}"
    report.error("no-such-name", f"`{key}` names {name!r}, and there is no such {what}", None, hint=hint)
