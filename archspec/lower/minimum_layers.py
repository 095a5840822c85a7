"""A lower bound for the number of layers, which is checked before any layer is made.

A few lines of text can ask for too many layers: forty blocks that each use the next one twice.
"""

from __future__ import annotations

from archspec.lower.bounds import DEEPEST_NESTING, MOST_LAYERS, TOO_MANY_LAYERS, TooLarge
from archspec.spec.document import Document
from archspec.spec.layer_spec import Chain, LayerSpec
from archspec.spec.report import Report
from archspec.spec.vocabulary import Signature


def refuse_too_many(document: Document, report: Report) -> None:
    """Raise `TooLarge` if the lower bound exceeds `MOST_LAYERS`; the report names the layer that exceeds it."""
    count = _Count(document)
    total = 0
    for spec in document.layers:
        total += count.layer(spec, 0)
        if total > MOST_LAYERS:
            report.error("too-large", TOO_MANY_LAYERS, spec.copied_at)
            raise TooLarge


class _Count:
    """Counts layers. A layer counts as 0 if an expression decides how often it is there."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._blocks: dict[str, int] = {}

    def layer(self, spec: LayerSpec, depth: int) -> int:
        """The number of layers that a spec makes: itself and its children, times its copies."""
        if spec.faulty or depth > DEEPEST_NESTING or spec.common.get("when", True) is not True:
            return 0
        copies = _repeats(spec) * _rows(spec)
        return copies * (1 + self._inside(spec, depth + 1)) if copies else 0

    def _inside(self, spec: LayerSpec, depth: int) -> int:
        inside = sum(self._chain(chain, depth) for chains in spec.children.values() for chain in chains)
        if isinstance(spec.kind, Signature):
            inside += self._block(spec.kind.name, depth)
        return inside

    def _block(self, name: str, depth: int) -> int:
        if name not in self._blocks:
            self._blocks[name] = 0  # for a use of the block in itself, which has its own message
            self._blocks[name] = self._chain(self._document.blocks[name].layers, depth)
        return self._blocks[name]

    def _chain(self, layers: Chain, depth: int) -> int:
        return sum(self.layer(spec, depth) for spec in layers)


def _repeats(spec: LayerSpec) -> int:
    count = spec.common.get("repeat")
    return 1 if count is None else count if isinstance(count, int) else 0


def _rows(spec: LayerSpec) -> int:
    columns = spec.common.get(spec.table)
    if columns is None:
        return 1
    return len(next(iter(columns.values()), ())) if isinstance(columns, dict) else 0
