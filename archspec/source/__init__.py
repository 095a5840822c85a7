"""YAML and JSON text -> values that remember their positions; and diagnostics drawn with their lines."""

from archspec.source.builders import words_of
from archspec.source.document import read_document
from archspec.source.files import decode_source, load_source
from archspec.source.render import render
from archspec.source.values import EMPTY, Mapping, Sequence, locate, words

__all__ = [
    "EMPTY",
    "Mapping",
    "Sequence",
    "decode_source",
    "load_source",
    "locate",
    "read_document",
    "render",
    "words",
    "words_of",
]
