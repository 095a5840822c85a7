"""A module's whole source: its docstring, imports, helpers and definitions, and the part that runs it as a program."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache

from archspec.ir import Graph
from archspec.program import python as py
from archspec.program.functions import MAKE_DIVISIBLE
from archspec.program.printing import Verbatim, print_statements
from archspec.program.trees import nodes_in

STANDARD = frozenset(
    {"collections", "contextlib", "functools", "glob", "io", "json", "math", "pathlib", "re", "tarfile", "typing"}
)
"""The modules of the standard library that sources import."""


def title(graph: Graph) -> str:
    """The docstring of a network's source: its name and its origin."""
    return f"{graph.name}: {graph.source}" if graph.source else f"{graph.name}."


def module_source(
    doc: str,
    imports: Mapping[str, str],
    helpers: Mapping[str, str],
    definitions: Sequence[ast.stmt],
    main: str = "",
) -> str:
    """The source with the imports and helpers whose names the definitions or the program use.

    `imports` maps a name to its import statement, `helpers` a name to the source of its definition. `main` is the text
    of the part that runs as a program.
    """
    sources = {**helpers, "make_divisible": MAKE_DIVISIBLE}
    own = _names(definitions) | _names_in(main)
    used = _used_helpers(own, sources)
    names = own.union(*(_names_in(sources[name]) for name in used))
    block = _import_block([statement for name, statement in imports.items() if name in names])
    texts = [block, *(sources[name] for name in used)]
    return print_statements(
        [py.docstring(doc), *map(Verbatim, texts), *definitions, *([Verbatim(main)] if main else [])]
    )


def program_source(
    doc: str,
    imports: Mapping[str, str],
    helpers: Mapping[str, str],
    constants: str,
    definitions: str,
    exported: Iterable[str] = (),
) -> str:
    """The source of a module whose definitions are text: the imports and helpers that they use, and the constants.

    The helpers that it has for other modules are `exported`.
    """
    used = _used_helpers(_names_in(definitions).union(exported), helpers)
    names = _names_in(constants).union(_names_in(definitions), *(_names_in(helpers[name]) for name in used))
    block = _import_block([statement for name, statement in imports.items() if name in names])
    texts = (block, constants, *(helpers[name] for name in used), definitions)
    return print_statements([py.docstring(doc), *map(Verbatim, texts)])


def main_part(
    graph: Graph,
    build: str,
    weights_file: str,
    load: str,
    forward: Sequence[str],
    shape: str,
    *,
    imports: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> str:
    """The part of a source that runs it as a program: a forward pass, whose output shapes it prints.

    `build` is the expression for the `model`. `load` is the statement that loads `weights_file`, which is beside the
    source, from the path `weights`. `forward` computes the `outputs`; `shape` is a template for the shape of one.
    """
    lines = ["from pathlib import Path", "", *([*imports, ""] if imports else []), *settings, f"model = {build}"]
    lines += [f'weights = Path(__file__).with_name("{weights_file}")', "if weights.exists():", f"    {load}", *forward]
    if len(graph.outputs) > 1:
        lines += ["for name, output in outputs.items():", f"    print(name, {shape.format('output')})"]
    else:
        lines.append(f"print({shape.format('outputs')})")
    return "\n".join(['if __name__ == "__main__":', *(line and f"    {line}" for line in lines)])


def _used_helpers(names: Set[str], helpers: Mapping[str, str]) -> list[str]:
    """The helpers that these names need, each after the helpers that it uses."""
    found: list[str] = []

    def visit(words: Set[str], user: str) -> None:
        for name in helpers:
            if name in words and name != user and name not in found:
                visit(_names_in(helpers[name]), name)
                found.append(name)

    visit(names, "")
    return found


@lru_cache(maxsize=256)
def _names_in(text: str) -> frozenset[str]:
    return _names([ast.parse(text)])


def _names(trees: Iterable[ast.AST]) -> frozenset[str]:
    """The names that are read anywhere in trees."""
    return frozenset(node.id for node in nodes_in(trees) if isinstance(node, ast.Name))


def _import_block(statements: Iterable[str]) -> str:
    """The import statements, the standard library's first and separated; names from one module share a statement."""
    merged: dict[str, list[str]] = {}
    for statement in statements:
        source, _, name = statement.partition(" import ") if statement.startswith("from ") else (statement, "", "")
        merged.setdefault(source, []).append(name)
    lines = [f"{source} import {', '.join(sorted(names))}" if names[0] else source for source, names in merged.items()]
    standard = [line for line in lines if line.split()[1].split(".")[0] in STANDARD]
    groups = (standard, [line for line in lines if line not in standard])
    by_kind = [sorted(group, key=lambda line: (line.startswith("from "), line.lower())) for group in groups if group]
    return "\n\n".join("\n".join(group) for group in by_kind)
