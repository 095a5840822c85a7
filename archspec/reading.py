"""From a spec in any form to a network."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from archspec import zoo
from archspec.arguments import PATHS, SHAPES, TEXT, VALUES, takes
from archspec.backend import FamilyBackend, find_backend
from archspec.errors import Diagnostic, EmitError, Source, SpecError
from archspec.lower import lower
from archspec.lower.settings import settings
from archspec.lower.stages import Chosen
from archspec.network import Network, Origin, locate
from archspec.passes import run
from archspec.source import Sequence as Listed
from archspec.source import load_source, read_document
from archspec.spec import Document, parse_document
from archspec.spec.computed import plain
from archspec.spec.document import DEFAULT_NAME
from archspec.spec.foreign import OTHER_FILES
from archspec.spec.names import is_variant_name
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.together import together

Spec = str | os.PathLike[str] | Source | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""A path, the name of a network of the zoo, a text, a document or a list of layer dicts.

A string of several lines, or one that begins with a bracket, is a text if there is no such file.
"""

Outputs = str | Sequence[str] | Mapping[str, str]
"""A path, several, or paths by names; the name of a stage may be in place of its path."""

_SPECS = frozenset({".json", ".yaml", ".yml"})
"""The endings of spec files."""

_LONGEST = 100
"""The number of characters of an unknown name that a message has."""

_OPENING = frozenset({"{", "["})
"""The first character of a text in JSON, and of a value between brackets in YAML."""

MOST_FAULTY = 10
"""The number of variants with errors that are checked: mostly they have the same errors."""


@takes(variant=TEXT, params=VALUES, inputs=SHAPES, outputs=PATHS)
def load(
    source: Spec,
    *,
    variant: str | None = None,
    params: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Sequence[int | None]] | None = None,
    outputs: Outputs | None = None,
) -> Network:
    """Reads, checks and lowers a network.

    `variant` selects one of the document's variants, `params` override its params, and `inputs` the shapes of its
    inputs: None is an axis of any length, and a shape with the empty name belongs to the only input. `outputs` replace
    its outputs: a path of a layer, the name of a stage, `stages` for all of them, a list of these, or names for them.
    Layers and inputs that they do not need are left out. Raises `SpecError` with all faults, and `ArgumentError` for
    an argument of a wrong type.
    """
    return _Reading(source, variant).network(variant, params, inputs, outputs)


def check(
    source: Spec,
    *,
    variant: str | None = None,
    params: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Sequence[int | None]] | None = None,
    outputs: Outputs | None = None,
    backends: Sequence[str] = (),
) -> tuple[list[Network], tuple[Diagnostic, ...]]:
    """The networks of a document, for all its variants unless one is named, and all errors and warnings about them.

    The arguments are those of `load`. A layer that one of the `backends` cannot express is an error too. Variants with
    errors are not among the networks, and after `MOST_FAULTY` of them the remaining variants are not checked.
    """
    try:
        reading = _Reading(source, variant)
    except SpecError as error:
        return [], error.diagnostics
    networks: list[Network] = []
    found: dict[str | None, tuple[Diagnostic, ...]] = {}
    faulty = 0
    every: tuple[str | None, ...] = tuple(reading.document.variants) or (None,)
    for name in every if reading.variant is None else (reading.variant,):
        try:
            network = reading.network(name, params, inputs, outputs)
            _refuse_wrong_names(network)
            _refuse_inexpressible(network, backends)
            networks.append(network)
            found[name] = network.warnings
        except SpecError as error:
            found[name] = error.diagnostics
            faulty += 1
            if faulty == MOST_FAULTY:
                break
    return networks, together(found)


@takes(params=VALUES, inputs=SHAPES, outputs=PATHS)
def emit_family(
    source: Spec,
    backend: str,
    *,
    params: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Sequence[int | None]] | None = None,
    outputs: Outputs | None = None,
) -> str:
    """The source of all variants of a document as one module: its blocks, a network, and a function for each variant.

    Needs no framework. Raises `SpecError` for a faulty document or one without variants, `BackendMissingError` for an
    unknown backend, and `EmitError` with the reason if one network cannot express all variants.
    """
    reading = _Reading(source, None)
    document = reading.document
    if not document.variants:
        where = document.inside("variants").where
        raise SpecError((Diagnostic("missing-key", f"{document.name} has no `variants`", where),))
    writer = find_backend(backend)
    if not isinstance(writer, FamilyBackend):
        raise EmitError(f"the backend {backend} writes no families")
    graphs = {name: reading.network(name, params, inputs, outputs).graph for name in document.variants}
    try:
        return writer.emit_family(document.name, graphs)
    except EmitError as error:
        locate(error, graphs.values())
        raise


def _refuse_wrong_names(network: Network) -> None:
    """Raise `SpecError` with the third parties' names that cannot be computed."""
    report = Report()
    paths = dict.fromkeys(node.path for node, _ in network.graph.owned_weights())
    for party, path in product(network.graph.third_parties, paths):
        try:
            party.calls(path)
        except SpecError as error:
            report = Report((*report.diagnostics, *error.diagnostics))
    if report.failed:
        raise SpecError(report.told)


