"""A recipe and its network as a `Plan`: names of the recipe are looked up in the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from archspec.errors import ArchspecError, SpecError, Where
from archspec.ir import Graph, Node, WeightSpec
from archspec.network import Network
from archspec.passes import recompute, restrict, run, to_logits
from archspec.reading import load
from archspec.recipe.document import Recipe
from archspec.recipe.losses import Loss
from archspec.recipe.plan import Penalised, Plan
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean
from archspec.training.fitting import check_data, check_monitor
from archspec.training.reading import WrittenRecipe
from archspec.weights import canonical_name

_SPECS = frozenset((".yaml", ".yml", ".json"))
"""The endings of spec files; any other text is a network of the zoo."""


def network_of(written: WrittenRecipe) -> Network:
    """The recipe's network. A path of a spec is relative to the recipe's folder. Raises `SpecError`."""
    wanted = written.recipe.network
    is_file = Path(wanted.spec).suffix in _SPECS
    return load(
        written.folder / wanted.spec if is_file else wanted.spec,
        variant=wanted.variant,
        params=wanted.params,
        inputs=wanted.inputs,
    )


def plan(written: WrittenRecipe, network: Network) -> Plan:
    """The training of the network by the recipe. Raises `SpecError` with all faults at their places."""
    recipe = written.recipe
    looked_up = _Names(recipe, network.graph, written.place)
    losses, reads = looked_up.losses(), looked_up.reads()
    logits = [name for name, loss in losses.items() if loss.OF_CLASSES]
    graph, _ = to_logits(network.graph, logits)
    frozen = looked_up.frozen() | _unread(graph, losses)
    trained = {
        canonical_name(node, weight): (node, weight)
        for node, weight in graph.owned_weights()
        if weight.trainable and canonical_name(node, weight) not in frozen
    }
    penalised = looked_up.penalised(trained)
    check_data(recipe, network.graph, losses, reads, written.place, looked_up.report)
    check_monitor(recipe, written.place, looked_up.report)
    if looked_up.report.failed:
        raise SpecError(looked_up.report.told)
    decay = recipe.optimizer.weight_decay
    decayed = {name for name, own in trained.items() if decay is not None and _role(*own) not in decay.excluded}
    fixed = recipe.freeze.paths if recipe.freeze is not None and recipe.freeze.statistics == "fixed" else ()
    statistics = {
        canonical_name(node, weight)
        for node, weight in graph.owned_weights()
        if not weight.trainable and any(_is_below(node.path, path) for path in fixed)
    }
    return Plan(
        recipe,
        run(_recomputing(graph, written) if recipe.recompute else graph),
        reads,
        losses,
        frozenset(trained),
        frozenset(frozen),
        frozenset(statistics),
        frozenset(decayed),
        penalised,
    )


def _recomputing(graph: Graph, written: WrittenRecipe) -> Graph:
    """The network that needs less memory. Raises `SpecError` if no block of it saves any."""
    try:
        return recompute(graph)
    except ArchspecError as error:
        report = Report()
        report.error("wrong-value", str(error), written.place.inside("recompute").where)
        raise SpecError(report.told) from None


def _unread(graph: Graph, losses: Mapping[str, Loss]) -> set[str]:
    """The trainable weights that no output with a loss depends on."""
    known = [graph.outputs[name] for name in losses if name in graph.outputs]
    if not known:
        return set()
    read = {canonical_name(*own) for own in restrict(graph, known).owned_weights()}
    return {canonical_name(*own) for own in graph.owned_weights() if own[1].trainable} - read


class _Names:
    """Looks the names of a recipe up in its network; those that there are not go into the report."""

    def __init__(self, recipe: Recipe, graph: Graph, place: Place) -> None:
        self._recipe = recipe
        self._graph = graph
        self._place = place
        self.report = Report()

    def losses(self) -> Mapping[str, Loss]:
        """The losses by output, without those of unknown outputs."""
        outputs = self._graph.outputs
        if self._recipe.loss is not None:
            if len(outputs) > 1:
                names = ", ".join(outputs)
                message = f"{self._graph.name} has the outputs {names}, and there is one `loss`"
                hint = "give `losses` by output; an output without one is not trained"
                self.report.error("which-output", message, self._place.key("loss"), hint=hint)
            return {next(iter(outputs)): self._recipe.loss}
        for name in self._recipe.losses.keys() - outputs.keys():
            self._unknown("losses", name, "output", outputs, self._place.inside("losses", name).own_key)
        return {name: loss for name, loss in self._recipe.losses.items() if name in outputs}

    def reads(self) -> Mapping[str, str]:
        """The field that each input reads: that of its name. An only input may read the first image, or field.

        Inputs with an unknown field are left out.
        """
        inputs, fields = self._graph.inputs, self._recipe.data.kinds
        for name in self._recipe.inputs.keys() - inputs.keys():
            self._unknown("inputs", name, "input", inputs, self._place.inside("inputs", name).own_key)
        for name in set(self._recipe.inputs) & set(inputs):
            if self._recipe.inputs[name] not in fields:
                where = self._place.inside("inputs", name).where
                self._unknown("inputs", self._recipe.inputs[name], "field of an example", fields, where)
        usual = next((name for name, kind in fields.items() if kind == "image"), next(iter(fields)))
        unsaid = [name for name in inputs if name not in self._recipe.inputs and name not in fields]
        if unsaid and len(inputs) > 1:
            message = f"{self._graph.name} has several inputs, and an example has no field called {unsaid[0]}"
            hint = f"inputs: {{{unsaid[0]}: {usual}}} says which it reads; there are {', '.join([*fields][:10])}"
            self.report.error("no-such-name", message, self._place.inside("data").where, hint=hint)
        found = {name: self._recipe.inputs.get(name, name if name in fields else usual) for name in inputs}
        return {name: field for name, field in found.items() if field in fields}

    def frozen(self) -> set[str]:
        """The canonical names of the trainable weights at or below the frozen paths."""
        paths = self._recipe.freeze.paths if self._recipe.freeze is not None else ()
        steps = ("freeze", "paths") if self._place.inside("freeze", "paths").written is not None else ("freeze",)
        every = self._graph.owned_weights()
        owned = [(node.path, canonical_name(node, weight)) for node, weight in every if weight.trainable]
        found: set[str] = set()
        for index, path in enumerate(paths):
            below = {name for own, name in owned if _is_below(own, path)}
            if not below:
                where = self._place.inside(*steps, index).where
                self._unknown("freeze", path, "path of layers with weights", self._paths(), where)
            found |= below
        if found and len(found) == len(owned):
            message = f"every layer of {self._graph.name} is frozen, so there is nothing to train"
            self.report.error("wrong-value", message, self._place.inside("freeze").where)
        return found

    def penalised(self, trained: Mapping[str, tuple[Node, WeightSpec]]) -> tuple[Penalised, ...]:
        """The kernels with each penalty."""
        found = []
        for index, penalty in enumerate(self._recipe.regularizers):
            chosen = frozenset(
                name
                for name, (node, weight) in trained.items()
                if weight.role == "kernel"
                and (not penalty.layers or type(node.layer).__name__ in penalty.layers)
                and (not penalty.paths or any(_is_below(node.path, path) for path in penalty.paths))
            )
            if not chosen:
                message = f"no trained kernel of {self._graph.name} is in this penalty's layers and paths"
                self.report.error("no-such-name", message, self._place.inside("regularizers", index).where)
            found.append(Penalised(penalty.type, penalty.rate, chosen))
        return tuple(found)

    def _paths(self) -> list[str]:
        """The paths of layers with weights, and of the scopes around them."""
        scopes: dict[str, None] = {}
        for node, _ in self._graph.owned_weights():
            names = node.path.split(".")
            scopes.update((".".join(names[: depth + 1]), None) for depth in range(len(names)))
        return [*scopes]

    def _unknown(self, key: str, name: str, what: str, known: Iterable[str], where: Where) -> None:
        options = [*known]
        hint = did_you_mean(name, options) or f"there are {', '.join(options[:10])}"
        self.report.error("no-such-name", f"`{key}` names {name!r}, and there is no such {what}", where, hint=hint)


def _role(node: Node, weight: WeightSpec) -> str:
    """The word of a recipe for a weight's role."""
    if node.layer.normalisation(len(node.reads[0].axes) + 1) is not None:
        return "norm"
    return "bias" if weight.slot.endswith("bias") else "kernel"


def _is_below(path: str, scope: str) -> bool:
    return path == scope or path.startswith(f"{scope}.")
