"""WebDataset's tar files: each example once, read in place, and every fault by the names of its shard and key."""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import grain
import numpy as np
import pytest
from PIL import Image

from archspec.training.helpers.faults import DataError
from archspec.training.helpers.shards import Shards, numbered_files
from tests.unit.training.programs import Load, batches_of

Members = dict[str, bytes]


def _png(pixels: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, "PNG")
    return file.getvalue()


def _npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _write(path: Path, members: Members, kind: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w", format=kind) as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def _example(key: str, number: int) -> Members:
    return {f"{key}.png": _png(np.full((4, 6, 3), number)), f"{key}.cls": str(number % 10).encode()}


def _source(*shards: Path, **fields: Any) -> dict[str, Any]:
    return {
        "type": "WebDataset",
        "shards": [*map(str, shards)],
        "fields": fields or {"image": "png", "label": "cls"},
    }


def _shades(batches: Any) -> list[int]:
    return [round(float(shade) * 255) for batch in batches for shade in batch["image"][:, 0, 0, 0]]


def test_threads_read_the_same_examples(load: Load, tmp_path: Path) -> None:
    members: Members = {}
    for number in range(60):
        members |= _example(f"{number}", number)
    batches = batches_of(load({"source": _source(_write(tmp_path / "a.tar", members))}, batch_size=4))
    threads = batches.to_iter_dataset(grain.ReadOptions(num_threads=4, prefetch_buffer_size=8))
    assert _shades(threads) == _shades(batches)


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_each_example_of_each_shard_is_read_once(load: Load, tmp_path: Path, kind: int) -> None:
    sizes = (5, 1, 17)
    first = 0
    for number, size in enumerate(sizes):
        members = {}
        for index in range(first, first + size):
            members |= _example(f"folder.v1/{'long' * 12}/{index:04}", index)
        _write(tmp_path / f"train-{number:02}.tar", members, kind)
        first += size
    source = _source(tmp_path / "train-{00..02}.tar")
    module = load({"source": source, "validation": source}, batch_size=4)
    assert _shades(module.validation_batches()) == list(range(23))
    assert [label for batch in module.validation_batches() for label in batch["label"]] == [n % 10 for n in range(23)]
    epochs = batches_of(module, 2)
    orders = [_shades(epochs[place] for place in range(6 * epoch, 6 * epoch + 6)) for epoch in (0, 1)]
    assert [sorted(order) for order in orders] == [list(range(23))] * 2
    assert orders[0] != orders[1]


def test_examples_are_those_of_the_unpacked_files(load: Load, tmp_path: Path) -> None:
    """Every kind of a field, against Python's own unpacking of the file."""
    generator = np.random.default_rng(0)
    members: Members = {}
    for index in range(7):
        key = f"{index}"
        members |= {
            f"{key}.JPG": _png(generator.integers(0, 256, (5, 4, 3))),
            f"{key}.seg.png": _png(generator.integers(0, 3, (5, 4))),
            f"{key}.json": json.dumps({"class": index, "box": [0.5, index / 3]}).encode(),
            f"{key}.all.npy": _npy(generator.random(3)),
            f"{key}.note.txt": b"not read",
        }
    shard = _write(tmp_path / "a.tar", members)
    fields = {
        "image": "jpg",
        "mask": "seg.png",
        "label": "json:class",
        "values": "json:box",
        "labels": "all.npy",
    }
    source = _source(shard, **fields)
    batch = load({"source": source, "validation": source}).validation_batches()[0]
    shutil.unpack_archive(shard, tmp_path / "unpacked", filter="data")
    for index in range(7):
        stem = tmp_path / "unpacked" / str(index)
        written = json.loads(stem.with_suffix(".json").read_text())
        image, mask = (np.asarray(Image.open(f"{stem}{ending}")) for ending in (".JPG", ".seg.png"))
        np.testing.assert_array_equal(batch["image"][index], image.astype(np.float32) / np.float32(255))
        np.testing.assert_array_equal(batch["mask"][index], mask)
        np.testing.assert_array_equal(batch["values"][index], np.float32(written["box"]))
        np.testing.assert_array_equal(batch["labels"][index], np.load(f"{stem}.all.npy").astype(np.float32))
        assert batch["label"][index] == written["class"]


def test_images_are_arrays_too_and_gray(load: Load, tmp_path: Path) -> None:
    pixels = np.arange(24, dtype=np.uint16).reshape(4, 6) * 100
    shard = _write(tmp_path / "a.tar", {"a.npy": _npy(pixels), "a.gray.png": _png(np.full((4, 6, 3), 51))})
    fields = {"image": "npy", "other": {"ending": "gray.png", "kind": "image"}}
    source = {**_source(shard, **fields), "channels": 1}
    batch = load({"source": source, "validation": source}, ()).validation_batches()[0]
    np.testing.assert_allclose(batch["image"][0, ..., 0], pixels / 65_535, rtol=1e-6)
    np.testing.assert_allclose(batch["other"], np.full((1, 4, 6, 1), 0.2), rtol=1e-6)


def test_files_of_an_example_may_stand_apart_and_others_are_left_out(tmp_path: Path) -> None:
    names = ["b.cls", "a.cls", "README", ".hidden.cls", "folder/._a.cls", "a.png", "b.png"]
    path = _write(tmp_path / "a.tar", {name: name.encode() for name in names})
    with tarfile.open(path, "a") as tar:
        folder = tarfile.TarInfo("folder.cls")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    shards = Shards([str(path)], ["png", "cls"])
    assert [shards.read(place) for place in range(len(shards))] == [
        (f"'{key}' in {path}", {"png": f"{key}.png".encode(), "cls": f"{key}.cls".encode()}) for key in "ba"
    ]


def test_a_shard_is_not_held_in_memory(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.tar", {f"{number}.bin": bytes(2**20) for number in range(32)})
    tracemalloc.start()
    shards = Shards([str(path)], ["bin"])
    shards.read(31)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_few_bytes_are_kept_of_each_file(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.tar", {f"{number}.bin": b"" for number in range(5000)})
    tracemalloc.start()
    Shards([str(path)], ["bin"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5000 * 600


def test_a_range_stands_for_numbered_files() -> None:
    assert numbered_files(["/a{0..1}/b-{008..011}.tar", "c.tar", "/d/{1..3}"]) == [
        *(f"/a{{0..1}}/b-{number}.tar" for number in ("008", "009", "010", "011")),
        "c.tar",
        *("/d/1", "/d/2", "/d/3"),
    ]


def _faulty(folder: Path, **members: bytes) -> Path:
    """A shard whose second example has these files in place of its own."""
    own = {name.replace("_", "."): content for name, content in members.items()}
    return _write(folder / "a.tar", _example("0", 0) | _example("key", 1) | own)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"key_png": b"no image"}, "`image` of example 'key' in {} cannot be read as an image"),
        ({"key_cls": b"cat"}, "`label` of example 'key' in {} is no whole number: b'cat'"),
        ({"key_cls": b"10"}, "`label` of example 'key' in {} has 10, and classes are whole numbers from 0 to 9"),
        ({"key_cls": b"1" * 5000}, "`label` of example 'key' in {} is no whole number"),
    ],
)
def test_a_faulty_file_is_told_with_its_shard_and_key(
    load: Load, tmp_path: Path, members: Members, message: str
) -> None:
    shard = _faulty(tmp_path, **members)
    module = load({"source": _source(shard)})
    with pytest.raises(module.DataError, match=re.escape(message.format(shard))):
        module.training_batch(0)


def test_an_image_starts_no_program(load: Load, tmp_path: Path) -> None:
    """Pillow hands PostScript to Ghostscript, also if the file is called png."""
    content = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
    Image.open(io.BytesIO(content))
    module = load({"source": _source(_faulty(tmp_path, key_png=content))})
    with pytest.raises(module.DataError, match="cannot be read as an image: cannot identify image file"):
        module.training_batch(0)


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("json", b"{", "is no JSON"),
        ("json", b"[" * 100_000, "is no JSON"),
        ("json:class", b"[3]", "has no entry 'class'"),
        ("json:class", b'{"other": 3}', "has no entry 'class'"),
        ("json", b'{"class": 3}', "has object, and no numbers"),
        ("json", b"[[1], [2, 3]]", "is no array"),
        ("npy", b"\x93NUMPY", "cannot be read"),
        ("npy", _npy(np.array([print], object)), "cannot be read: Object arrays"),
    ],
)
def test_a_faulty_value_is_told_with_its_shard_and_key(
    load: Load, tmp_path: Path, part: str, content: bytes, message: str
) -> None:
    shard = _write(tmp_path / "a.tar", {f"key.{part.partition(':')[0]}": content})
    module = load({"source": _source(shard, values=part)}, ())
    with pytest.raises(module.DataError, match=rf"`values` of example 'key' in {re.escape(str(shard))} {message}"):
        module.training_batch(0)


