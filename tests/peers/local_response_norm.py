"""Local response normalisation written out by hand, as Krizhevsky et al. 2012 give it in section 3.3."""

from __future__ import annotations

from typing import Any


def local_response_norm(x: Any) -> Any:
    """b = a / (2 + 1e-4 * (sum of a**2 over the channel, the two before it and the two after it)) ** 0.75."""
    from keras import ops

    channels = x.shape[-1]
    squares = ops.pad(ops.square(x), [(0, 0), (0, 0), (0, 0), (2, 2)])
    total = sum(squares[..., first : first + channels] for first in range(5))
    return x / (2 + 1e-4 * total) ** 0.75
