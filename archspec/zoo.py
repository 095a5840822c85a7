"""The specs in the package: one file for each family, and its networks by name."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from archspec.arguments import TEXT, takes
from archspec.source import load_source, read_document
from archspec.spec.suggest import closest

_SIGNS = "*?["
"""The characters of shell patterns."""


@dataclass(frozen=True, slots=True)
class ZooNetwork:
    """A network of the zoo: its name, its spec file, and its variant if the file has variants."""

    name: str
    path: Path
    variant: str | None


def folder() -> Path | None:
    """The zoo's files: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    return next((place for place in (package / "specs", package.parent / "specs") if place.is_dir()), None)


def spec_files() -> tuple[Path, ...]:
    """The specs by their names, one for each family."""
    place = folder()
    return _specs(place) if place else ()


@cache
def _specs(place: Path) -> tuple[Path, ...]:
    # Plain names, because making a `Path` for each would take longer.
    return tuple([place / name for name in sorted(os.listdir(place)) if name.endswith(".yaml")])


def checks() -> Mapping[str, Mapping[str, float]]:
    """The comparisons with third parties: the largest relative difference in float64, by network and third party."""
    place = folder()
    return _said(place / "checks.json") if place else {}


@cache
def _said(path: Path) -> Mapping[str, Any]:
    """The content of a JSON file beside the specs; empty if there is none."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


@cache
def indexed(path: Path) -> Mapping[str, Any] | None:
    """The index's entry for a file of the zoo; None if the file has changed since."""
    said: Mapping[str, Any] | None = _said(path.with_name("index.json")).get(path.name)
    return said if said is not None and said["sha256"] == digest(path) else None


def digest(path: Path) -> str:
    """The SHA-256 of a file with normalised line ends."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def find_network(name: str) -> ZooNetwork | None:
    """The network of this name; None if the zoo lacks it. Files with similar names are read first."""
    files = sorted(spec_files(), key=lambda path: -_common(path.name, name))
    return next((network for path in files for network in _networks(path) if network.name == name), None)


@takes(pattern=TEXT)
def list_networks(pattern: str = "*") -> list[str]:
    """The names of the zoo's networks that match a pattern (`resnet*`, see `matching`), in natural order."""
    return sorted((network.name for network in matching(pattern)), key=natural)


def natural(name: str) -> tuple[str | int, ...]:
    """A sort key for natural order: resnet18 comes before resnet101."""
    return tuple([int(part) if part.isdecimal() else part for part in re.split("([0-9]+)", name)])


def matching(pattern: str) -> Iterator[ZooNetwork]:
    """The zoo's networks that match a pattern, in the order of the files; case is ignored.

    A pattern with `*`, `?` or `[` is a shell pattern for the whole name; any other text matches anywhere in a name.
    """
    wanted = pattern.lower()
    if any(sign in wanted for sign in _SIGNS):
        return (network for network in networks() if fnmatchcase(network.name.lower(), wanted))
    return (network for network in networks() if wanted in network.name.lower())


def networks() -> Iterator[ZooNetwork]:
    """Every network of the zoo, file by file, in the order of the files."""
    for path in spec_files():
        yield from _networks(path)


def suggest(name: str) -> str | None:
    """The name that is closest to a misspelt one."""
    return closest(name, list_networks())


def suggest_pattern(pattern: str) -> str | None:
    """A similar pattern that matches a network: with the same beginning, with a part of it, or a similar name."""
    wider = (each for each in (f"{pattern}*", f"*{pattern}*") if any(matching(each)))
    return next(wider, None) or suggest(pattern)


def _common(word: str, other: str) -> int:
    """The length of the common prefix of two words."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))


@cache
def _networks(path: Path) -> tuple[ZooNetwork, ...]:
    known = indexed(path)
    if known is None:
        return read_networks(path)
    return tuple(ZooNetwork(name, path, name if known["variants"] else None) for name in known["networks"])


def read_networks(path: Path) -> tuple[ZooNetwork, ...]:
    """The networks of a file, from the file itself."""
    document, _ = read_document(load_source(path), json=False)
    variants = document.get("variants") if isinstance(document, dict) else None
    if isinstance(variants, dict) and variants:
        return tuple(ZooNetwork(variant, path, variant) for variant in variants)
    return (ZooNetwork(path.stem, path, None),)
