"""HDF5 files that claim more than they have: refused before any memory is taken for it."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import archspec
from archspec.checkpoints import open_checkpoint

h5py = pytest.importorskip("h5py")


def build(path: Path, compression: str | None) -> bytes:
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.create_dataset("0", data=np.ones((7, 9), np.float32), chunks=(7, 9), compression=compression)
    return path.read_bytes()


@pytest.mark.parametrize("compression", [None, "gzip"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (struct.pack("<III", 7, 9, 4), struct.pack("<III", 30_000, 30_000, 4)),  # the chunk's size
        (struct.pack("<QQ", 7, 9), struct.pack("<QQ", 30_000, 30_000)),  # the array's
    ],
)
def test_sizes_that_the_file_is_too_short_for(tmp_path: Path, compression: str | None, old: bytes, new: bytes) -> None:
    path = tmp_path / "w.weights.h5"
    data = build(path, compression)
    assert old in data
    path.write_bytes(data.replace(old, new))
    program = (
        "import sys, archspec\n"
        "from archspec.checkpoints import open_checkpoint\n"
        "try:\n"
        "    open_checkpoint(sys.argv[1]).tensors['dense/0'].read()\n"
        "except archspec.WeightsError as error:\n"
        "    print(error, file=sys.stderr)\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])\n"
    )
    # Another process, since HDF5's own memory is seen by nobody but the system.
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert "w.weights.h5 is damaged" in done.stderr
    assert int(done.stdout) < 200_000  # kilobytes; the array would have 3,600,000


def test_an_attribute_that_the_file_is_too_short_for(tmp_path: Path) -> None:
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs.create("layer_names", np.zeros(77, "S5"))
    data = path.read_bytes()
    assert struct.pack("<Q", 77) in data
    path.write_bytes(data.replace(struct.pack("<Q", 77), struct.pack("<Q", 700_000_000)))
    with pytest.raises(archspec.WeightsError, match=r"old\.h5 is damaged"):
        open_checkpoint(path)


@pytest.mark.parametrize("missing", [1, 1000])
def test_the_beginning_of_a_file_is_called_truncated(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "w.weights.h5"
    data = build(path, None)
    path.write_bytes(data[:-missing])
    said = f"w.weights.h5 is truncated: it has {len(data) - missing} bytes of {len(data)}"
    with pytest.raises(archspec.WeightsError, match=said):
        open_checkpoint(path)
