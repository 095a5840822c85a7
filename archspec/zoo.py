"""The specs that ship with archspec: one file a family, its networks by name."""

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
"""What makes a pattern a shell's."""


@dataclass(frozen=True, slots=True)
class ZooNetwork:
    """A network of the zoo: its name, the file that says it, and the variant there, if the file has variants."""

    name: str
    path: Path
    variant: str | None


def folder() -> Path | None:
    """The zoo's files: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    return next((place for place in (package / "specs", package.parent / "specs") if place.is_dir()), None)


def spec_files() -> tuple[Path, ...]:
    """The specs, one a family, by their names."""
    place = folder()
    return _specs(place) if place else ()


@cache
def _specs(place: Path) -> tuple[Path, ...]:
    # By their names, of which a `Path` would make much more than is needed.
    return tuple([place / name for name in sorted(os.listdir(place)) if name.endswith(".yaml")])


def checks() -> Mapping[str, Mapping[str, float]]:
    """What the networks were compared with: by name and third party, the largest relative difference in float64."""
    place = folder()
    return _said(place / "checks.json") if place else {}


@cache
def _said(path: Path) -> Mapping[str, Any]:
    """What a JSON file beside the specs says; nothing if there is none."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


@cache
def indexed(path: Path) -> Mapping[str, Any] | None:
    """What the index says about a file of the zoo; None if the file is not the one that it was made of."""
    said: Mapping[str, Any] | None = _said(path.with_name("index.json")).get(path.name)
    return said if said is not None and said["sha256"] == digest(path) else None


def digest(path: Path) -> str:
    """The SHA-256 of a file, whatever its line ends are."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def find_network(name: str) -> ZooNetwork | None:
    """The network of this name, if the zoo has it. The files whose names begin like it are read first."""
    files = sorted(spec_files(), key=lambda path: -_common(path.name, name))
    return next((network for path in files for network in _networks(path) if network.name == name), None)


@takes(pattern=TEXT)
def list_networks(pattern: str = "*") -> list[str]:
    """The names of the zoo's networks that a pattern finds (`resnet*`, see `matching`), as people sort them."""
    return sorted((network.name for network in matching(pattern)), key=natural)


def natural(name: str) -> tuple[str | int, ...]:
    """The key by which resnet18 comes before resnet101."""
    return tuple([int(part) if part.isdecimal() else part for part in re.split("([0-9]+)", name)])


def matching(pattern: str) -> Iterator[ZooNetwork]:
    """The zoo's networks that a pattern finds, in the order of the files; capital letters are as small ones.

    A pattern with `*`, `?` or `[` is a shell's, for the whole name; any other is found anywhere in a name.
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
    """The name of the network that was probably meant."""
    return closest(name, list_networks())


def suggest_pattern(pattern: str) -> str | None:
    """A pattern like this one that some network matches: one that begins like it, has it inside, or a name like it."""
    wider = (each for each in (f"{pattern}*", f"*{pattern}*") if any(matching(each)))
    return next(wider, None) or suggest(pattern)


def _common(word: str, other: str) -> int:
    """How many characters two words begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))


@cache
def _networks(path: Path) -> tuple[ZooNetwork, ...]:
    known = indexed(path)
    if known is None:
        return read_networks(path)
    return tuple(ZooNetwork(name, path, name if known["variants"] else None) for name in known["networks"])


def read_networks(path: Path) -> tuple[ZooNetwork, ...]:
    """The networks of a file, as the file itself says."""
    document, _ = read_document(load_source(path), json=False)
    variants = document.get("variants") if isinstance(document, dict) else None
    if isinstance(variants, dict) and variants:
        return tuple(ZooNetwork(variant, path, variant) for variant in variants)
    return (ZooNetwork(path.stem, path, None),)
