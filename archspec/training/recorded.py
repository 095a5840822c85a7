"""Runs a program as a script, and keeps the words with which it fails: `recorded.py FILE PROGRAM [ARGUMENTS]`.

A training of several processes shows the words of one. This file is run by its path and imports nothing of archspec.
"""

from __future__ import annotations

import runpy
import sys
import traceback
from pathlib import Path


def main() -> None:
    """Run the program as `python PROGRAM [ARGUMENTS]` does."""
    record, program = Path(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    sys.path.insert(0, str(Path(program).parent))
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as error:
        if isinstance(error.code, str):
            record.write_text(error.code, encoding="utf-8")
        raise
    except Exception:
        record.write_text(traceback.format_exc(), encoding="utf-8")
        raise


if __name__ == "__main__":
    main()
