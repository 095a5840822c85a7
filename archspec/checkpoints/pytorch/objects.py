"""The results of PyTorch's own functions in its pickles: tensors as views of storages, and containers of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from archspec.checkpoints.listing import shown
from archspec.checkpoints.pickles import Made, Name, PickleError
from archspec.checkpoints.pytorch.values import NUMBERS, STORAGES, Storage, Tensor, width_of
from archspec.checkpoints.sizes import are_sizes, is_shape


def storage_of(identifier: object) -> Storage | None:
    """The storage for a persistent id: ("storage", class, key, location, number of elements, ...)."""
    match identifier:
        case ("storage", Name(word=word), str(key), _, int(length), *_):
            return Storage(key, STORAGES.get(word) or shown(word), length)
    return None


class TorchObjects:
    """Makes the objects of the pickles in one file: tensors, dicts, and records of other calls.

    A pickle can pass the same long arguments to many calls, which copy them. The copied characters and pairs are
    counted, and more than `most` of them are a `PickleError`; honest pickles copy no more than their own length.
    """

    def __init__(self, most: int) -> None:
        self._left = most

    def __call__(self, maker: object, arguments: object) -> object:
        """The object for a call of a name with arguments."""
        if not isinstance(maker, Name):
            return Made(maker, arguments)
        if maker in _COPIES:
            self._count(arguments)
        rule = _RULES.get(maker)
        found = rule(arguments) if rule else None
        if found is not None:
            return found
        # An unknown kind of tensor must not be mistaken for another object and left out.
        is_tensor = maker.module.startswith("torch") and maker.word.startswith("_rebuild")
        return Tensor((), "tensor", fault=_NOT_PLAIN) if is_tensor else Made(maker, arguments)

    def _count(self, arguments: object) -> None:
        match arguments:
            case (str() | list() as copied, *_):
                self._left -= len(copied)
        if self._left < 0:
            raise PickleError("it would become many times longer than it is")


def _tensor(arguments: object) -> Tensor | None:
    """`_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, flags)`; older calls have fewer."""
    match arguments:
        case (Storage() as storage, int(offset), tuple(shape), tuple(strides), *_):
            return _checked(storage.dtype, storage, offset, shape, strides, _flags(arguments, 6))
    return None


def _typed_tensor(arguments: object) -> Tensor | None:
    """`_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, type, flags)`."""
    match arguments:
        case (Storage() as storage, int(offset), tuple(shape), tuple(strides), _, _, Name(word=dtype), *_):
            return _checked(shown(dtype), storage, offset, shape, strides, _flags(arguments, 7))
    return None


def _flags(arguments: Sequence[object], place: int) -> Mapping[str | int, object]:
    flags = arguments[place] if len(arguments) > place else None
    return flags if isinstance(flags, dict) else {}


def _checked(
    dtype: str,
    storage: Storage,
    offset: int,
    shape: tuple[object, ...],
    strides: tuple[object, ...],
    flags: Mapping[str | int, object],
) -> Tensor:
    """The tensor with checked sizes, or without sizes and with a fault."""
    if not are_sizes((offset,)) or not is_shape(shape) or not are_sizes(strides) or len(shape) != len(strides):
        return Tensor((), dtype, fault="has a shape or steps that no tensor has")
    tensor = Tensor(tuple(shape), dtype, storage, offset, tuple(strides), flags)
    return Tensor(tensor.shape, "expanded", fault=_NOT_PLAIN) if _is_expanded(tensor) else tensor


def _is_expanded(tensor: Tensor) -> bool:
    """Whether it has more elements than its storage, by strides of 0."""
    count, dtype, storage = math.prod(tensor.shape), tensor.dtype, tensor.storage
    if dtype == storage.dtype:
        return count > storage.length
    known = dtype in NUMBERS and storage.dtype in NUMBERS
    return known and count * width_of(dtype) > storage.length * width_of(storage.dtype)


def _inner(arguments: object) -> object:
    """The tensor in the arguments of a parameter."""
    return arguments[0] if isinstance(arguments, tuple) and arguments and isinstance(arguments[0], Tensor) else None


def _subclass(arguments: object) -> object:
    """`_rebuild_from_type_v2(function, class, arguments, state)`."""
    match arguments:
        case (Name() as maker, _, tuple(inner), *_) if maker in _PLAIN:
            return _PLAIN[maker](inner)
    return None


def _sparse(arguments: object) -> Tensor:
    match arguments:
        case (_, (_, Tensor(), shape, *_)) if is_shape(shape):
            return Tensor(tuple(shape), "sparse", fault=_NOT_PLAIN)
    return Tensor((), "sparse", fault=_NOT_PLAIN)


def _meta(arguments: object) -> Tensor:
    fault = "has no elements: it was saved from the device meta"
    match arguments:
        case (Name(), shape, *_) if is_shape(shape):
            return Tensor(tuple(shape), "meta", fault=fault)
    return Tensor((), "meta", fault=fault)


def _dict(arguments: object) -> object:
    """An OrderedDict; an older pickle has its items as pairs in the arguments."""
    pairs = arguments[0] if isinstance(arguments, tuple) and arguments else []
    if not isinstance(pairs, list):
        return {}
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and type(pair[0]) is str}


def _list(arguments: object) -> object:
    """A set as a list, because nothing is hashed."""
    return arguments[0] if isinstance(arguments, tuple) and arguments and isinstance(arguments[0], list) else None


def _bytes(arguments: object) -> object:
    """`_codecs.encode(text, "latin1")`: bytes of Python 3 in the protocols of Python 2."""
    match arguments:
        case (str(text), "latin1" | "latin-1"):
            return text.encode("latin-1")
    return None


_NOT_PLAIN = "is not stored element by element"

_ENCODE, _ORDERED = Name("_codecs", "encode"), Name("collections", "OrderedDict")

_COPIES = frozenset({_ENCODE, _ORDERED})
"""The functions that copy their first argument."""

_PLAIN: Mapping[Name, Callable[[object], object]] = {
    Name("torch._utils", "_rebuild_tensor"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
    Name("torch._utils", "_rebuild_qtensor"): _tensor,
    Name("torch._utils", "_rebuild_sparse_tensor"): _sparse,
    Name("torch._utils", "_rebuild_meta_tensor_no_storage"): _meta,
}
"""The functions that make tensors."""

_RULES: Mapping[Name, Callable[[object], object]] = {
    **_PLAIN,
    _ENCODE: _bytes,
    _ORDERED: _dict,
    Name("__builtin__", "set"): _list,
    Name("builtins", "set"): _list,
    Name("torch", "Size"): lambda arguments: arguments[0] if isinstance(arguments, tuple) and arguments else (),
    Name("torch._tensor", "_rebuild_from_type_v2"): _subclass,
    Name("torch._utils", "_rebuild_parameter"): _inner,
    Name("torch._utils", "_rebuild_parameter_with_state"): _inner,
}
"""The maker for each name; it returns None for arguments that PyTorch does not write."""
