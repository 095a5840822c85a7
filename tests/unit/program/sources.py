"""Sources of small documents, without the parts that are the same for all."""

from __future__ import annotations

import re
from textwrap import dedent

import yaml

import archspec


def source(document: str, **params: object) -> str:
    """The PyTorch source of a document, without what stands before its first class and after its last."""
    text = archspec.load(yaml.safe_load(dedent(document)), params=params).emit("torch")
    classes = text[re.search(r"^class ", text, re.MULTILINE).start() :]  # type: ignore[union-attr]
    return classes.partition("\n\n\nif __name__")[0]
