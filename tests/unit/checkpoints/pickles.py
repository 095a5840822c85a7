"""Pickles by hand, as no program writes them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PROTOCOL = b"\x80\x02"

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""The first pickle of the files that PyTorch wrote before 1.6."""


def text(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    size = value.bit_length() // 8 + 1
    return b"\x8b" + struct.pack("<I", size) + value.to_bytes(size, "little", signed=True)


def name(module: str, word: str) -> bytes:
    return f"c{module}\n{word}\n".encode()


def several(*values: bytes) -> bytes:
    """A tuple."""
    return b"(" + b"".join(values) + b"t"


def entries(values: Mapping[str, bytes]) -> bytes:
    """A dict."""
    return b"}(" + b"".join(text(key) + value for key, value in values.items()) + b"u"


def storage(kind: str, length: int) -> bytes:
    return several(text("storage"), name("torch", kind), text("0"), text("cpu"), number(length)) + b"Q"


def tensor(
    kind: str = "FloatStorage",
    length: int = 1,
    shape: Sequence[int] = (1,),
    strides: Sequence[int] = (1,),
    flags: bytes = b"}",
) -> bytes:
    """A tensor in the storage 0."""
    places = several(*map(number, shape)), several(*map(number, strides))
    made = several(storage(kind, length), number(0), *places, b"\x89", b"N", flags)
    return name("torch._utils", "_rebuild_tensor_v2") + made + b"R"


def zipped(path: Path, program: bytes, data: bytes = b"") -> Path:
    """A file as PyTorch writes since 1.6, with the elements of the storage 0."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w/data.pkl", PROTOCOL + program + b".")
        archive.writestr("w/data/0", data)
    return path


def in_a_row(path: Path, keys: bytes) -> Path:
    """A file as PyTorch wrote before 1.6: one tensor of one float, and a program that lists the storages' keys."""
    programs = [number(1001), entries({"little_endian": b"\x88"}), entries({"a": tensor()}), keys]
    path.write_bytes(
        MAGIC + b"".join(PROTOCOL + program + b"." for program in programs) + struct.pack("<Q", 1) + bytes(4)
    )
    return path
