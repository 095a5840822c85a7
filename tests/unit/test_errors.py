"""Errors and warnings reach other processes as they are."""

from __future__ import annotations

import pickle

import pytest

from archspec.advice import Message
from archspec.checkpoints.messages import CheckpointError, CheckpointWarning, MapError
from archspec.errors import AdvisedError, ArgumentError, BackendMissingError, Diagnostic, EmitError, SpecError
from archspec.weights import WeightsError

EXCEPTIONS: list[Exception] = [
    AdvisedError("too large", "give {params}"),
    ArgumentError("variant is a text"),
    BackendMissingError("there is none"),
    CheckpointError("it does not fit", "{key} takes another", "{names} says which"),
    CheckpointWarning(Message("it is taken", ("{key} takes another",))),
    EmitError("no such layer", path="conv1"),
    MapError({"conv1": "stem"}, [("conv1", "no such tensor")]),
    SpecError((Diagnostic("unknown-layer", "no layer", "layers[0]"),)),
    WeightsError("it is damaged"),
]


@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda error: type(error).__name__)
def test_a_copy_says_the_same(error: Exception) -> None:
    """As in a pool of processes, and between those of pytest -n."""
    for copy in (pickle.loads(pickle.dumps(error)), type(error)(*error.args)):
        assert type(copy) is type(error)
        assert str(copy) == str(error)
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)
