"""What each layer type means in numpy, and where backends are tried against it: a family a file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from tests.conformance.reference import Conformance

FAMILIES: Mapping[str, Mapping[str, Conformance]] = {
    path.stem: import_module(f"{__name__}.{path.stem}").TABLE for path in sorted(Path(__file__).parent.glob("[!_]*.py"))
}
"""The tables by the names of their files, which are those of `archspec.layers`."""
