"""Advice in the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from archspec.advice import Advice, Message
from archspec.errors import AdvisedError

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "names": "--map FILE",
        "only_matching": "--only-matching",
        "key": "--key KEY",
        "auto": "`auto` in place of the network's name",
        "importing": "`archspec import FILE -o SPEC`",
        "by_order": "--by-order",
        "against": "`archspec parity SPEC --weights FILE --against PACKAGE:NAME`",
        "params": "--set",
        "settings": "{all}",
        "setting": "--set {name}={text}",
        "and": " ",
        "inputs": "--input",
        "shape": "say it to the command: --input 224,224,3",
        "size": "--input 224,224,3",
        "dtype": "--dtype",
        "weights": "`compile SPEC --weights FILE`",
        "force": "--force",
        "data": "--data mnist",
        "resume": "--resume",
        "cpu": "--device cpu",
        "layers": "`archspec parity --layers`",
        "listing": "`archspec weights show FILE --network SPEC --json`",
    }
)
"""The options for `archspec.advice.ARGUMENTS`."""


def said(told: Exception | Message | str) -> str:
    """The text of an error, a note, or one of its sentences."""
    match told:
        case Message() | Advice() as advice:
            return advice.said(OPTIONS)
        case AdvisedError():
            return told.message.said(OPTIONS)
        case Exception(args=(Advice() as advice,)):
            return advice.said(OPTIONS)
    return str(told)
