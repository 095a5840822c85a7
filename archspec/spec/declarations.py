"""A document's layers as the declarations that a graph keeps."""

from __future__ import annotations

import ast

from archspec.ir import Declaration
from archspec.spec.computed import tree_of
from archspec.spec.layer_spec import Chain, LayerSpec


class Declarations(dict[LayerSpec, Declaration]):
    """The declaration of each layer of a document, made when it is first asked for."""

    def __missing__(self, spec: LayerSpec) -> Declaration:
        common = {key: tree_of(value) for key, value in spec.common.items() if value is not None}
        kind = common.pop("layer_type", ast.Constant(None))  # one that is at fault may have none
        declaration = self[spec] = Declaration(
            kind.value if isinstance(kind, ast.Constant) and isinstance(kind.value, str) else kind,
            name=common.get("name"),
            inputs=common.get("inputs"),
            when=common.get("when"),
            columns=common.get(spec.table),
            repeat=common.get("repeat"),
            each=common.get("each"),
            attributes={key: tree_of(value) for key, value in {**spec.attributes, **spec.defaults}.items()},
            children={key: tuple(map(self.chain, chains)) for key, chains in spec.children.items()},
        )
        return declaration

    def chain(self, layers: Chain) -> tuple[Declaration, ...]:
        """The declarations of layers that are listed one after the other."""
        return tuple([self[spec] for spec in layers])
