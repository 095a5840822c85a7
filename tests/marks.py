"""Which parameters of a test are quick: the others run with `--full`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any

import pytest

from archspec.zoo import networks


def slow_but(quick: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """A test's parameters, those marked slow that are not among the quick ones."""
    return [pytest.param(value, marks=() if value in quick else pytest.mark.slow) for value in values]


def rows_but(quick: Collection[Any], few: Collection[Any], rows: Iterable[Any]) -> list[Any]:
    """A test's parameters, rows of a table: all but the quick ones are slow, and all but the `few` need `--tables`."""
    table = (pytest.mark.slow, pytest.mark.table)
    marks = {row: () if row in quick else pytest.mark.slow if row in few else table for row in rows}
    return [pytest.param(row, marks=mark) for row, mark in marks.items()]


def one_a_family() -> set[str]:
    """The first network of each of the zoo's files."""
    return {next(family).name for _, family in groupby(networks(), key=lambda network: network.path)}


def families() -> list[Any]:
    """A test's parameters: the first network of each of the zoo's files, those of a few kinds quick."""
    quick = (
        "densenet121",
        "googlenet",
        "mobilenet_v3_large",
        "mtcnn_pnet",
        "nasnet_mobile",
        "regnet_x_400mf",
        "resnet18",
    )
    return slow_but(quick, sorted(one_a_family()))
