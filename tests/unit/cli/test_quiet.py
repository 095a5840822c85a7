"""Only archspec speaks on a terminal while a framework works, unless something fails."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Program, environment

BEGIN = """\
import os
from archspec.cli.quiet import quiet
from archspec.errors import ArchspecError
with quiet() as terminal:
    os.write(2, b"oneDNN custom operations are on\\n")
    print("compiling", file=terminal, flush=True)
"""


def run_python(text: str, timeout: float | None = None) -> tuple[int, str]:
    """How a fresh interpreter ends, and what it leaves on stderr."""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=timeout)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_what_a_framework_writes_is_dropped() -> None:
    assert run_python(BEGIN) == (0, "compiling\n")


def test_the_descriptor_is_as_before_afterwards() -> None:
    assert run_python(BEGIN + "os.write(2, b'mine\\n')\n") == (0, "compiling\nmine\n")


def test_it_is_dropped_where_archspec_says_what_is_wrong() -> None:
    code, said = run_python(BEGIN + "    raise ArchspecError('too deep')\n")
    assert code == 1
    assert "too deep" in said
    assert "oneDNN" not in said


def test_it_is_shown_where_something_else_fails() -> None:
    code, said = run_python(BEGIN + "    raise RuntimeError('another')\n")
    assert code == 1
    assert said.index("oneDNN custom operations are on\n") < said.index("RuntimeError: another")


def test_it_is_dropped_where_a_signal_ends_the_program() -> None:
    assert run_python(BEGIN + "    raise SystemExit(143)\n") == (143, "compiling\n")


def test_a_failure_does_not_wait_for_what_was_started() -> None:
    text = BEGIN + "    import subprocess\n    subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL)\n"
    assert "another" in run_python(text + "    raise RuntimeError('another')\n", timeout=50)[1]


@pytest.mark.parametrize(("stream", "code"), [(1, 2), (2, 0)])
def test_a_stream_may_be_closed(archspec: Program, folder: Path, stream: int, code: int) -> None:
    """Without stderr all is as with it, and nothing that belongs there comes to stdout; a lost result is an error."""
    (folder / "warned.yaml").write_text("inputs: {image: [3, 224, 224]}\nlayers: [{layer_type: Flatten}]\n")
    for arguments, closed, opened in (
        (["show", "warned.yaml"], code, 0),
        (["validate", "wrong.yaml"], 1, 1),
    ):
        usual = archspec(*arguments)
        shell = ["sh", "-c", f'exec "$@" {stream}>&-', "sh", sys.executable, "-m", "archspec", *arguments]
        found = subprocess.run(shell, capture_output=True, text=True, cwd=folder, env=environment(), check=False)
        assert (usual.code, found.returncode) == (opened, closed)
        assert found.stdout in ("", usual.out)
        assert stream == 1 or found.stdout == usual.out


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_it_is_shown_where_the_process_is_aborted() -> None:
    code, said = run_python(BEGIN + "    os.write(2, b'Check failed: 1 == 2\\n')\n    os.abort()\n")
    assert code == -signal.SIGABRT
    assert "Check failed: 1 == 2" in said


def test_much_is_kept_in_part_and_does_not_wait() -> None:
    code, said = run_python(BEGIN + "    os.write(2, b'x' * 2**20 + b'last')\n    raise RuntimeError\n")
    assert code == 1
    assert "xxxlast" in said
    assert len(said) < 2**17


LOUD = {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_MAX_VLOG_LEVEL": "1"}
"""All that TensorFlow can say: what its own defaults let through depends on the processor."""


COMPILE = """
import sys
from archspec.cli import main
try:
    main()
finally:
    print("AFTERWARDS", file=sys.stderr, flush=True)
    import tensorflow
    tensorflow.constant(1) + 1
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_compilation_says_nothing_but_its_own(process: Program, backend: str) -> None:
    """TensorFlow would have said something: it does afterwards, in the same process."""
    pytest.importorskip(backend)
    program = COMPILE if backend == "tensorflow" else "from archspec.cli import main; main()"
    outcome = process("-c", program, "compile", "small.yaml", "--backend", backend, "-o", "small", **LOUD)
    assert outcome.code == 0
    said, _, afterwards = outcome.err.partition("AFTERWARDS")
    own = ("compiling small for", f"small for {backend}", "  ", "It ran on")
    assert [line for line in said.splitlines() if line and not line.startswith(own)] == []
    assert bool(afterwards.strip()) == (backend == "tensorflow")
