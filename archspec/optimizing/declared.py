"""Changes the author's declarations as a pass changed the layers, so that the source keeps the blocks and names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from archspec.ir import Declaration, Origin, Program, Value


class Redeclaring:
    """New declarations and origins in place of old ones.

    `changed` has the declaration in the place of another; None for one of which no layer is left. `current` gives the
    value in the place of an old one. `reads` are the new inputs of copies that change places with others, and `later`
    has for a declaration the one that it goes behind.
    """

    def __init__(
        self,
        changed: Mapping[Declaration, Declaration | None],
        current: Callable[[Value], Value],
        reads: Mapping[Origin, tuple[Value, ...]] | None = None,
        later: Mapping[Declaration, Declaration] | None = None,
    ) -> None:
        self._changed = changed
        self.current = current
        self._reads = reads or {}
        self._later = later or {}
        self._declarations: dict[Declaration, Declaration] = {}
        self._origins: dict[Origin, Origin] = {}

    def program(self, program: Program) -> Program:
        """The whole document."""
        blocks = {name: replace(block, layers=self._listed(block.layers)) for name, block in program.blocks.items()}
        return replace(program, blocks=blocks, layers=self._listed(program.layers))

    def origin(self, origin: Origin | None) -> Origin | None:
        """The origin of a layer that is left."""
        if origin is None:
            return None
        if origin not in self._origins:
            self._origins[origin] = replace(
                origin,
                declaration=self._declaration(origin.declaration),
                inputs=self._reads.get(origin) or tuple(map(self.current, origin.inputs)),
                parent=self.origin(origin.parent),
            )
        return self._origins[origin]

    def _listed(self, layers: tuple[Declaration, ...]) -> tuple[Declaration, ...]:
        behind = {second: first for first, second in self._later.items()}
        ordered = [
            each
            for layer in layers
            if layer not in self._later
            for each in ([layer, behind[layer]] if layer in behind else [layer])
        ]
        return tuple([self._declaration(each) for each in ordered if self._changed.get(each, each) is not None])

    def _declaration(self, declaration: Declaration) -> Declaration:
        if declaration not in self._declarations:
            own = self._changed.get(declaration) or declaration
            children = {key: tuple(map(self._listed, chains)) for key, chains in own.children.items()}
            self._declarations[declaration] = replace(own, children=children) if children else own
        return self._declarations[declaration]
