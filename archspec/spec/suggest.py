"""Suggestions: the closest of the valid words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice

# difflib's time grows with the lengths of both words; a longer word is no typing error.
LONGEST_WORD = 60
MOST_OPTIONS = 1000
MOST_COMPARED = 20


def closest(word: str, options: Iterable[object]) -> str | None:
    """The closest option to `word`; None if no option is near.

    An option that differs only in case comes first. Only the first `MOST_OPTIONS` are searched, without words over
    `LONGEST_WORD` characters and without keys of Python dicts that are no texts. Numbers are never suggested for
    numbers.
    """
    if not word or len(word) > LONGEST_WORD or word.lstrip("+-").isdecimal():
        return None
    folded: dict[str, str] = {}
    for option in islice(options, MOST_OPTIONS):
        if isinstance(option, str) and len(option) <= LONGEST_WORD and option != word:
            folded.setdefault(option.lower(), option)
    wanted = word.lower()
    if wanted in folded:
        return folded[wanted]
    matches = get_close_matches(wanted, _likely(wanted, folded), n=1)
    return folded[matches[0]] if matches else None


def did_you_mean(word: str, options: Iterable[object]) -> str | None:
    """The hint of a diagnostic: `did you mean "Conv2D"?`; None if no option is near."""
    option = closest(word, options)
    return None if option is None else f'did you mean "{option}"?'


def _likely(word: str, options: Iterable[str]) -> list[str]:
    """The options with the most common pairs of letters: difflib would take too long for all options."""
    pairs = _pairs(word)
    return nlargest(MOST_COMPARED, options, key=lambda option: len(pairs & _pairs(option)))


def _pairs(word: str) -> set[str]:
    ends = f"^{word}$"
    return {ends[index : index + 2] for index in range(len(ends) - 1)}
