import re
import tarfile
from pathlib import Path

import numpy as np

from archspec.training.helpers.faults import DataError


def numbered_files(patterns: list[str]) -> list[str]:
    """The files of patterns as train-{000..146}.tar, in order; another path is one file.

    No file is there twice.
    """
    files = []
    for pattern in patterns:
        path = Path(pattern)
        found = re.fullmatch(r"(.*)\{([0-9]+)\.\.([0-9]+)\}(.*)", path.name)
        if found is None:
            files.append(pattern)
            continue
        head, first, last, tail = found.groups()
        numbers = range(int(first), int(last) + 1)
        names = [f"{head}{number:0{len(first)}}{tail}" for number in numbers]
        files += [str(path.with_name(name)) for name in names]
    if len(set(files)) < len(files):
        twice = next(file for place, file in enumerate(files) if file in files[:place])
        raise DataError(f"{twice} is listed twice")
    return files


class Shards:
    """The examples in tar files: an example's files have its key for a name, as 7.jpg and 7.cls.

    Only the places of the files are kept.
    """

    def __init__(self, shards: list[str], endings: list[str]) -> None:
        """Find the files with these endings, which every example has."""
        self.shards = shards
        self.endings = endings
        self.headers = [find_headers(shard, endings) for shard in shards]
        self.ends = np.cumsum([len(headers) for headers in self.headers])

    def __len__(self) -> int:
        """The number of examples."""
        return int(self.ends[-1])

    def read(self, place: int) -> tuple[str, dict[str, bytes]]:
        """Read the files of the example at a place, by ending, after its name for messages."""
        number = int(np.searchsorted(self.ends, place, side="right"))
        shard = self.shards[number]
        headers = self.headers[number][place - self.ends[number]]
        files = {}
        keys = set()
        for ending, header in zip(self.endings, headers, strict=True):
            name, files[ending] = read_member(shard, int(header))
            keys.add(key_and_ending(name)[0])
            if len(keys) > 1 or key_and_ending(name)[1] != ending:
                raise DataError(f"{shard} has changed since its files were found")
        return f"{keys.pop()!r} in {shard}", files


def find_headers(shard: str, endings: list[str]) -> np.ndarray:
    """The places of the headers of each example's files in a tar file: (examples, endings)."""
    found: dict[str, list[int]] = {}
    try:
        with tarfile.open(shard, "r:") as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # tarfile keeps all that it has read
                if tar.offset < member.offset_data:
                    raise DataError(f"{shard} has a file of a negative size")
                key, ending = key_and_ending(member.name)
                if member.isdir() or not key:
                    continue
                if not member.isreg():
                    raise DataError(f"{member.name!r} in {shard} is a link or a device")
                headers = found.setdefault(key, [-1] * len(endings))
                if ending not in endings:
                    continue
                if headers[endings.index(ending)] >= 0:
                    raise DataError(f"{member.name!r} is in {shard} twice")
                headers[endings.index(ending)] = member.offset
            check_end(shard, tar.offset)
    except tarfile.TarError as error:
        raise DataError(f"{shard} cannot be read: {error}") from error
    for key, headers in found.items():
        if -1 in headers:
            missing = endings[headers.index(-1)]
            raise DataError(f"the example {key!r} in {shard} has no file .{missing}")
    if not found:
        raise DataError(f"{shard} has no examples")
    return np.array(list(found.values()), np.int64)


def key_and_ending(name: str) -> tuple[str, str]:
    """The key of a file's example, which is up to the first dot of its name, and its ending.

    Both are empty for a file that belongs to no example: hidden, or without an ending.
    """
    folder, slash, file = name.rpartition("/")
    stem, _, ending = file.partition(".")
    return (folder + slash + stem, ending.lower()) if stem and ending else ("", "")


def check_end(shard: str, place: int) -> None:
    """Raise an error if a tar file does not end at a place: it is cut, damaged, or goes on."""
    with open(shard, "rb") as file:
        file.seek(place)
        rest = file.read(2**20)
    if len(rest) < tarfile.BLOCKSIZE or any(rest):
        raise DataError(f"{shard} is not whole, or is several tar files in one")


def read_member(shard: str, header: int) -> tuple[str, bytes]:
    """Read the file whose header is at a place of a tar file: its name and its content."""
    try:
        with open(shard, "rb") as file:
            file.seek(header)
            with tarfile.open(fileobj=file, mode="r:") as tar:
                member = tar.next()
                content = tar.extractfile(member)
                return member.name, content.read()
    except (tarfile.TarError, AttributeError, TypeError) as error:
        raise DataError(f"{shard} cannot be read: {error}") from error
