"""The possible values of `layer_type`: composites, the document's blocks, and the registered layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from archspec.errors import Diagnostic, Where
from archspec.ir import CompositeLayer, Layer
from archspec.layers import LayerType, find_layer, layer_names
from archspec.spec import elsewhere_layers
from archspec.spec.computed import names_in
from archspec.spec.params import Param
from archspec.spec.place import Place
from archspec.spec.report import Faulty
from archspec.spec.suggest import closest


@dataclass(frozen=True, slots=True)
class Form:
    """A composite of the language, with its required and optional keys."""

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


IMPLIED_TYPES: Mapping[str, str] = MappingProxyType({"layers": "Sequential", "branches": "Parallel"})
"""The composite that a key means in a dict without a `layer_type`."""


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """The signature of a block: its name and params, which are not `certain` if the block could not be read.

    `inputs` are its names for its inputs; without them it has one input.
    """

    name: str
    params: Mapping[str, Param]
    place: Place
    certain: bool = True
    inputs: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The required params."""
        return tuple(name for name, param in self.params.items() if param.required)

    def reads(self, name: str) -> bool:
        """Whether a param's default reads this name."""
        return any(name in names_in(param.default) for param in self.params.values())


Kind = Form | Signature | LayerType

INPUT_LAYERS = ("Input", "InputLayer")
"""Keras's layers for a network's input, which are only allowed as the first layer of a list."""

Made = dict[tuple[LayerType, str], Layer | CompositeLayer]
"""Layers by their types and attributes."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The layer types of one document, and its layers: equal layers are one object."""

    blocks: Mapping[str, Signature] = field(default_factory=dict)
    made: Made = field(default_factory=dict, repr=False, compare=False)

    def find(self, name: str, place: Place) -> Kind:
        """The layer type of a name at `place`; raises `Faulty` for an unknown name."""
        kind = self.get(name)
        if kind is None:
            raise self.unknown(name, place.where)
        return kind

    def get(self, name: str) -> Kind | None:
        """The layer type of a name; None for an unknown name."""
        return FORMS.get(name) or self.blocks.get(name) or find_layer(name)

    def unknown(self, name: str, where: Where) -> Faulty:
        """The fault of an unknown name."""
        return Faulty(Diagnostic("unknown-layer", f'no layer type is called "{name}"', where, self._hint(name)))

    def _hint(self, name: str) -> str | None:
        word = name.rpartition(".")[2]
        if word in INPUT_LAYERS:
            return "leave it out: what a network reads stands under `inputs`, as inputs: {image: [224, 224, 3]}"
        meant = self.meant(name)
        if meant is not None:
            return f'did you mean "{meant}"?'
        return f"archspec has no {word} yet" if elsewhere_layers.is_lacking(word) else None

    def meant(self, name: str) -> str | None:
        """The layer type for another library's word, with or without its module, or for a misspelling.

        Another library's layer that archspec lacks is no misspelling, however close it is.
        """
        word = name.rpartition(".")[2]
        known = (*self.blocks, *FORMS, *layer_names())
        same = None if word in self.blocks else elsewhere_layers.layer_type(word)
        if same or word in known:
            return same or word
        return None if elsewhere_layers.is_lacking(word) else closest(word, known)
