"""Notes that a file belongs to other params of the network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from archspec.advice import Message, Settings
from archspec.checkpoints.matching.differences import AFTER, NO_STEPS
from archspec.checkpoints.matching.matches import Matching
from archspec.ir import Sign
from archspec.weights import FLOATING

_PRECISION = 2.0**-8
"""The relative precision of bfloat16, the coarsest type of weights."""

_LAST = "activation"
"""The param for the activation of the last layer."""

_ACTIVATIONS = {"Softmax": "softmax", "Sigmoid": "sigmoid"}
"""The values of that param, by the steps after the last layer."""


def sign_notes(matching: Matching) -> Iterator[Message]:
    """A note for each sign of a third party's file; none if the graph in the file is the network's."""
    tensors = {each.weight.canonical: each.tensor for each in matching.matches}
    for party in matching.graph.third_parties if not matching.is_same_function else ():
        for sign in party.signs:
            if sign.weight in tensors and _is_in(matching, tensors[sign.weight], sign):
                values = ", ".join(f"{value:g}" for value in sign.value)
                facts = f"{sign.weight} is {values} in the file: {sign.says}"
                yield Message(facts, settings=Settings(sign.params, "gives their function"))


def _is_in(matching: Matching, name: str, sign: Sign) -> bool:
    tensor = matching.checkpoint.tensors[name]
    if len(sign.value) not in (1, tensor.size) or tensor.dtype not in FLOATING:
        return False
    return np.allclose(tensor.values().reshape(-1), sign.value, rtol=_PRECISION, atol=0)


def last_activation(matching: Matching) -> Settings | None:
    """The param that adds the activation of the file's outputs, if the network has it and the file's comes last."""
    if matching.graph.arguments.get(_LAST, "") not in (None, "linear"):
        return None
    ends = {(each.value, each.file_value) for each in matching.differences if each.what == AFTER}
    added = [_ACTIVATIONS[theirs] for mine, theirs in ends if mine == NO_STEPS and theirs in _ACTIVATIONS]
    return Settings({_LAST: added[0]}, f"adds the {added[0]}") if len(added) == len(ends) == 1 else None
