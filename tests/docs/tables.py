"""The generated parts of docs/language.md: what the classes of the language say about themselves, as tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from inspect import cleandoc
from typing import Any

from pydantic.fields import FieldInfo

import archspec
from archspec.expressions import values
from archspec.expressions.functions import FUNCTIONS
from archspec.layers import LayerType, families, layer_types
from archspec.layers.activation import ACTIVATIONS, other_defaults
from archspec.layers.attributes import LIMIT, Check
from archspec.layers.initializers import INITIALIZERS
from archspec.lower import bounds
from archspec.source import faults
from archspec.spec import elsewhere, elsewhere_layers, envelope, inputs, names, report, third_parties
from archspec.spec.expressions import compiler, template
from tests.conformance.cases import FAMILIES as CASES
from tests.docs import meanings


def parts() -> dict[str, str]:
    """The generated parts by their names."""
    return {
        "functions": _table(("function", "value"), _functions()),
        "layers": "\n\n".join(_families()),
        "attributes": _table(("attribute", "value", "meaning"), _attributes()),
        "activations": _table(("name", "layer"), _activations()),
        "initializers": _table(("name", "values"), _initializers()),
        "elsewhere": _table(("there", "here"), _elsewhere()),
        "limits": _table(("what", "at most"), _limits()),
    }


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    header = tuple(header)
    lines = [f"| {' | '.join(row)} |" for row in (header, *rows)]
    return "\n".join([lines[0], "|---" * len(header) + "|", *lines[1:]])


def _functions() -> Iterator[tuple[str, str]]:
    for function in FUNCTIONS.values():
        yield ", ".join(f"`{form}`" for form in re.findall(r"\w+\([^)]*\)", function.signature)), function.meaning


def _families() -> Iterator[str]:
    """A table for each family, under the first line of its file; what the file says next is said of all its layers."""
    for family, kinds in families().items():
        title, _, remark = cleandoc(import_module(f"archspec.layers.{family}").__doc__ or "").partition("\n")
        table = _table(("`layer_type`", "attributes", "what it gives"), map(_layer, kinds))
        yield "\n\n".join(filter(None, (f"**{title.removesuffix('.')}**", " ".join(remark.split()), table)))


def _layer(kind: LayerType) -> tuple[str, str, str]:
    attributes = ", ".join(f"`{_with_default(name, field)}`" for name, field in kind.model_fields.items())
    weights = ", ".join(f"`{name}`" for name in _weights(kind))
    meaning = " ".join(cleandoc(kind.__doc__ or "").split())
    return f"`{kind.__name__}`", attributes, f"{meaning} Weights: {weights}." if weights else meaning


def _with_default(name: str, field: FieldInfo) -> str:
    return name if field.is_required() else f"{name}: {_written(field.default)}"


def _written(value: Any) -> str:
    """A default as a spec has it, in its shortest form."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case (first, second) if first == second:
            return _written(first)
    return str(value)


def _weights(kind: LayerType) -> list[str]:
    """The names of its weights, with all that its defaults have, as in its first case of conformance."""
    case = CASES[kind.__module__.rpartition(".")[2]][kind.__name__].cases[0]
    needed = {name: case.attributes[name] for name, field in kind.model_fields.items() if field.is_required()}
    inputs = {f"x{index}": list(shape) for index, shape in enumerate(case.shapes)}
    layer = {"name": "x", "layer_type": kind.__name__, "inputs": list(inputs), **needed}
    network = archspec.load({"inputs": inputs, "layers": [layer]})
    return [name.removeprefix("x:").removeprefix("x.") for name in network.weights()]