def test_an_example_has_all_its_files_and_each_once(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.tar", _example("0", 0) | {"key.cls": b"3"})
    with pytest.raises(DataError, match=r"the example 'key' in .*a\.tar has no file \.png"):
        Shards([str(path)], ["png", "cls"])
    with tarfile.open(path, "a") as tar:
        tar.addfile(tarfile.TarInfo("0.CLS"), io.BytesIO())
    with pytest.raises(DataError, match=r"'0\.CLS' is in .*a\.tar twice"):
        Shards([str(path)], ["cls"])


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_is_an_error(tmp_path: Path, kind: bytes) -> None:
    path = _write(tmp_path / "a.tar", _example("0", 0))
    with tarfile.open(path, "a") as tar:
        link = tarfile.TarInfo("1.png")
        link.type, link.linkname = kind, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(DataError, match=r"'1\.png' in .*a\.tar is a link or a device"):
        Shards([str(path)], ["png"])


def test_a_shard_that_is_not_whole_is_an_error(tmp_path: Path) -> None:
    """Wherever it is cut, and where its middle is damaged: no example is lost in silence."""
    whole = _write(tmp_path / "whole.tar", _example("0", 0) | _example("1", 1)).read_bytes()
    path = tmp_path / "a.tar"
    length = whole.rindex(b"1.cls") + 2 * tarfile.BLOCKSIZE
    for cut in (*range(0, length, 256), length):
        path.write_bytes(whole[:cut])
        with pytest.raises(DataError, match=r"a\.tar (cannot be read|is not whole|has no examples)"):
            Shards([str(path)], ["png"])
    for damaged in (whole + whole, whole.replace(b"1.png", b"1.pXg", 1), b"not a tar file" * 1000):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"a\.tar (cannot be read|is not whole)"):
            Shards([str(path)], ["png"])
    path.write_bytes(whole[:length] + bytes(2 * tarfile.BLOCKSIZE))
    assert len(Shards([str(path)], ["png"])) == 2


