"""How long does `archspec validate` take, a process from start to end?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks.measure import Row, compare

_COMMAND = [sys.executable, "-m", "archspec", "validate", "resnet50"]
_IMPORTS = [sys.executable, "-c", "import pydantic, yaml, numpy"]


def rows() -> Iterator[Row]:
    """Against a process that imports libraries that any such program needs, and does nothing."""
    ours, theirs = (partial(subprocess.run, each, check=True, capture_output=True) for each in (_COMMAND, _IMPORTS))
    yield compare("validate resnet50, against importing libraries", ours, theirs, target=3, rounds=15)
