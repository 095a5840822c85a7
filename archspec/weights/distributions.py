"""Random numbers that are the same bits on every machine.

Only operations that IEEE 754 rounds correctly are used, so no logarithm of the C library, and of numpy only the bit
generators' raw output, which it promises never to change; its distributions may change with any version.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.random import BitGenerator
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# Elements worked on at a time: so few that all steps on them happen in the processor's cache, and so many that the
# interpreter, for which threads wait, has little to do.
_CHUNK = 1 << 16

_ONE = np.uint32(0x3F800000)  # the bits of 1.0: with a random mantissa, of a number in [1, 2)

# Cells at either end in which a tail's quantiles are not nearly straight.
_OUTER = 256

_MANTISSA = np.int64((1 << 52) - 1)
_ONE_DOUBLE = np.int64(1023 << 52)
_ROOT_TWO = math.sqrt(2)
_LOG_TWO = 0.6931471805599453
_ARTANH = tuple(2 / power for power in range(17, 0, -2))

# The probability of a normal variable below -2 standard deviations.
_BELOW_TWO = 0.022750131948179212


def uniform(bits: BitGenerator, size: int, limit: float) -> Floats:
    """Float32 numbers evenly from [-limit, limit), of 23 random bits each."""
    numbers = np.empty(size, np.float32)
    width = np.float32(2 * limit)
    for part, words in _words(bits, size):
        np.right_shift(words, np.uint32(9), out=words)
        np.bitwise_or(words, _ONE, out=words)
        mantissas = words.view(np.float32)
        np.subtract(mantissas, np.float32(1.5), out=mantissas)
        np.multiply(mantissas, width, out=numbers[part])
    return numbers


def normal(bits: BitGenerator, size: int, deviation: float) -> Floats:
    """Float32 numbers from the normal distribution around 0."""
    return _normal(bits, size, deviation, 0.5)


def truncated_normal(bits: BitGenerator, size: int, deviation: float) -> Floats:
    """Float32 numbers from the normal distribution around 0, cut off at two standard deviations."""
    return _normal(bits, size, deviation, 0.5 - _BELOW_TWO)


def _normal(bits: BitGenerator, size: int, deviation: float, reach: float) -> Floats:
    """Quantiles of the probabilities within `reach` of a half: 16 random bits choose a cell, 16 the place in it."""
    lows, widths = _cells(reach)
    numbers = np.empty(size, np.float32)
    for part, words in _words(bits, size):
        cells = (words >> np.uint32(16)).astype(np.intp)
        values = (words & np.uint32(0xFFFF)).astype(np.float32)
        values *= widths.take(cells)
        values += lows.take(cells)
        if reach == 0.5:
            _correct_tails(values, cells, words)
        np.multiply(values, np.float32(deviation), out=numbers[part])
    return numbers


@cache
def _cells(reach: float) -> tuple[Floats, Floats]:
    """Where the cells' quantiles begin, and how much they grow for each step of the 16 bits within.

    Quantiles are nearly straight within a cell: to 1e-6, but in the outer cells where a tail has no end.
    """
    edges: Doubles = np.arange(-(1 << 15), (1 << 15) + 1, dtype=np.float64) * (reach / (1 << 15))
    edges[[0, -1]] *= 1 - 2.0**-32
    quantiles = _quantile(edges)
    return quantiles[:-1].astype(np.float32), (np.diff(quantiles) / (1 << 16)).astype(np.float32)


def _correct_tails(values: Floats, cells: NDArray[np.intp], words: NDArray[np.uint32]) -> None:
    """The exact quantiles for the numbers from the outer cells of an untruncated distribution."""
    (outer,) = np.nonzero((cells < _OUTER) | (cells >= (1 << 16) - _OUTER))
    values[outer] = _quantile((words[outer].astype(np.float64) + (0.5 - 2.0**31)) * 2.0**-32)


def _words(bits: BitGenerator, size: int) -> Iterator[tuple[slice, NDArray[np.uint32]]]:
    """Random words of 32 bits, in pieces that together are `size` long."""
    for start in range(0, size, _CHUNK):
        count = min(_CHUNK, size - start)
        # Little-endian, so that the halves of a word of 64 bits have the same order on every machine.
        raw = bits.random_raw((count + 1) // 2).astype("<u8", copy=False)
        yield slice(start, start + count), raw.view("<u4")[:count]


# Wichura 1988, Algorithm AS 241, PPND7: the normal distribution's quantiles to 7 digits. Each is a rational function,
# numerator and denominator, highest power first.
_CENTRE = (
    (5.9109374720e01, 1.5929113202e02, 5.0434271938e01, 3.3871327179e00),
    (6.7187563600e01, 7.8757757664e01, 1.7895169469e01, 1.0),
)
_TAIL = (
    (1.7023821103e-01, 1.3067284816e00, 2.7568153900e00, 1.4234372777e00),
    (1.2021132975e-01, 7.3700164250e-01, 1.0),
)


def _quantile(centred: Doubles) -> Doubles:
    """The quantiles of the probabilities 0.5 + centred, which must lie between 2**-34 and 1 - 2**-34."""
    quantiles = _rational(_CENTRE, 0.180625 - centred * centred)
    quantiles *= centred
    (outer,) = np.nonzero(np.abs(centred) > 0.425)
    tail = centred[outer]
    roots = np.sqrt(-_log(0.5 - np.abs(tail)))
    quantiles[outer] = np.copysign(_rational(_TAIL, roots - 1.6), tail)
    return quantiles


def _rational(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Doubles) -> Doubles:
    numerator, denominator = (_polynomial(row, x) for row in coefficients)
    numerator /= denominator
    return numerator


def _polynomial(coefficients: tuple[float, ...], x: Doubles) -> Doubles:
    value = x * coefficients[0]
    for coefficient in coefficients[1:-1]:
        value += coefficient
        value *= x
    value += coefficients[-1]
    return value


def _log(x: Doubles) -> Doubles:
    """The natural logarithm of positive normal numbers, to 1e-14.

    x = m * 2**e with m in [1, 2), and log(m) is log(sqrt(2)) + 2 artanh((m - sqrt(2)) / (m + sqrt(2))).
    """
    bits = x.view(np.int64)
    mantissa = ((bits & _MANTISSA) | _ONE_DOUBLE).view(np.float64)
    ratio = (mantissa - _ROOT_TWO) / (mantissa + _ROOT_TWO)
    series = _polynomial(_ARTANH, ratio * ratio)
    series *= ratio
    return ((bits >> 52) - 1022.5) * _LOG_TWO + series
