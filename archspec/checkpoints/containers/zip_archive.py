"""The members of a zip file, stored or compressed, read whole and checked.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from errno import EINVAL
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from archspec.checkpoints.listing import shown
from archspec.weights import WeightsError

ZIP = b"PK\x03\x04"
"""The first bytes of a zip file."""

EXPANSION = 1000
"""The largest compression ratio of a member; DEFLATE reaches 1032."""

_SLACK = 1024
"""Bytes that a short member may have in addition."""

_HEADER = 30
"""The length of a member's header without its name; the data follow the name."""

_CHUNK = 1 << 20
_ENCRYPTED = 1

_FAULTS = (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OverflowError)
"""The exceptions of `zipfile` for a damaged list of members."""


class Member(NamedTuple):
    """The used part of a member's entry; `zipfile` keeps five times as much for each.

    `offset` is the offset of its header; `size` bytes were packed by the `method` into `packed` bytes.
    """

    name: str
    offset: int
    method: int
    packed: int
    size: int
    checksum: int
    is_encrypted: bool


def _member(info: zipfile.ZipInfo) -> Member:
    encrypted = bool(info.flag_bits & _ENCRYPTED)
    return Member(
        info.filename, info.header_offset, info.compress_type, info.compress_size, info.file_size, info.CRC, encrypted
    )


class ZipArchive:
    """The members of a zip file by name.

    Raises `WeightsError` for a faulty list of members: with a name twice, or overlapping members.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
        except _FAULTS as error:
            if not zipfile.is_zipfile(path):
                fault = "is truncated: it has no list of members at its end. Get the file again"
                raise WeightsError(f"{path} {fault}") from None
            raise WeightsError(f"{path} is cut off or damaged: {error}") from None
        except OSError as error:
            if error.errno != EINVAL:
                raise
            # An offset before the beginning of the file.
            raise WeightsError(f"{path} is cut off or damaged") from None
        self.members: Mapping[str, Member] = {info.filename: _member(info) for info in infos}
        if len(self.members) < len(infos):
            raise WeightsError(f"{path} is damaged: two of its members have one name")
        size = path.stat().st_size
        if sum(info.compress_size for info in infos) > size or any(info.header_offset < 0 for info in infos):
            raise WeightsError(f"{path} is damaged: its members would be longer than the file")
        # A writer may leave out all checksums; PyTorch has a setting for it.
        self._has_sums = any(info.CRC for info in infos)

    def size(self, name: str) -> int:
        """The number of a member's bytes, unpacked; raises `WeightsError` if it cannot be read."""
        return self._member(name).size

    def read(self, name: str) -> NDArray[np.uint8]:
        """The bytes of a member; raises `WeightsError` unless they are complete and have the right checksum."""
        member = self._member(name)
        data = np.empty(member.size, np.uint8)
        with self.path.open("rb") as file:
            _seek(file, member)
            if member.method == zipfile.ZIP_STORED:
                count = file.readinto(data.data)
            else:
                count = self._unpack(file, member, data)
        if count != len(data) or (self._has_sums and zlib.crc32(data.data) != member.checksum):
            raise self._damaged(name)
        return data

    def _unpack(self, file: BufferedReader, member: Member, data: NDArray[np.uint8]) -> int:
        """Fill the array with the member's bytes and return their number, which may exceed the array's size."""
        place = 0
        for part in self._parts(file, member):
            data[place : place + len(part)] = np.frombuffer(part, np.uint8)[: len(data) - place]
            place += len(part)
            if place > len(data):
                break
        return place

    def start(self, name: str, size: int) -> bytes:
        """The first bytes of a member, without a check."""
        member, found = self._member(name), b""
        with self.path.open("rb") as file:
            _seek(file, member)
            for part in self._parts(file, member):
                found += part
                if len(found) >= size:
                    break
        return found[:size]

    def _member(self, name: str) -> Member:
        if name not in self.members:
            raise WeightsError(f"{self.path} is damaged: {shown(name)} is missing in it")
        member = self.members[name]
        if member.is_encrypted:
            raise WeightsError(f"{self.path} is encrypted: unpack it with its password, and zip it again without one")
        if member.method not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise WeightsError(
                f"{self.path} is compressed in a way that is not read here: unpack it, and zip it again (zip -r -0)"
            )
        longest = member.packed
        if member.method == zipfile.ZIP_DEFLATED:
            longest = EXPANSION * (member.packed + _SLACK)
        if member.size > longest:
            raise WeightsError(f"{self.path}: {shown(name)} would be {member.size} bytes long, of {member.packed}")
        return member

    def _parts(self, file: BufferedReader, member: Member) -> Iterator[bytes]:
        """The member's data, unpacked, in parts of at most a megabyte."""
        packed = _packed(file, member.packed)
        try:
            yield from packed if member.method == zipfile.ZIP_STORED else _inflated(packed)
        except zlib.error:
            raise self._damaged(member.name) from None

    def _damaged(self, name: str) -> WeightsError:
        return WeightsError(
            f"{self.path} is damaged: {shown(name)} in it is not what its checksum says; fetch or copy the file again"
        )


def _seek(file: BufferedReader, member: Member) -> None:
    """Go to the member's data."""
    file.seek(member.offset)
    header = file.read(_HEADER)
    if header[:4] != ZIP or len(header) < _HEADER:
        raise WeightsError(f"{file.name} is damaged: {shown(member.name)} is not where it should be")
    name, extra = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
    file.seek(member.offset + _HEADER + name + extra)


def _packed(file: BufferedReader, size: int) -> Iterator[bytes]:
    while size and (part := file.read(min(size, _CHUNK))):
        size -= len(part)
        yield part


def _inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes before compression by DEFLATE, in parts of at most a megabyte."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    for part in packed:
        while found := unpacker.decompress(part, _CHUNK):
            yield found
            part = unpacker.unconsumed_tail
