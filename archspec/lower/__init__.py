"""A document to a graph: variants, loops, blocks, names, wiring and shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import NamedTuple

from archspec.errors import Diagnostic, SpecError
from archspec.expressions.names import Names
from archspec.ir import Graph, Place, TensorType
from archspec.lower.arguments import document_params, keeps_rules
from archspec.lower.bounds import Bounds, TooLarge
from archspec.lower.each import Owners, owners_for, scopes_with_each
from archspec.lower.layer import lower_layer
from archspec.lower.lowering import Lowering
from archspec.lower.minimum_layers import refuse_too_many
from archspec.lower.network_inputs import find_inputs
from archspec.lower.nodes import Nodes
from archspec.lower.outputs import find_outputs
from archspec.lower.program import program
from archspec.lower.reachability import needed_for, needed_members, read_for, warn_unneeded
from archspec.lower.references import References
from archspec.lower.scope_builder import Context, ScopeBuilder
from archspec.lower.stages import Choosing, Chosen, Stage, StageValue, described, find_stages
from archspec.lower.third_parties import third_parties
from archspec.lower.unread_copies import refuse_unread
from archspec.lower.wires import AMBIGUOUS_INPUT, Wire, known
from archspec.spec.defaults import Defaults
from archspec.spec.document import Document
from archspec.spec.report import Report, TooManyFaults

MOST_CHOICES = 8
"""How often the owners of weights are chosen: a layer with `each` inside another one may need one choice more."""


def lower(
    document: Document,
    *,
    variant: str | None = None,
    params: Mapping[str, object] | None = None,
    inputs: Mapping[str, Sequence[int | None]] | None = None,
    outputs: Chosen | None = None,
) -> Lowered:
    """The network that a document describes.

    `variant` is the name of one of its variants. `params` are values for its params and override the variant's.
    `inputs` are shapes for its inputs, without the batch, channels last; a document that declares no inputs gets these.
    `outputs` are taken in place of the document's, and what they do not depend on is left out, inputs too.
    Raises `SpecError` with all faults, those of reading the document among them.
    """
    report = Report(document.diagnostics)
    found = None
    with suppress(TooLarge, TooManyFaults):
        found = _lower(document, _Asked(variant, params or {}, inputs or {}, outputs), report)
    if found is None or report.failed:
        raise SpecError(report.told)
    return Lowered(found[0], report.told, found[1])


class Lowered(NamedTuple):
    """A network, the warnings about it, and its stages by name."""

    graph: Graph
    warnings: tuple[Diagnostic, ...]
    stages: Mapping[str, Stage]


class _Asked(NamedTuple):
    """What the caller asks of a document."""

    variant: str | None
    params: Mapping[str, object]
    shapes: Mapping[str, Sequence[int | None]]
    outputs: Chosen | None


def _lower(document: Document, asked: _Asked, report: Report) -> tuple[Graph, Mapping[str, Stage]] | None:
    """The graph; None if there is none, and then the report has the faults."""
    names = None if report.full else document_params(document, asked.variant, asked.params, report)
    if names is None or not keeps_rules(document, names, report):
        return None
    refuse_too_many(document, report)
    defaults = document.defaults.evaluated(names, report)
    inputs = find_inputs(document, asked.shapes, names, report)
    again = partial(_lowered, document, names, defaults, inputs, report)
    lowered = again({})
    if lowered is None:
        return None
    lowered, outputs = _owned(lowered, again, lambda layers: layers.outputs)
    needed = needed_for(outputs.values(), lowered.root, lowered.nodes, report)
    refuse_unread(lowered.root, outputs.values(), lowered.nodes, needed, report)
    if report.failed:
        return None
    types = {name: type_ for name, type_ in inputs.items() if type_ is not None}
    if asked.outputs is None:
        warn_unneeded(document, lowered.root, lowered.nodes, needed, report)
    else:
        lowered, outputs = _owned(lowered, again, partial(_chosen, document, asked.outputs, report))
        advice = "choose an output that depends on it, too"
        needed = needed_for(outputs.values(), lowered.root, lowered.nodes, report, advice)
        types = {name: type_ for name, type_ in types.items() if f"@{name}" in needed}
    graph = Graph(
        asked.variant or document.name,
        types,
        needed_members(lowered.root, needed),
        {name: value for name, wire in outputs.items() for value in known([wire])},
        document.description,
        document.source,
        _places(document, lowered.nodes),
        program(document),
        dict(names),
        cache(partial(_with_param, document, asked)),  # each backend asks for the same
        third_parties(document, asked.variant, names),
    )
    return graph, described(lowered.stages)


class _Layers(NamedTuple):
    """The lowered layers of a document, its outputs and stages by name, and the owners of weights that were chosen."""

    root: ScopeBuilder
    nodes: Nodes
    references: References
    outputs: Mapping[str, Wire]
    stages: Mapping[str, StageValue]
    owners: Owners


def _lowered(
    document: Document,
    names: Names,
    defaults: Defaults,
    inputs: Mapping[str, TensorType | None],
    report: Report,
    owners: Owners,
) -> _Layers | None:
    """The document's layers, with these owners of weights; None after a fault."""
    bounds = Bounds(report)
    nodes = Nodes(inputs, bounds, report)
    references = References(nodes.inputs, nodes.reads)
    lowering = Lowering(document, names, defaults, nodes, references, bounds, report, lower_layer, owners)
    first = next(iter(nodes.inputs.values())) if len(inputs) == 1 else AMBIGUOUS_INPUT
    root = ScopeBuilder("", "network", first)
    last = lowering.chain(document.layers, Context(root, root, names), first)
    outputs = find_outputs(document, root, last, names, references, report)
    stages = find_stages(document, root, names, references, report)
    references.explain(report)
    return None if report.failed else _Layers(root, nodes, references, outputs, stages, owners)


def _chosen(document: Document, chosen: Chosen, report: Report, layers: _Layers) -> Mapping[str, Wire]:
    """The outputs that a caller chooses."""
    return Choosing(document, layers.root, layers.stages, layers.references).outputs(chosen, report)


def _owned(
    layers: _Layers, again: Callable[[Owners], _Layers | None], choose: Callable[[_Layers], Mapping[str, Wire]]
) -> tuple[_Layers, Mapping[str, Wire]]:
    """The layers and the outputs that `choose` gives, with owners of weights on which the outputs depend.

    Of a layer with `each` the first use owns the weights. If no output depends on it, all is lowered `again` with
    another owner.
    """
    outputs = choose(layers)
    for _ in range(MOST_CHOICES):
        scopes = scopes_with_each(layers.root)
        others = owners_for(scopes, read_for(outputs.values(), layers.nodes)) if scopes else {}
        other = again({**layers.owners, **others}) if others else None
        if other is None:
            break
        layers, outputs = other, choose(other)
    return layers, outputs


def _with_param(document: Document, asked: _Asked, name: str, value: int | float) -> Graph | None:
    """The network for another value of a param; None if it gives no network."""
    report = Report()
    with suppress(TooLarge, TooManyFaults):
        found = _lower(document, asked._replace(params={**asked.params, name: value}), report)
        return None if report.failed or found is None else found[0]
    return None


def _places(document: Document, nodes: Nodes) -> dict[str, Place]:
    """The places of nodes, scopes and inputs in the spec, by their paths."""
    places: dict[str, Place] = {path: spec.place for path, spec in nodes.specs.items()}
    return places | {f"@{name}": spec.place for name, spec in (document.inputs or {}).items()}
