"""What emitted source carries where torch has no single module or function for a layer.

The files are real Python, which tests import and linters read. What is emitted is the text of a class or function: it
may use `torch`, `nn`, `F`, `Tensor` and other helpers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_DEFINITION = re.compile(r"^(?:class|def) (\w+)")


def _read() -> Iterator[tuple[str, str]]:
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        for text in re.split(
            r"^(?=class |def )", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        ):
            if found := _DEFINITION.match(text):
                yield found[1], text.rstrip() + "\n"


HELPERS: Final[Mapping[str, str]] = dict(_read())
"""The source of each helper by its name, without imports."""
