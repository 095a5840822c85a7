"""The generated parts of docs/weights.md: files of third parties' networks, and what their matches are found by."""

from __future__ import annotations

from collections.abc import Iterator

from tests.docs.timm_table import timm_part
from tests.peers.applications import BUILDERS, FORMATS
from tests.peers.test_application_files import KEPT

_WAYS = {"third party": "its names", "name": "own names"}


def parts() -> dict[str, str]:
    """The generated parts by their names."""
    return {"applications": "\n".join(_applications()), "timm": timm_part()}


def _applications() -> Iterator[str]:
    measured = KEPT.read()
    missing = [builder for builder, network in BUILDERS.items() if network not in measured]
    if missing:
        yield f"Not measured: {', '.join(missing)}.\n"
    yield "| builder | network | `.keras` | `.h5`, whole model | `.weights.h5` | `.h5`, weights alone | difference |"
    yield "|---|---|---|---|---|---|--:|"
    for builder, network in BUILDERS.items():
        if network in measured:
            found = measured[network]
            ways = [", ".join(_WAYS.get(way, way) for way in found["formats"][kind]) for kind in FORMATS]
            difference = "names, shapes" if found["difference"] is None else f"{found['difference']:.1e}"
            yield f"| {builder} | `{network}` | {' | '.join(ways)} | {difference} |"
