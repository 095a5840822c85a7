"""The emitted source of every network is made of functions that can be read."""

from __future__ import annotations

import ast

import pytest

import archspec
from archspec import zoo
from tests.marks import one_a_family, slow_but

LONGEST = 60
"""Lines of a function, its header among them."""

BACKBONES = [network.name for network in zoo.networks() if "backbone:" in network.path.read_text("utf-8")]


@pytest.mark.parametrize("name", slow_but(one_a_family(), zoo.list_networks()))
def test_functions_are_short(name: str) -> None:
    assert _longest(archspec.load(name)) <= LONGEST


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKBONES)
def test_functions_of_backbones_are_short(name: str) -> None:
    assert _longest(archspec.load(name, params={"backbone": True})) <= LONGEST


def _longest(network: archspec.Network) -> int:
    """The lines of the longest function in the source of either backend."""
    trees = [ast.parse(network.emit(backend)) for backend in ("torch", "tensorflow")]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return max((node.end_lineno or 0) - node.lineno + 1 for node in functions)