def test_a_compressed_or_missing_shard_is_an_error(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("0.png"), io.BytesIO())
    with pytest.raises(DataError, match=r"a\.tar cannot be read"):
        Shards([str(tmp_path / "a.tar")], ["png"])
    _write(tmp_path / "b.tar", {})
    with pytest.raises(DataError, match=r"b\.tar has no examples"):
        Shards([str(tmp_path / "b.tar")], ["png"])
    with pytest.raises(FileNotFoundError, match=r"c\.tar"):
        Shards([str(tmp_path / "c.tar")], ["png"])


def test_a_file_of_negative_size_does_not_read_for_ever(tmp_path: Path) -> None:
    header = bytearray(tarfile.TarInfo("0.png").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = (-1024).to_bytes(12, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    path = tmp_path / "a.tar"
    path.write_bytes(bytes(header) * 2 + bytes(2 * tarfile.BLOCKSIZE))
    with pytest.raises(DataError, match=r"a\.tar has a file of a negative size"):
        Shards([str(path)], ["png"])


def test_a_shard_that_changes_is_an_error(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.tar", _example("0", 0) | _example("1", 1))
    shards = Shards([str(path)], ["png", "cls"])
    mixed = ("0.png", "1.cls", "1.png", "0.cls")
    for members in ({"x.txt": bytes(5000)} | _example("1", 1), dict.fromkeys(mixed, b""), {"a.txt": b"a"}):
        _write(path, members)
        with pytest.raises(DataError, match=r"a\.tar (cannot be read|has changed)"):
            shards.read(1)
