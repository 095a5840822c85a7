"""Layers that take the equal parts of one value, which one `chunk` gives."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.program.calls import Function
from archspec.program.model import Apply, Item, Layer


def chunks(items: Sequence[Item]) -> list[tuple[Apply, Function]]:
    """The items that take all equal parts of one value, if the first of these items takes the first part."""
    first = _chunk(items[0])
    if first is None or not first[1].template.endswith("[0]"):
        return []
    stem, value = first[1].template.removesuffix("[0]"), first[0].inputs
    found: dict[str, tuple[Apply, Function]] = {}
    for item in items:
        part = _chunk(item)
        if part is not None and part[0].inputs == value and part[1].template.startswith(stem):
            found.setdefault(part[1].template.removeprefix(stem), part)
    wanted = [f"[{index}]" for index in range(first[1].parts)]
    return [found[index] for index in wanted] if all(index in found for index in wanted) else []


def _chunk(item: Item) -> tuple[Apply, Function] | None:
    """The item and its function, if the function takes one of several equal parts."""
    if not isinstance(item, Apply) or not isinstance(item.made, Layer) or len(item.made.forms) < 2:
        return None
    form = item.made.forms[1]
    is_part = form is not None and isinstance(form.made, Function) and form.made.parts and not form.arguments
    return (item, form.made) if is_part and form is not None and isinstance(form.made, Function) else None
