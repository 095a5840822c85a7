"""The table of timm's networks in docs/weights.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.peers.timm_networks import key, known, measured


def timm_part() -> str:
    """The table."""
    return "\n".join(_timm())


def _timm() -> Iterator[str]:
    rows, found = known(), measured()
    same = {row.theirs for row in rows if not row.differs}
    yield f"{len(same)} networks have the function of one of the zoo's."
    yield ""
    yield "| timm | `--network` | found by | what differs | difference |"
    yield "|---|---|---|---|--:|"
    for row in rows:
        if not row.differs or row.theirs not in same:
            kept = found.get(key(row), {})
            cells = [f"`{row.theirs}`", f"`{row.call}`", _names(kept.get("names", "")), row.differs, _number(kept)]
            yield f"| {' | '.join(cells)} |"


def _names(whose: str) -> str:
    return f"{whose}'s names" if whose != "its own" else "names"


def _number(kept: Mapping[str, float]) -> str:
    number = kept.get("difference")
    return "not measured" if number is None else f"{number:.1e}" if number else "0"
