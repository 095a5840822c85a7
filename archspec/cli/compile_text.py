"""The output of `archspec compile` about a written package, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archspec.backend import find_backend, native_shape
from archspec.cli.matched import left_over
from archspec.cli.table import columns, shape_text

if TYPE_CHECKING:
    from archspec.bundle import Bundle
    from archspec.network import Network, Optimized


def text(network: Network, bundle: Bundle) -> str:
    """The network's size, the files, the unmatched parts of a checkpoint, and the result of the run."""
    parameters, backend = network.parameters(), bundle.record["backend"]
    taken = _shapes(backend, bundle.inputs)
    strange = ", ".join(bundle.not_finite)
    parts = [
        f"{network.name} for {backend}: {parameters.total:,} parameters, {parameters.trainable:,} trainable",
        _files(bundle),
        "\n".join(left_over(bundle.checkpoint)) if bundle.checkpoint is not None else "",
        f"It ran on {bundle.device}: {taken} in, {_shapes(backend, bundle.outputs)} out, "
        f"{bundle.forward_seconds * 1000:.0f} ms the first time",
        f"Not finite: {strange} with NaN or infinity among the numbers" if strange else "",
    ]
    return "\n\n".join(filter(None, parts))


def left_out(optimized: Optimized) -> str:
    """The outputs that the optimiser left out, and how to keep them; empty without any."""
    outputs = list(optimized.original.outputs)
    gone = [name for name in outputs if name not in optimized.network.outputs]
    if not gone:
        return ""
    heads = "is an auxiliary head" if len(gone) == 1 else "are auxiliary heads"
    return f"{' and '.join(gone)} {heads}, left out; --outputs {','.join(outputs)} keeps all"


def changes(optimized: Optimized) -> str:
    """The changes of the optimiser, a line each, and the numbers of layers before and after."""
    before, after = (len(each.graph.nodes) for each in (optimized.original, optimized.network))
    lines = columns([(f"  {note.path}", note.change) for note in optimized.changes])
    return f"{lines}\n{before} layers became {after}".lstrip("\n")


def record(bundle: Bundle) -> dict[str, Any]:
    """The content of network.json, the paths of the package, and the changes of the optimiser."""
    found = {"folder": str(bundle.folder), "files": list(map(str, bundle.files)), "not_finite": bundle.not_finite}
    noted = {} if bundle.optimized is None else {"changes": [note._asdict() for note in bundle.optimized.changes]}
    return {**bundle.record, **found, **noted}


def _files(bundle: Bundle) -> str:
    """The files with their descriptions, a line each."""
    said = bundle.record
    origin = f"seed {said['seed']}" if bundle.checkpoint is None else f"from {said['weights']}"
    contents = (
        f"the package, which hands on {bundle.entry_point}",
        "the source, which runs by itself",
        f"the weights, {said['dtype']}, {origin}",
        "what was compiled",
    )
    return columns([(f"  {file}", content) for file, content in zip(bundle.files, contents, strict=True)])


def _shapes(backend: str, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """The shapes of batches by name, with the framework's order of axes."""
    found = find_backend(backend)
    return ", ".join(f"{name} {shape_text(native_shape(found, shape))}" for name, shape in shapes.items())
