"""The generated part of docs/parity.md: how alike the networks of the zoo train."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec import zoo
from archspec.backend import Arrays
from archspec.cli.table import shape_text
from archspec.comparison import OPTIMISERS
from tests.zoo.trained import NARROW, measured

DIFFERENCES = ("outputs", "gradients", "statistics")
HEADER = ("network", "input", "weights", *DIFFERENCES, "rates", *(each.name for each in OPTIMISERS))

_PART = re.compile(r"(?<=<!-- trained: begin -->\n).*?(?=\n<!-- trained: end -->)", re.DOTALL)


def with_table(text: str) -> str:
    """The page's text with the table as it should be."""
    return _PART.sub(lambda _: "\n".join(["", *_lines(), ""]), text)


def _lines() -> Iterator[str]:
    rows = [_row(name, found) for name, found in measured().items()]
    same = [found for found in measured().values() if found["passed"]]
    largest = max(max(_differences(found)) for found in same)
    missing = [name for name in zoo.list_networks() if name not in measured()]
    yield (
        f"Of {len(zoo.list_networks())} networks {len(measured())} were measured; {len(same)} train alike, "
        f"the largest difference among them is {largest:.1e}."
    )
    for title, names in (
        ("These differ", [name for name, found in measured().items() if not found["passed"]]),
        ("These were not measured", missing),
    ):
        if names:
            yield f"\n{title}: {', '.join(f'`{name}`' for name in names)}."
    yield ""
    yield f"| {' | '.join(HEADER)} |"
    yield "|---|---" + "|--:" * (len(HEADER) - 2) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _row(name: str, found: Arrays) -> list[str]:
    inputs = ", ".join((*map(shape_text, found["inputs"].values()), *NARROW.get(name, ())[:1]))
    one_pass, steps = ([f"{each:.1e}" for each in kind] for kind in (_of_a_pass(found), found["steps"].values()))
    rates = f"2^-{found['slower']}" if found.get("slower") else "1" if "slower" in found else "usual"
    return [f"`{name}`", inputs, str(found["weights"]), *one_pass, rates, *steps]


def _differences(found: Arrays) -> list[float]:
    return [*_of_a_pass(found), *found["steps"].values()]


def _of_a_pass(found: Arrays) -> list[float]:
    return [found[name] for name in DIFFERENCES]
