from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from archspec.training.helpers.faults import DataError


def read_archive(file: str, names: dict[str, str]) -> dict[str, np.ndarray]:
    """Read the array of each field from an .npz file."""
    try:
        with np.load(file) as arrays:
            return {field: arrays[name] for field, name in names.items()}
    except OSError:
        raise
    except Exception as error:
        raise DataError(f"{file} cannot be read: {error}") from error


def open_array(file: str) -> np.ndarray:
    """Open an .npy file; its parts are read when they are needed."""
    try:
        array = np.load(file, mmap_mode="r")
    except OSError:
        raise
    except Exception as error:
        raise DataError(f"{file} cannot be read: {error}") from error
    if not isinstance(array, np.ndarray):
        raise DataError(f"{file} is an archive of arrays, and not an .npy file")
    return array


def same_length(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays themselves, if they have examples, and the same number of them."""
    counts = {
        name: array.shape[0] if array.ndim else 0 for name, array in arrays.items()
    }
    if len(set(counts.values())) > 1:
        raise DataError(f"the arrays have different numbers of examples: {counts}")
    if 0 in counts.values():
        raise DataError(f"the arrays have no examples: {', '.join(counts)}")
    return arrays


def counted(
    examples: Sequence[Mapping[str, ArrayLike]], function: str
) -> Sequence[Mapping[str, ArrayLike]]:
    """The examples that a function gives, if they can be counted and there are some."""
    counts = hasattr(examples, "__len__") and hasattr(examples, "__getitem__")
    if not counts or isinstance(examples, Mapping):
        given = type(examples).__name__
        raise DataError(f"{function} gives no sequence of examples: a {given}")
    if not len(examples):
        raise DataError(f"{function} gives no examples")
    return examples


def with_fields(
    examples: Sequence[Mapping[str, ArrayLike]], place: int, names: list[str]
) -> Mapping[str, ArrayLike]:
    """The example at a place, which has fields of these names."""
    try:
        example = examples[place]
    except StopIteration as error:
        # A loop over the batches would take it for their end.
        raise RuntimeError(f"example {place} raises StopIteration") from error
    if not isinstance(example, Mapping):
        given = type(example).__name__
        raise DataError(f"example {place} is a {given}, and no mapping of its fields")
    for name in names:
        if name not in example:
            raise DataError(f"example {place} has no `{name}`")
    return example


def as_numbers(values: ArrayLike, name: str, place: int | str) -> np.ndarray:
    """The values of an example's field as an array of numbers."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"`{name}` of example {place} is no array: {error}") from error
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"`{name}` of example {place} has {array.dtype}, and no numbers"
        )
    return array


def as_floats(values: ArrayLike, name: str, place: int | str) -> np.ndarray:
    """An image as floats; bytes and numbers of 16 bits are divided by their largest."""
    image = as_numbers(values, name, place)
    image = image[:, :, None] if image.ndim == 2 else image
    if image.ndim != 3:
        raise DataError(
            f"`{name}` of example {place} has the shape {image.shape}, and an image "
            "has height, width and channels"
        )
    if image.dtype.kind in "iu" and image.dtype not in (np.uint8, np.uint16):
        raise DataError(
            f"`{name}` of example {place} has {image.dtype}, and an image has floats, "
            "uint8 or uint16"
        )
    largest = np.iinfo(image.dtype).max if image.dtype.kind == "u" else 1
    return image.astype(np.float32) / np.float32(largest)


def as_classes(
    values: ArrayLike, name: str, place: int | str, axes: int, classes: int | None
) -> np.ndarray:
    """The indices of classes with so many axes; a last axis of 1 after them is left out.

    They are whole numbers from 0, below the number of `classes` if it is known.
    """
    array = as_numbers(values, name, place)
    given = array[..., 0] if array.ndim == axes + 1 and array.shape[-1] == 1 else array
    if given.ndim != axes:
        raise DataError(
            f"`{name}` of example {place} has the shape {array.shape}, and not {axes} "
            "axes: the indices of classes, not a vector for each"
        )
    limit = 2.0**63 if classes is None else classes
    right = (given >= 0) & (given < limit) & (given == np.trunc(given))
    if not right.all():
        known = "" if classes is None else f" to {classes - 1}"
        raise DataError(
            f"`{name}` of example {place} has {given[~right][0]}, and classes are whole "
            f"numbers from 0{known}"
        )
    return given.astype(np.int64)


def as_probabilities(values: ArrayLike, name: str, place: int | str) -> np.ndarray:
    """The probabilities of classes, from 0 to 1 but for rounding."""
    array = as_numbers(values, name, place)
    right = (array >= -1e-6) & (array <= 1 + 1e-6)
    if not right.all():
        raise DataError(
            f"`{name}` of example {place} has {array[~right][0]}, and probabilities of "
            "classes are from 0 to 1"
        )
    return array.astype(np.float32)


def stack(
    examples: list[dict[str, np.ndarray]], shapes: dict[str, tuple[int | None, ...]]
) -> dict[str, np.ndarray]:
    """Stack the fields of examples, which all have the shape that the network takes.

    None is any size, and a field without a shape has any.
    """
    for name in examples[0]:
        found = sorted({example[name].shape for example in examples})
        if len(found) > 1:
            raise DataError(
                f"examples have a `{name}` of {found[0]} and of {found[-1]}: resize them"
            )
        taken = shapes.get(name, found[0])
        if len(taken) != len(found[0]) or any(
            size not in (None, own) for size, own in zip(taken, found[0], strict=True)
        ):
            raise DataError(
                f"`{name}` of an example has the shape {found[0]}, and the network takes {taken}"
            )
    return {name: np.stack([each[name] for each in examples]) for name in examples[0]}
