"""How much memory this process has at its peak. Only Linux tells it for a part of a program."""

from __future__ import annotations

import ctypes
import gc
import re
from collections.abc import Callable
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")

_RESET_PEAK = "5"
"""The word that sets the peak to the present size (proc_pid_clear_refs(5))."""
_KIB = 1024


def resident() -> int | None:
    """The bytes of this process that are in memory now; None where the system does not tell."""
    return _status("VmRSS")


def give_back() -> None:
    """Give free memory back to the system, which otherwise counts as this process's; only the GNU library can."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def peak_of(action: Callable[[], object]) -> int | None:
    """The most bytes of this process that are in memory during a call; None where the system does not tell."""
    try:
        RESET.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        # It is another system, or a container that forbids it. The peak since the start would be that of loading.
        return None
    action()
    return _status("VmHWM")


def _status(word: str) -> int | None:
    try:
        found = re.search(rf"^{word}:\s+(\d+) kB$", STATUS.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return None
    return None if found is None else int(found[1]) * _KIB
