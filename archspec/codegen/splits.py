"""Takes all the parts of a value at once where a body has a use for each: `x, y = x.chunk(2, dim=1)`."""

from __future__ import annotations

from archspec.codegen.body import Number, Use
from archspec.program.calls import Function

Split = tuple[str, Number]
"""The template without the part's number, and the value that is split."""


def with_whole_splits(uses: list[Use]) -> list[Use]:
    """The uses, those that take part after part of one value joined into one with all the results."""
    splits: dict[Split, dict[int, Use]] = {}
    for use in uses:
        if isinstance(use.made, Function) and use.made.parts:
            split, part = _split(use, use.made)
            splits.setdefault(split, {}).setdefault(part, use)
    joined: dict[int, list[Use]] = {}
    for (template, _), parts in splits.items():
        first = next(iter(parts.values()))
        if isinstance(first.made, Function) and len(parts) == first.made.parts:
            joined |= {id(use): [] for use in parts.values()}
            results = tuple(parts[part].results[0] for part in sorted(parts))
            joined[id(first)] = [first._replace(made=Function(template), results=results)]
    return [each for use in uses for each in joined.get(id(use), [use])] if joined else uses


def _split(use: Use, made: Function) -> tuple[Split, int]:
    template, _, part = made.template.rpartition("[")
    return (template, use.inputs[0]), int(part.rstrip("]"))
