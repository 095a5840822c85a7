"""What a `layer_type` can be: a composite, one of the document's blocks, or a layer of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from archspec.errors import Diagnostic
from archspec.ir import CompositeLayer, Layer
from archspec.layers import LayerType, find_layer, layer_names
from archspec.spec import elsewhere
from archspec.spec.computed import names_in
from archspec.spec.params import Param
from archspec.spec.place import Place
from archspec.spec.report import Faulty
from archspec.spec.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Form:
    """A composite of the language: the keys that it must have and those that it may have."""

    name: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        form.name: form
        for form in (
            Form("Sequential", ("layers",)),
            Form("Residual", ("layers",), ("shortcut",)),
            Form("Parallel", ("branches",), ("merge",)),
            Form("DenselyConnected", ("layers",)),
            Form("Reuse", ("layer",)),
        )
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """A block as its uses see it: its name and params, which are not `certain` if the block could not be read.

    `inputs` are the names that it has for what it reads; without them it reads one value.
    """

    name: str
    params: Mapping[str, Param]
    place: Place
    certain: bool = True
    inputs: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The params that every use must give."""
        return tuple(name for name, param in self.params.items() if param.required)

    def reads(self, name: str) -> bool:
        """Whether a param's default reads this name."""
        return any(name in names_in(param.default) for param in self.params.values())


Kind = Form | Signature | LayerType

Made = dict[tuple[LayerType, str], Layer | CompositeLayer]
"""Layers by their types and what was said about them."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The layer types of one document, and the layers that were made of them: those that are the same are one."""

    blocks: Mapping[str, Signature] = field(default_factory=dict)
    made: Made = field(default_factory=dict, repr=False, compare=False)

    def find(self, name: str, place: Place) -> Kind:
        """What the name, which stands at `place`, means; raises `Faulty` if it means nothing."""
        kind = FORMS.get(name) or self.blocks.get(name) or find_layer(name)
        if kind is None:
            raise Faulty(
                Diagnostic("unknown-layer", f'no layer type is called "{name}"', place.where, self._hint(name))
            )
        return kind

    def _hint(self, name: str) -> str | None:
        """What was probably meant: another library's word, without the module that it stands in, or a slip."""
        word = name.rpartition(".")[2]
        known = (*self.blocks, *FORMS, *layer_names())
        meant = elsewhere.layer_type(word) or (word if word in known else None)
        return did_you_mean(word, known) if meant is None else f'did you mean "{meant}"?'
