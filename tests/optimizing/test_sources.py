"""The source of an optimised network has the blocks of its spec, and no layer that others do the work of."""

from __future__ import annotations

import re

import pytest

import archspec
from archspec.program.names import camel, snake
from tests.marks import rows_but
from tests.zoo.small import NETWORKS

QUICK = ("mobilenet_v3_small", "densenet121", "resnet50")


@pytest.mark.parametrize("name", rows_but(QUICK, NETWORKS, NETWORKS))
def test_each_block_is_a_class_or_a_function(name: str) -> None:
    network = archspec.load(name, **NETWORKS[name]).optimize().network
    blocks = {scope.kind for scope in network.graph.scopes if scope.block}
    torch, keras = network.emit("torch"), network.emit("tensorflow")
    assert [each for each in blocks if not re.search(rf"^class {camel(each)}(Block)?\(", torch, re.MULTILINE)] == []
    assert [each for each in blocks if not re.search(rf"^def {snake(each)}\w*\(", keras, re.MULTILINE)] == []


def test_batch_normalization_is_left_where_padding_lies_behind_it() -> None:
    source = archspec.load("densenet121", **NETWORKS["densenet121"]).optimize().network.emit("torch")
    assert re.findall(r"(\w+)=nn\.BatchNorm2d", source) == ["norm5"]
    assert "BatchNorm" not in archspec.load("resnet50").optimize().network.emit("torch")
