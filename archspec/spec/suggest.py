"""What was probably meant: the closest of the words that would have been right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice

# difflib's cost grows with the length of both words; one that is longer than this is no slip of the finger.
LONGEST_WORD = 60
MOST_OPTIONS = 1000
MOST_COMPARED = 20


def closest(word: str, options: Iterable[object]) -> str | None:
    """The option that `word` was probably meant to be; None if none is near.

    A word that differs only in its case wins over every other. Only the first `MOST_OPTIONS` are looked at, and
    words over `LONGEST_WORD` characters are left out, as is what is no word at all, a key of a Python dict. A number is
    no slip of another one.
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
    """The options that have most pairs of letters in common with the word: difflib would take too long for all."""
    pairs = _pairs(word)
    return nlargest(MOST_COMPARED, options, key=lambda option: len(pairs & _pairs(option)))


def _pairs(word: str) -> set[str]:
    ends = f"^{word}$"
    return {ends[index : index + 2] for index in range(len(ends) - 1)}
