"""The vocabulary: every layer type of the language by its name, the built-in ones and third parties'.

A built-in layer type is a class in a file of this folder. Files are families; the backends have rows in files of the
same names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

from archspec.errors import ArchspecError
from archspec.ir import CompositeLayer, Layer

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

LayerType = type[Layer] | type[CompositeLayer]

_GROUP = "archspec.layers"


def _types_in(family: str) -> Iterator[LayerType]:
    """The layer types of a file, in its order; not those that it imports."""
    module = import_module(f"{__name__}.{family}")
    for found in vars(module).values():
        is_layer = isinstance(found, type) and issubclass(found, Layer | CompositeLayer)
        if is_layer and found.__module__ == module.__name__ and not vars(found).get("is_base", False):
            yield found


_FAMILIES: Mapping[str, tuple[LayerType, ...]] = MappingProxyType(
    {each.name: types for each in iter_modules(__path__) if (types := tuple(_types_in(each.name)))}
)

_TYPES: Mapping[str, LayerType] = MappingProxyType(
    {kind.__name__: kind for types in _FAMILIES.values() for kind in types}
)


def layer_types() -> Mapping[str, LayerType]:
    """The built-in layer types by their names."""
    return _TYPES


def families() -> Mapping[str, tuple[LayerType, ...]]:
    """The built-in layer types of each file in this folder that has any, by the file's name."""
    return _FAMILIES


def find_layer(name: str) -> LayerType | None:
    """The layer type of this name, or None.

    Third parties' types, entry points of the group `archspec.layers`, are looked at only for a name that is not
    built in. Raises `ArchspecError` if such an entry point is not a layer.
    """
    return _TYPES.get(name) or _find_third_party(name)


def layer_names() -> tuple[str, ...]:
    """Every name that `find_layer` knows, for suggestions; it loads no third party."""
    return (*_TYPES, *sorted(_third_parties().names))


@cache
def _third_parties() -> EntryPoints:
    """The entry points of third parties' layers; what is installed is looked through once, because that takes long."""
    from importlib.metadata import entry_points

    return entry_points(group=_GROUP)


def _find_third_party(name: str) -> LayerType | None:
    for entry in _third_parties().select(name=name):
        found: object = entry.load()
        if not (isinstance(found, type) and issubclass(found, Layer | CompositeLayer)):
            raise ArchspecError(f"the entry point {entry.value} of {_GROUP} is not a layer class")
        return found
    return None
