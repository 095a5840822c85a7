"""Advice in the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from archspec.advice import Message
from archspec.errors import AdvisedError

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "names": "--map FILE",
        "only_matching": "--only-matching",
        "key": "--key KEY",
        "by_order": "--by-order",
        "against": "`archspec parity SPEC --weights FILE --against PACKAGE:NAME`",
        "params": "--set",
        "inputs": "--input",
    }
)
"""What `archspec.advice.ARGUMENTS` has, as options."""


def said(told: Exception | Message) -> str:
    """An error or a note as text."""
    if isinstance(told, Message):
        return told.said(OPTIONS)
    return told.message.said(OPTIONS) if isinstance(told, AdvisedError) else str(told)
