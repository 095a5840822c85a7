"""A document as YAML: a line for each layer, longer ones wrapped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_WIDTH = 120
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_. -]*")


def spec_text(document: Mapping[str, Any]) -> str:
    """The text of a document, which reads as the same document."""
    return "".join(f"{line}\n" for key, value in document.items() for line in _entry(key, value))


def _entry(key: str, value: object) -> Iterator[str]:
    if key == "layers" and isinstance(value, list):
        yield "layers:"
        yield from _layers(value, "  ")
    else:
        yield from _wrapped(f"{key}: ", _flow(value))


def _layers(layers: list[dict[str, Any]], indent: str) -> Iterator[str]:
    for layer in layers:
        if "layers" not in layer:
            yield from _wrapped(f"{indent}- ", _flow(layer))
            continue
        start = f"{indent}- "
        for key, value in layer.items():
            if key == "layers":
                yield f"{start}layers:"
                yield from _layers(value, f"{indent}    ")
            else:
                yield from _wrapped(f"{start}{key}: ", _flow(value))
            start = f"{indent}  "


def _wrapped(start: str, pieces: list[str]) -> Iterator[str]:
    """The pieces in lines; those after the first are indented below it."""
    line, indent = start, " " * (len(start) + 1 if len(start) < _WIDTH // 3 else 4)
    for piece in pieces:
        if len(line.rstrip()) + 1 + len(piece) > _WIDTH and line.strip() != start.strip():
            yield line.rstrip()
            line = indent
        line += piece
    yield line.rstrip()


def _flow(value: object) -> list[str]:
    """A value between brackets, in pieces between which a line may end."""
    if isinstance(value, Mapping):
        inner = [f"{_scalar(key)}: {''.join(_flow(each))}" for key, each in value.items()]
        return _joined("{", inner, "}")
    if isinstance(value, list | tuple):
        return _joined("[", ["".join(_flow(each)) for each in value], "]")
    return [_scalar(value)]


def _joined(opening: str, inner: list[str], closing: str) -> list[str]:
    if not inner:
        return [opening + closing]
    pieces = [f"{each}, " for each in inner[:-1]] + [inner[-1] + closing]
    return [opening + pieces[0], *pieces[1:]]


def _scalar(value: object) -> str:
    """A scalar; a text is quoted if YAML would read it as something else."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) is not None and yaml.safe_load(text) == text
    return text if is_plain else json.dumps(text.replace("$", "$$"))


def _float(value: float) -> str:
    """A number that every YAML reader takes for one: 1.0e-05, and not 1e-05."""
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}.0e{power}" if exponent and "." not in mantissa else text
