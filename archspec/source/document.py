"""Text to the values of a document, with all faults of the text."""

from __future__ import annotations

from archspec.errors import Diagnostic, Source, Span
from archspec.source.faults import MAX_CHARACTERS, Faults, Unreadable
from archspec.source.json_reader import read_json
from archspec.source.values import EMPTY, Mapping, Sequence
from archspec.source.yaml_reader import read_yaml

_HINT = "a spec is a mapping (archspec, inputs, layers, ...) or a list of layers"


def read_document(source: Source, *, json: bool) -> tuple[Mapping | Sequence | None, tuple[Diagnostic, ...]]:
    """The mapping or list of a YAML or JSON text, and the faults of the text.

    The value is None if a part of the text cannot be read; then there is at least one diagnostic. After a duplicate key
    the value can still be checked, with the first key's value. It never raises, for any text.
    """
    faults = Faults(source)
    value: Mapping | Sequence | None = None
    try:
        if len(source.text) > MAX_CHARACTERS:
            raise Unreadable(_too_long(source))
        if not source.text.strip("\ufeff \t\r\n"):
            raise Unreadable(_empty(source))
        value = _collection(read_json(source, faults) if json else read_yaml(source, faults), source)
    except Unreadable as unreadable:
        faults.told.append(unreadable.diagnostic)
    return None if faults.lost else value, tuple(faults.told)


def _collection(value: object, source: Source) -> Mapping | Sequence:
    if isinstance(value, (Mapping, Sequence)):
        return value
    if value is None or value is EMPTY:
        raise Unreadable(_empty(source))
    start = len(source.text) - len(source.text.lstrip())
    where = Span(source, start, max(start, len(source.text.rstrip())))
    raise Unreadable(Diagnostic("no-document", "this is neither a mapping nor a list", where, _HINT))


def _empty(source: Source) -> Diagnostic:
    return Diagnostic("empty-document", "the document is empty", Span(source, 0, 0), _HINT)


def _too_long(source: Source) -> Diagnostic:
    message = f"the text has {len(source.text):,} characters, and at most {MAX_CHARACTERS:,} are read"
    return Diagnostic("too-long", message, source.name)
