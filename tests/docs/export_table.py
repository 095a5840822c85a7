"""The generated part of docs/export.md: a network of each family in every target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from archspec.cli.table import shape_text
from tests.zoo.exported import EXPORTED, TARGETS
from tests.zoo.legacy_kept import LEGACY
from tests.zoo.small import NETWORKS

_ROW = "| {} |"


def parts() -> dict[str, str]:
    """The generated part by its name."""
    return {"exported": "\n".join(_page(EXPORTED.read())), "legacy": "\n".join(_legacy(LEGACY.read()))}


def _page(measured: Mapping[str, Any]) -> Iterator[str]:
    every = [found for each in measured.values() for found in each["targets"].values()]
    left = [found for found in every if "reason" not in found]
    most = max((found["difference"] for found in left), default=0.0)
    yield (
        f"A small network of each family by each target: of {len(NETWORKS) * len(TARGETS)} files {len(every)} were "
        f"tried, and {len(left)} were left. The largest difference from the compiled model was {most:.1e}, and the "
        f"file's error between {_share(left, min):.2g} and {_share(left, max):.2g} times what is allowed. A cell has "
        "the difference, the size in MB, and where it was measured the milliseconds of processor time for one sample, "
        "of the file and of the framework's own model; what is empty was not tried."
    )
    if missing := [name for name in NETWORKS if name not in measured]:
        yield f"\nThese were not tried: {', '.join(f'`{name}`' for name in missing)}."
    yield ""
    yield _ROW.format(" | ".join(("network", "input", *(f"`{target}`" for target in TARGETS))))
    yield "|---|---" + "|---" * len(TARGETS) + "|"
    for name, each in measured.items():
        cells = (_cell(each["targets"].get(target)) for target in TARGETS)
        yield _ROW.format(" | ".join((f"`{name}`", ", ".join(map(shape_text, each["inputs"])), *cells)))
    reasons = [(name, *refused) for name, each in measured.items() for refused in _reasons(each)]
    if reasons:
        yield "\nThe reasons:\n"
        yield from (f"- `{name}` in `{target}`: {reason}" for name, target, reason in reasons)


def _legacy(tried: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What the older exporters of PyTorch do with the same networks: the failures, those of one reason together."""
    for exporter, words in (("script", "`torch.jit.script`"), ("onnx", "`torch.onnx.export(dynamo=False)`")):
        reasons: dict[str, list[str]] = {}
        for name, found in tried.items():
            if found[exporter]:
                reasons.setdefault(_without_names(found[exporter]), []).append(f"`{name}`")
        failed = sum(map(len, reasons.values()))
        yield f"{words} does {len(tried) - failed} of {len(tried)} networks{':' if failed else '.'}\n"
        yield from (f"- {reason}: {', '.join(names)}" for reason, names in reasons.items())
        yield ""


def _without_names(reason: str) -> str:
    """A reason without the names of blocks and layers, in which equal reasons differ."""
    return re.sub(r"'\w+'", "'...'", reason.replace("`", "'"))


def _share(found: list[dict[str, Any]], which: Any) -> float:
    return float(which((each["exported"] / each["allowed"] for each in found), default=0.0))


def _cell(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    if "reason" in found:
        return "refused"
    times = f", {found['milliseconds']:g} / {found['own']:g}" if "milliseconds" in found else ""
    return f"{found['difference']:.1e}, {found['bytes'] / 1e6:.1f}{times}"


def _reasons(each: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((target, found["reason"]) for target, found in each["targets"].items() if "reason" in found)