def _refuse_inexpressible(network: Network, backends: Sequence[str]) -> None:
    """Raise `SpecError` with the layers that the backends cannot express."""
    refused: list[Diagnostic] = []
    for backend in backends:
        try:
            network.emit(backend)
        except EmitError as error:
            refused += error.diagnostics
    if refused:
        raise SpecError(tuple(refused))


@dataclass(init=False, slots=True)
class _Reading:
    """A document, and the variant that its name selected."""

    document: Document
    variant: str | None
    digest: str
    file: Path | None

    def __init__(self, source: Spec, variant: str | None) -> None:
        self.variant = variant
        self.digest = ""
        self.file = None
        name = DEFAULT_NAME
        value: object = source
        faults: tuple[Diagnostic, ...] = ()
        if isinstance(source, str) and _is_text(source):
            source = Source("text", source)
        if isinstance(source, str | os.PathLike):
            path, self.variant = _path(os.fspath(source), variant)
            source = load_source(path)
        if isinstance(source, Source):
            self.file = source.file
            self.digest = hashlib.sha256(source.text.encode()).hexdigest()
            value, faults = read_document(source, json=_is_json(source))
            path = Path(source.name)
            name = path.stem if path.suffix.lower() in _SPECS and is_variant_name(path.stem) else name
        if value is None and faults:
            raise SpecError(faults)
        document, _ = parse_document(value, name)
        if not document.readable:
            raise SpecError(document.diagnostics)
        self.document = replace(document, diagnostics=(*faults, *document.diagnostics))

    def network(
        self,
        variant: str | None,
        params: Mapping[str, Any] | None,
        inputs: Mapping[str, Sequence[int | None]] | None,
        outputs: Outputs | None,
    ) -> Network:
        """The network of a variant."""
        given = {name: _plain(value) for name, value in (params or {}).items()}
        shapes = {name: _plain(shape) for name, shape in (inputs or {}).items()}
        variant = self.variant if variant is None else variant
        chosen = None if outputs is None else _chosen(outputs)
        found = lower(self.document, variant=variant, params=given, inputs=shapes, outputs=chosen)
        origin = Origin(
            self.document.name, variant, given, None if chosen is None else chosen.outputs, self.digest, self.file
        )
        said = settings(self.document, variant, given)
        preprocessing = self.document.preprocessing.get(variant)
        return Network(run(found.graph), found.warnings, origin, said, found.stages, preprocessing)


def _chosen(outputs: Outputs) -> Chosen:
    """The chosen outputs with their place: in a text, as on the command line, or in Python's values."""
    several = [outputs] if isinstance(outputs, str) else outputs
    value = dict(several) if isinstance(several, Mapping) else list(several)
    return Chosen(value, Place(outputs) if isinstance(outputs, Listed) else Place({"outputs": value}, ("outputs",)))


def _plain(value: Any) -> Any:
    """A value as a plain Python object, also the items of a list or an array."""
    is_list = isinstance(value, list | tuple) or type(value).__name__ == "ndarray"
    return list(map(plain, value)) if is_list else plain(value)


def _is_json(source: Source) -> bool:
    """Whether a text is JSON: by the ending of its name, or by its first character if the ending does not tell."""
    suffix = Path(source.name).suffix.lower()
    if suffix in _SPECS:
        return suffix == ".json"
    return source.text.lstrip()[:1] in _OPENING


def _is_text(source: str) -> bool:
    """Whether a string is the text of a spec, and no path or name."""
    return ("\n" in source.strip() or source.lstrip()[:1] in _OPENING) and not os.path.lexists(source)


def _path(name: str, variant: str | None) -> tuple[Path, str | None]:
    """The file for a path or a network's name, and the variant."""
    path = Path(name)
    if not name:
        raise SpecError((Diagnostic("no-such-file", "an empty name is that of no file and of no network", None),))
    if os.path.isdir(path) and zoo.find_network(name) is None:
        raise SpecError((Diagnostic("no-such-file", "this is a directory, not a file", name),))
    if path.suffix.lower() in OTHER_FILES and os.path.lexists(path):
        what, hint = OTHER_FILES[path.suffix.lower()]
        raise SpecError((Diagnostic("no-spec", f"a spec is YAML or JSON, and this is {what}", name, hint),))
    # A broken link counts as a file too: opening it gives the right error.
    if os.path.lexists(path) and not os.path.isdir(path):
        return path, variant
    network = zoo.find_network(name)
    if network is not None:
        return network.path, _one_variant(network, variant)
    if path.suffix in _SPECS or len(path.parts) > 1:
        raise SpecError((Diagnostic("no-such-file", "there is no such file", name),))
    meant = zoo.suggest(name)
    hint = f'did you mean "{meant}"?' if meant else "`archspec list` shows the networks of the zoo"
    called = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."
    message = f'there is no file and no network of the zoo called "{called}"'
    raise SpecError((Diagnostic("no-such-network", message, hint=hint),))


def _one_variant(network: zoo.ZooNetwork, variant: str | None) -> str | None:
    """The variant of a network's name or of the argument; raises `SpecError` if both differ."""
    if variant is None or network.variant is None or variant == network.variant:
        return network.variant if variant is None else variant
    other = zoo.find_network(variant)
    hint = f"give {variant} in its place" if other and other.path == network.path else "leave the variant out"
    message = f'"{network.name}" is a variant already, and the variant "{variant}" is asked for too'
    raise SpecError((Diagnostic("two-variants", message, hint=hint),))
