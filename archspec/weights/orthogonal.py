"""Orthogonal matrices that are the same bits on every machine.

LAPACK's decompositions add in an order that depends on the processor, so their last bits differ. Here every sum is
exact, in whatever order a BLAS adds: factors are rounded to multiples of 2**-25, so products are multiples of 2**-50,
and any part of a sum, which is a product of vectors not much longer than 1, stays below 8. So 53 bits hold all of them.
What such rounding does to orthogonality is below 1e-7, where a decomposition in float32 does 1e-6.
"""

from __future__ import annotations

import numpy as np

from archspec.weights.distributions import Doubles

_PANEL = 32
"""The columns of a panel: they are made orthogonal to each other one by one, and to all earlier columns together."""


def orthonormal(columns: Doubles) -> Doubles:
    """The columns of a matrix made orthonormal from left to right, by Gram and Schmidt.

    This is the Q of the QR decomposition in which R's diagonal is positive. There must be at least as many rows as
    columns; elements are about as large as standard normal numbers, and columns as far from dependent. Each step is
    taken twice, which is enough (Giraud et al. 2005).
    """
    rows, count = columns.shape
    # A power of two rounds nothing; divided by it no column is much longer than 1.
    basis = np.asfortranarray(columns * 2.0 ** -((rows.bit_length() + 1) // 2))
    exact = np.zeros_like(basis)
    for start in range(0, count, _PANEL):
        panel = basis[:, start : start + _PANEL]
        for _ in range(2):
            _subtract(exact[:, :start], panel)
            for index in range(panel.shape[1]):
                column, rest = panel[:, index : index + 1], panel[:, index + 1 :]
                column /= np.sqrt(_sum(column * column))
                done = exact[:, start + index : start + index + 1]
                done[:] = _rounded(column)
                _subtract(done, rest)
    return basis


def _subtract(basis: Doubles, columns: Doubles) -> None:
    """Subtracts the columns' projection onto an orthonormal basis of rounded elements."""
    columns -= basis @ _rounded(basis.T @ _rounded(columns))


def _rounded(matrix: Doubles) -> Doubles:
    """The nearest multiples of 2**-25."""
    return np.rint(matrix * 2.0**25) * 2.0**-25


def _sum(column: Doubles) -> Doubles:
    """The sum over the rows, in any order."""
    while len(column) > 1:
        half = (len(column) + 1) // 2
        folded = column[:half].copy()
        folded[: len(column) - half] += column[half:]
        column = folded
    return column