def _attributes() -> Iterator[tuple[str, str, str]]:
    """A row for each attribute and each thing that it means, with the layers' names where they differ."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for kind in layer_types().values():
        for name, field in kind.model_fields.items():
            meaning = meanings.OTHER_MEANINGS.get((kind.__name__, name)) or meanings.MEANINGS[name]
            rows.setdefault((name, _value(field), meaning), []).append(kind.__name__)
    several = {name for name, *_ in rows if sum(row[0] == name for row in rows) > 1}
    for (name, value, meaning), kinds in sorted(rows.items()):
        of = f" of {_listed(kinds)}" if name in several else ""
        yield f"`{name}`{of}", value, meaning


def _listed(kinds: list[str]) -> str:
    *others, last = kinds
    return f"{', '.join(others)} and {last}" if others else last


def _value(field: FieldInfo) -> str:
    """What the attribute may be, in words: its check is in the annotation, or in a part of it."""
    waiting: list[Any] = [*field.metadata, field.annotation]
    optional = type(None) in getattr(field.annotation, "__args__", ())
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, Check):
            words = meanings.VALUES[part]
            return f"{words}, or null" if optional and "null" not in words and "counted" not in words else words
        waiting += [*getattr(part, "__metadata__", ()), *getattr(part, "__args__", ())]
    raise LookupError(f"no check in {field.annotation}")


def _activations() -> Iterator[tuple[str, str]]:
    for name, layer in ACTIVATIONS.items():
        own = other_defaults(name)
        yield f"`{name}`", f"`{type(layer).__name__}`" + (f" with `{own}`" if own else "")


def _initializers() -> Iterator[tuple[str, str]]:
    for name in INITIALIZERS:
        yield f"`{name}`", meanings.INITIALIZERS[name]


def _elsewhere() -> Iterator[tuple[str, str]]:
    """The names that PyTorch, and Keras beside its own, have for layers and for attributes, by what they are here."""
    for words in (elsewhere_layers.LAYERS, elsewhere.ATTRIBUTES):
        for here in sorted({*words.values()}):
            yield ", ".join(f"`{there}`" for there in sorted(words) if words[there] == here), f"`{here}`"


def _limits() -> Iterator[tuple[str, str]]:
    yield "characters in a file", f"{faults.MAX_CHARACTERS:,}"
    most = f"{faults.MAX_VALUES:,}, or in a long file one for each {faults.CHARACTERS_A_VALUE} characters"
    yield "values in a file, an alias counted as what it stands for", most
    yield "lists and mappings inside each other", f"{faults.MAX_DEPTH}"
    yield "layers in a network, and copies by one `repeat`, `for` or `rows`", f"{bounds.MOST_LAYERS:,}"
    yield (
        "copies of all layers with `repeat`, `for`, `rows` or `when`, with those that are left out",
        f"{bounds.MOST_ASKED:,}",
    )
    yield "values that the layers of a network read, counted for each layer", f"{bounds.MOST_READ:,}"
    yield "composites and blocks inside each other", f"{bounds.DEEPEST_NESTING}"
    yield "elements of a value, a weight, and all weights together", _power(bounds.MOST_ELEMENTS)
    yield "an attribute's whole number, an axis", f"{_power(LIMIT)} - 1"
    yield "axes of an input", f"{inputs.MOST_AXES}"
    yield "`params`, `variants`, `inputs`, `blocks` and `stages`, of each", f"{envelope.MOST_ENTRIES:,}"
    yield "characters in a name", f"{names.LONGEST_NAME}"
    yield "characters in a pattern of `names`", f"{third_parties.LONGEST_PATTERN}"
    yield "characters in a text with expressions", f"{template.LONGEST_TEXT:,}"
    yield "parts in an expression", f"{compiler.MOST_NODES}"
    yield "parentheses and operators inside each other", f"{values.DEEPEST}"
    yield "an expression's whole number", f"{_power(values.INTEGER_LIMIT)} - 1"
    yield "elements of an expression's list, characters of its text", f"{values.MOST_ELEMENTS:,}"
    yield "errors that are told at once", f"{report.MOST_TOLD}"


def _power(number: int) -> str:
    exponent = number.bit_length() - 1
    assert number == 2**exponent, "a limit is a power of two"
    return f"2<sup>{exponent}</sup>"
