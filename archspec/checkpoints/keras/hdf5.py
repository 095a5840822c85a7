"""Keras's HDF5 files: `.weights.h5` of Keras 3, and the older `.h5` of keras.applications."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.checkpoints.checkpoint import Checkpoint, Layers
from archspec.checkpoints.keras.configuration import layers_in
from archspec.checkpoints.keras.hdf5_file import Hdf5File
from archspec.checkpoints.keras.hdf5_groups import owners
from archspec.checkpoints.keras.models import model_if_known
from archspec.checkpoints.keras.units import split
from archspec.checkpoints.listing import shown
from archspec.checkpoints.model import FileModel
from archspec.weights import Stored, WeightsError

if TYPE_CHECKING:
    import h5py

_OWN = "top_level_model_weights"
"""The older form's group for the variables of the model itself."""

_WHOLE = "model_weights"
"""The group of the weights in a file with the whole model; other files have them in the root group."""


def read_hdf5(source: Hdf5File, layers: Layers | None = None, model: FileModel | None = None) -> Checkpoint:
    """The weights in a file of either form; `layers` and `model` are the configuration if another file has it.

    Raises `WeightsError` if there are no weights, or two have the same name.
    """
    with source.opened() as root:
        paths = source.paths(root)
        for place in ("", _WHOLE) if _WHOLE in paths else ("",):
            if source.has_words(root, place, "layer_names"):
                text = source.text(root, "", "model_config")
                known, model = layers_in(source.path, text), _model(source, root, text)
                tensors = _distinct(source, _by_attributes(source, root, place, frozenset(paths), known))
                classes = dict.fromkeys(source.words(root, place, "layer_names"), "")
                found = Checkpoint(source.path, "tensorflow", tensors, "layers", classes, model=model)
                return _in_order(replace(found, model_names=_shortened(found, model)), known)
        layered = owners(source, root, paths)
        tensors = _distinct(source, (pair for owner in layered for pair in owner.tensors(source, root)))
    if not tensors:
        raise WeightsError(f"{source.path} has no layers with weights as Keras writes them")
    names = {owner.path: owner.name for owner in layered}
    known = {names.get(path, path): layer for path, layer in (layers or {}).items()}
    classes = {each.name: each.kind for each in layered if each.place or each.words}
    checkpoint = Checkpoint(source.path, "tensorflow", tensors, "classes", classes, model=model, model_names=names)
    return _in_order(checkpoint, known)


def _model(source: Hdf5File, root: h5py.h5g.GroupID, text: str) -> FileModel | None:
    return model_if_known(source.path, text, source.text(root, "", "keras_version")) if text else None


def _shortened(checkpoint: Checkpoint, model: FileModel | None) -> dict[str, str]:
    """The names of tensors' layers that leave out models between the outermost and the layer, by the model's names."""
    if model is None:
        return {}
    known = {checkpoint.whole(name)[0] for name in checkpoint.tensors}
    short: dict[str, list[str]] = {}
    for name, _ in model.layers():
        outer, _, rest = name.partition("/")
        if name not in known and rest:
            short.setdefault(f"{outer}/{rest.rpartition('/')[2]}", []).append(name)
    return {names[0]: own for own, names in short.items() if own in known and len(names) == 1}


def _distinct(source: Hdf5File, tensors: Iterable[tuple[str, Stored]]) -> dict[str, Stored]:
    """The tensors by name; raises `WeightsError` if two have the same name."""
    found: dict[str, Stored] = {}
    for name, stored in tensors:
        if name in found:
            raise WeightsError(f"{source.path} has several tensors that are called {shown(name)}")
        found[name] = stored
    return found


def _in_order(checkpoint: Checkpoint, layers: Layers) -> Checkpoint:
    """The tensors in the order of the configuration if it has all their layers; otherwise in their own order.

    The tensors of one layer stay in order.
    """
    place = {name: index for index, name in enumerate(layers)}
    owned = {name: checkpoint.whole(name)[0] for name in checkpoint.tensors}
    if not place.keys() >= set(owned.values()):
        return _in_parts(replace(checkpoint, layers=layers))
    ordered = sorted(checkpoint.tensors, key=lambda name: place[owned[name]])
    tensors = {name: checkpoint.tensors[name] for name in ordered}
    classes = {name: layer.kind for name, layer in layers.items()}
    return _in_parts(replace(checkpoint, order="layers", layers=layers, tensors=tensors, classes=classes))


def _in_parts(checkpoint: Checkpoint) -> Checkpoint:
    """The same tensors, with those of layers that are several layers here divided among these."""
    words: dict[str, list[str]] = {}
    for name in checkpoint.tensors:
        layer, word = checkpoint.whole(name)
        words.setdefault(layer, []).append(word)
    parts = {
        f"{layer}{checkpoint.separator}{word}": part
        for layer, own in words.items()
        for word, part in split(layer, own, checkpoint.classes.get(layer, "").rpartition("/")[2])
    }
    return replace(checkpoint, parts=parts)


def _by_attributes(
    source: Hdf5File, root: h5py.h5g.GroupID, place: str, paths: Collection[str], layers: Layers
) -> Iterator[tuple[str, Stored]]:
    """The older form: attributes of the group at `place` list the layers in order, and the weights of each."""
    models = {name.rpartition("/")[0] for name in layers if "/" in name}
    names = source.words(root, place, "layer_names")
    prefix = f"{place}/".lstrip("/")
    for layer in [*names, *([_OWN] if f"{prefix}{_OWN}" in paths and _OWN not in names else [])]:
        inner = _present(source, paths, f"{prefix}{layer}")
        words = source.words(root, inner, "weight_names")
        for word, name in zip(words, _names(layer, words, layer in models), strict=True):
            yield name, source.stored(root, _present(source, paths, f"{inner}/{word}"))


def _present(source: Hdf5File, paths: Collection[str], path: str) -> str:
    """The path itself; raises `WeightsError` if the file does not have it."""
    if path not in paths:
        raise WeightsError(f"{source.path}: {shown(path)} is missing")
    return path


def _names(layer: str, words: Sequence[str], is_model: bool) -> list[str]:
    """The names of a layer's weights: the path below the layer, without the number of the output.

    The scopes in which the model was built come first. If the layer is not among them, the last scope is the layer,
    with a number that Keras 2 added (`conv1_3/kernel` of conv1). The scopes of a nested model's weights are its layers.
    """
    paths = [word.partition(":")[0].split("/") for word in words]
    if layer != _OWN and not is_model and len({tuple(path[:-1]) for path in paths}) == 1:
        paths = [path[-1:] for path in paths]
    below = [path[path.index(layer) + 1 :] if layer in path[:-1] else path for path in paths]
    return ["/".join(path if layer == _OWN else [layer, *path]) for path in below]
