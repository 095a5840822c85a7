"""Keras's HDF5 files: `.weights.h5` of Keras 3, and the older `.h5` that keras.applications has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.checkpoints.checkpoint import Checkpoint, natural
from archspec.errors import BackendMissingError
from archspec.weights import Bits, Stored, WeightsError

if TYPE_CHECKING:
    import h5py

Opener = Callable[[], AbstractContextManager[Any]]
"""Opens what h5py is to read: a path or a file."""

DEEPEST = 32
MOST = 100_000
"""Levels of groups, and things in them, that a file may have: links can go in circles."""

_EXPANSION = 1000
"""How many times larger than in the file an array may be."""

_NUMBER = re.compile(r"_\d+$")
_OPTIMIZER = "/optimizer"


def read_hdf5(path: Path, opener: Opener) -> Checkpoint:
    """The weights in a file of either form; raises `WeightsError` where there are none."""
    with _opened(path, opener) as file:
        for group in (file, file.get("model_weights")):
            if group is not None and any(name.startswith("layer_names") for name in group.attrs):
                return Checkpoint(path, "tensorflow", dict(_by_attributes(path, opener, group)))
        found = dict(_by_groups(path, opener, file))
    if not found:
        raise WeightsError(f"{path} has no layers with weights as Keras writes them")
    tensors = {name: stored for name, (_, stored) in found.items()}
    classes = {name.rpartition("/")[0]: word for name, (word, _) in found.items()}
    return Checkpoint(path, "tensorflow", tensors, "classes", classes)


@contextmanager
def _opened(path: Path, opener: Opener) -> Iterator[h5py.File]:
    """The file; whatever is wrong with it becomes a `WeightsError`."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise BackendMissingError(f"{path} is HDF5, which h5py reads: pip install h5py") from None
    try:
        with opener() as source, h5py.File(source, "r") as file:
            yield file
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, UnicodeError) as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise
        raise WeightsError(f"{path} is damaged, or not HDF5: {' '.join(str(error).split())[:200]}") from None


def _by_attributes(path: Path, opener: Opener, group: h5py.Group) -> Iterator[tuple[str, Stored]]:
    """The older form: attributes list the layers in order, and each layer's weights."""
    for layer in _words(group, "layer_names"):
        inner = _member(path, group, layer)
        for name in _words(inner, "weight_names"):
            word = name.rpartition("/")[2].partition(":")[0]
            yield f"{layer}/{word}", _stored(path, opener, f"{layer}/{word}", _member(path, inner, name))


def _words(group: h5py.Group, attribute: str) -> list[str]:
    """A list of words; long ones are in several attributes with numbers."""
    numbered = sorted((name for name in group.attrs if re.fullmatch(rf"{attribute}\d+", name)), key=natural)
    values = [value for name in ([attribute] if attribute in group.attrs else numbered) for value in group.attrs[name]]
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def _by_groups(path: Path, opener: Opener, file: h5py.File) -> Iterator[tuple[str, tuple[str, Stored]]]:
    """Keras 3's form: groups of layers, in which the variables have numbers.

    In lists of layers the groups have the classes' names and numbers, in order. Those of layers that are attributes of
    a model, as where it is written as a class, have the attributes' names, which tell no order.
    """
    owners = sorted(_owners(path, file), key=lambda group: natural(group.name))
    names = [_layer_name(group) for group in owners]
    for group, name in zip(owners, names, strict=True):
        # Layers of nested models may have one name.
        layer = name if names.count(name) == 1 else group.name.strip("/")
        kind = _kind(group)
        for word in sorted(group["vars"], key=natural):
            tensor = f"{layer}/{word}"
            yield tensor, (kind, _stored(path, opener, tensor, _member(path, group["vars"], word)))


def _layer_name(group: h5py.Group) -> str:
    name = group["vars"].attrs.get("name", "")
    return str(name) or group.name.strip("/").removeprefix("layers/")


def _kind(group: h5py.Group) -> str:
    """The path without the numbers in it that count layers of a class in a list."""
    if group.name == "/":
        return ""
    word = group.name.rpartition("/")[2]
    listed = group.parent.name != "/" and "vars" not in group.parent
    return f"{_kind(group.parent)}/{_NUMBER.sub('', word) if listed else word}"


def _owners(path: Path, file: h5py.File) -> Iterator[h5py.Group]:
    """The groups of layers, and of the model itself, that have variables."""
    import h5py

    if "vars" in file and len(_member(path, file, "vars")):
        yield file["/"]
    waiting: list[tuple[Any, int]] = [(file, 0)]
    seen = 0
    while waiting:
        group, depth = waiting.pop()
        for name in group:
            seen += 1
            if depth > DEEPEST or seen > MOST:
                raise WeightsError(f"{path} has more groups, or deeper ones, than Keras writes")
            member = _member(path, group, name)
            if isinstance(member, h5py.Group) and name != "vars" and member.name != _OPTIMIZER:
                waiting.append((member, depth + 1))
                if "vars" in member and len(_member(path, member, "vars")):
                    yield member


def _member(path: Path, group: h5py.Group, name: str) -> Any:
    """What a group has under a name; links that lead elsewhere are refused."""
    import h5py

    current: Any = group
    for part in filter(None, name.split("/")):
        if not isinstance(current, h5py.Group) or part not in current:
            raise WeightsError(f"{path}: {group.name.strip('/')}/{name} is missing")
        if current.get(part, getclass=True, getlink=True) is not h5py.HardLink:
            raise WeightsError(f"{path}: {name} is a link to somewhere else")
        current = current[part]
    return current


def _stored(path: Path, opener: Opener, name: str, dataset: Any) -> Stored:
    """One variable; raises `WeightsError` for an array that is no plain one."""
    import h5py

    if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual or dataset.shape is None:
        raise WeightsError(f"{path}: {name} is no array that lies in this file")
    size = dataset.size * dataset.dtype.itemsize
    if size > _EXPANSION * (dataset.id.get_storage_size() + 1024):
        raise WeightsError(
            f"{path}: {name} is {dataset.shape} and has {dataset.id.get_storage_size()} bytes in the file"
        )
    place = dataset.name
    bfloat16 = dataset.attrs.get("dtype") == "bfloat16" and dataset.dtype.itemsize == 2
    dtype = "bfloat16" if bfloat16 else dataset.dtype.name

    def read() -> Bits:
        with _opened(path, opener) as file:
            bits: Bits = file[place][...]
        return bits.view("<u2") if bfloat16 else bits.astype(bits.dtype.newbyteorder("="), copy=False)

    return Stored(tuple(dataset.shape), dtype, read)
