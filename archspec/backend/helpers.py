"""Definitions that emitted source carries where the framework has no layer or function of its own.

They are in files of real Python, which tests import and linters read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType


def read_helpers(folder: Path) -> Mapping[str, str]:
    """The text of each class and function in the folder's modules, decorators included, by its name."""
    paths = sorted(folder.glob("[!_]*.py"))
    return MappingProxyType(dict(found for path in paths for found in _definitions(path.read_text(encoding="utf-8"))))


def _definitions(source: str) -> Iterator[tuple[str, str]]:
    lines = source.splitlines(keepends=True)
    for found in ast.parse(source).body:
        if isinstance(found, ast.ClassDef | ast.FunctionDef):
            first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
            yield found.name, "".join(lines[first - 1 : found.end_lineno])
