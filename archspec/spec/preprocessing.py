"""The preprocessing of images for existing weights of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from archspec.spec.computed import plain
from archspec.spec.envelope import Entries, PreprocessingEnvelope, read_envelope
from archspec.spec.names import LONGEST_NAME, describe
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean

CHANNELS = ("RGB", "BGR", "L")
"""The orders of an image's channels; L is a single one, as in Pillow."""

LARGEST = 1e9
"""The largest number of a range, a mean or a deviation."""

_NEEDED = ("weights", "mean", "std")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """The images that `weights`, a third party's, were trained on.

    The two numbers of `range` stand for black and white. Each channel's `mean` is subtracted from its pixels, and the
    difference is divided by its `std`. `channels` is the order of channels.
    """

    weights: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    range: tuple[float, float] = (0, 1)
    channels: str = "RGB"


def read_preprocessing(
    declared: Mapping[str, object], variants: Mapping[str, object], place: Place, report: Report
) -> dict[str | None, Preprocessing]:
    """The preprocessing of each variant; for a document without variants, under None.

    `declared` is a `preprocessing:` mapping at `place`. A variant with null has none.
    """
    entries = read_envelope(PreprocessingEnvelope, declared, place, report)
    for key in _NEEDED:
        if key not in entries.spelt:
            report.error("missing-key", f"the preprocessing has no `{key}`", place.own_key)
    family = _values(entries, report)
    found: dict[str | None, Preprocessing | None] = {}
    for name in variants or (None,):
        found[name] = _made(family, place, report)
    inside = entries.inside("variants")
    for name, value in (entries.values.variants or {}).items():
        if name not in variants:
            hint = did_you_mean(str(name), variants)
            report.error("unknown-variant", f"the document has no variant `{name}`", inside.key(name), hint=hint)
        elif value is None:
            found[name] = None
        else:
            found[name] = _of_variant(value, family, inside.inside(name), report)
    return {name: preprocessing for name, preprocessing in found.items() if preprocessing is not None}


def _of_variant(value: object, family: Mapping[str, Any], place: Place, report: Report) -> Preprocessing | None:
    if not isinstance(value, dict):
        message = f"a variant's preprocessing is a mapping, or null where it has none, not {describe(value)}"
        report.error("wrong-type", message, place.where)
        return None
    if "variants" in value:
        report.error("unknown-key", "a variant has no `variants`", place.key("variants"))
    own = _values(read_envelope(PreprocessingEnvelope, value, place, report), report)
    return _made({**family, **own}, place, report)


def _values(entries: Entries[PreprocessingEnvelope], report: Report) -> dict[str, Any]:
    """The valid entries; faults are reported."""
    values: dict[str, Any] = {}
    for key, read in _READERS.items():
        if key in entries.values.model_fields_set:
            try:
                values[key] = read(getattr(entries.values, key))
            except ValueError as error:
                report.error("wrong-value", f"`{key}` must be {error}", entries.inside(key).where)
    return values


def _made(values: Mapping[str, Any], place: Place, report: Report) -> Preprocessing | None:
    """The preprocessing of these values; None if one is missing, or if they do not fit together, which is reported."""
    if not set(_NEEDED) <= values.keys():
        return None
    channels = values.get("channels", "RGB")
    for key in ("mean", "std"):
        if len(values[key]) not in (1, len(channels)):
            message = f"`{key}` has {len(values[key])} numbers, not {len(channels)} as {channels} has"
            report.error("wrong-value", message, place.inside(key).where, hint="one number is that of all channels")
            return None
    each = {key: values[key] * (len(channels) if len(values[key]) == 1 else 1) for key in ("mean", "std")}
    return Preprocessing(**{**values, **each})


def _weights(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > LONGEST_NAME:
        raise ValueError(f"the name of a package or of a project, not {describe(value)}")
    return value


def _channels(value: object) -> str:
    if value not in CHANNELS:
        raise ValueError(f"{', '.join(CHANNELS[:-1])} or {CHANNELS[-1]}, not {describe(value)}")
    return str(value)


def _range(value: object) -> tuple[float, float]:
    numbers = _numbers(value)
    if len(numbers) != 2 or not numbers[0] < numbers[1]:
        raise ValueError("two numbers, the smaller one first, as [0, 1] or [0, 255]")
    return numbers[0], numbers[1]


def _std(value: object) -> tuple[float, ...]:
    numbers = _numbers(value)
    if min(numbers) <= 0:
        raise ValueError(f"greater than 0, not {describe(min(numbers))}")
    return numbers


def _numbers(value: object) -> tuple[float, ...]:
    given = list(map(plain, value)) if isinstance(value, list | tuple) else [plain(value)]
    numbers = [each for each in given if isinstance(each, int | float) and not isinstance(each, bool)]
    small = all(-LARGEST <= number <= LARGEST for number in numbers)
    if len(numbers) < len(given) or not small or not 1 <= len(numbers) <= max(map(len, CHANNELS)):
        raise ValueError("a number, or a list of one for each channel")
    return tuple(numbers)


_READERS: Mapping[str, Callable[[object], object]] = MappingProxyType(
    {"weights": _weights, "mean": _numbers, "std": _std, "range": _range, "channels": _channels}
)
"""The reader of each key's value; it raises `ValueError` for a wrong one, with the end of a sentence about it."""
