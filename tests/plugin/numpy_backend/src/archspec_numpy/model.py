"""A NumPy program with its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class NumpyModel:
    """The function `network` of an emitted program, and the weights that it is called with."""

    def __init__(self, source: str, weights: Mapping[str, Any]) -> None:
        program: dict[str, Any] = {}
        exec(compile(source, "<numpy program>", "exec"), program)
        self.weights = weights
        self._network: Callable[..., tuple[Any, ...]] = program["network"]

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        """The outputs for inputs with a batch axis, both in the network's order."""
        return self._network(self.weights, *inputs)
