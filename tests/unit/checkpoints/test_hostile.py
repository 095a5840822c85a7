"""Files that are broken or mean harm: an error that names the file and the tensor, and nothing is run."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import norm, open_checkpoint
from tests.unit.checkpoints.networks import mixed, weights_of, write
from tests.unit.checkpoints.pickles import in_a_row, text


def build(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def tensor(begin: int, end: int, shape: Any = None, dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": [(end - begin) // 4] if shape is None else shape, "data_offsets": [begin, end]}


FAULTY: dict[str, tuple[Any, bytes, int | None, str]] = {
    "a header longer than the file": ({}, b"", 1 << 20, "its header would have 1048576"),
    "a header of exabytes": ({}, b"", (1 << 64) - 1, "its header would have"),
    "no JSON": (b"{not json", b"", None, "not JSON"),
    "deep JSON": (b"[" * 100_000, b"", None, "header"),
    "no UTF-8": (b'{"\xff": 1}', b"", None, "not JSON"),
    "a list": ([], b"", None, "no JSON object"),
    "an entry that is a number": ({"a": 1}, b"", None, "a has no dtype"),
    "overlapping": ({"a": tensor(0, 8), "b": tensor(4, 12)}, bytes(12), None, "b overlaps a"),
    "the same twice": ({"a": tensor(0, 8), "b": tensor(0, 8)}, bytes(8), None, "b overlaps a"),
    "a gap": ({"a": tensor(0, 8), "b": tensor(12, 16)}, bytes(16), None, "b leaves a gap behind a"),
    "cut off": ({"a": tensor(0, 8), "b": tensor(8, 16)}, bytes(12), None, "b ends at byte .* cut off"),
    "too long": ({"a": tensor(0, 8)}, bytes(12), None, "4 bytes after the last"),
    "a type that does not fit": ({"a": tensor(0, 8, [2], "F64")}, bytes(8), None, r"a is \(2,\) of float64"),
    "an unknown type": ({"a": tensor(0, 8, [2], "F33")}, bytes(8), None, "a is of the type 'F33'"),
    "a type that is no word": ({"a": tensor(0, 8, [2], ["F32"])}, bytes(8), None, "a is of the type"),
    "a negative size": ({"a": tensor(0, 8, [-2])}, bytes(8), None, "that no tensor has"),
    "a size that is true": ({"a": tensor(0, 4, [True])}, bytes(4), None, "that no tensor has"),
    "a fraction": ({"a": tensor(0, 8, [2.0])}, bytes(8), None, "that no tensor has"),
    "an endless size": ({"a": tensor(0, 8, [1 << 70, 0])}, bytes(8), None, "that no tensor has"),
    "endless sizes, and no elements": ({"a": tensor(0, 0, [1 << 61, 1 << 61, 0])}, b"", None, "that no tensor has"),
    "sizes that overflow": ({"a": tensor(0, 8, [1 << 61, 8])}, bytes(8), None, "that no tensor has"),
    "a name twice": (b'{"a": {}, "a": {}}', b"", None, "twice"),
    "backwards": ({"a": tensor(8, 0, [0])}, bytes(8), None, "a is"),
}


@pytest.mark.parametrize("kind", FAULTY)
def test_faulty_safetensors(tmp_path: Path, kind: str) -> None:
    header, data, length, said = FAULTY[kind]
    path = build(tmp_path / "w.safetensors", header, data, length)
    with pytest.raises(archspec.WeightsError, match=said) as caught:
        open_checkpoint(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", [b"", b"x", b"\x00" * 8, b"hello, this is no file of weights", b"\x89HDF\r\n\x1a\n"])
@pytest.mark.parametrize("name", ["w.safetensors", "w.pth", "w.h5", "w.keras", "w"])
def test_files_of_something_else(tmp_path: Path, text: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(text)
    with pytest.raises(archspec.WeightsError, match=name):
        open_checkpoint(tmp_path / name)


def test_every_cut_of_a_file_is_told(tmp_path: Path) -> None:
    network = mixed()
    path = write(tmp_path / "w.safetensors", weights_of(network))
    whole = path.read_bytes()
    for length in [*range(0, 64, 7), *range(64, len(whole), 997), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(archspec.WeightsError):
            archspec.read_checkpoint(network, path)


class Harm:
    """What a pickle may hold."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_no_code_is_run_and_the_weights_beside_it_are_read(tmp_path: Path, form: str, protocol: int) -> None:
    torch = pytest.importorskip("torch")
    mark, path = tmp_path / "harm", tmp_path / "w.pth"
    weight = np.arange(2, dtype=np.float32)
    harmful = {"state_dict": {"a.weight": weight if form == "pickle" else torch.from_numpy(weight)}, "more": Harm(mark)}
    if form == "pickle":
        path.write_bytes(pickle.dumps(harmful, protocol))
    else:
        torch.save(harmful, path, _use_new_zipfile_serialization=form == "zip", pickle_protocol=protocol)
    found = open_checkpoint(path)
    assert found.tensors["a.weight"].read().tolist() == [0, 1]
    assert found.framework == "torch"
    assert not mark.exists()


@pytest.mark.parametrize(
    "program",
    [
        b"\x80\x02.",
        b"\x80\x02]r\xff\xff\xff\x7fj\xfe\xff\xff\x7f.",
        b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f.",
        b"\x80\x02X\xff\xff\xff\xff.",
        b"\x80\x02T\xfb\xff\xff\xff.",
        b"\x80\x02\x8b\xff\xff\xff\xff.",
        b"\x80\x02" + b"L" + b"9" * 100_000 + b"L\n.",
        b"\x80\x02" + b"(" * 1_000_000 + b"t" * 1_000_000 + b".",
        b"\x80\x02}" + b")" + b"\x85" * 200_000 + b"K\x01s.",
        b"\x80\x02cos\nsystem\n\x82\x01.",
        b"\x80\x02}q\x00("
        + b"".join(b"X\x05\x00\x00\x00modelh\x00X\x03\x00\x00\x00neth\x00" for _ in range(9))
        + b"u.",
    ],
    ids=["nothing", "memo", "array", "text", "minus", "number", "digits", "deep", "hashed", "registry", "circle"],
)
def test_pickles_that_mean_harm(tmp_path: Path, program: bytes) -> None:
    (tmp_path / "w.pth").write_bytes(program)
    with pytest.raises(archspec.WeightsError, match=r"w\.pth"):
        open_checkpoint(tmp_path / "w.pth")


@pytest.mark.parametrize("held", [[1, 2], {"epoch": 3}, 7, {}])
def test_files_of_torch_without_weights(tmp_path: Path, held: Any) -> None:
    torch = pytest.importorskip("torch")
    torch.save(held, tmp_path / "w.pth")
    with pytest.raises(archspec.WeightsError, match="has no state_dict"):
        open_checkpoint(tmp_path / "w.pth")


def test_cut_files_of_torch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "w.pth"
    for new in (True, False):
        torch.save({"a.weight": torch.zeros(200)}, path, _use_new_zipfile_serialization=new)
        whole = path.read_bytes()
        for length in range(1, len(whole) - 1, 97):
            path.write_bytes(whole[:length])
            with pytest.raises(archspec.WeightsError):
                open_checkpoint(path)


def test_tensors_that_claim_more_than_they_have(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"a.weight": torch.zeros(1).expand(1 << 40), "b": torch.eye(3).to_sparse()}, tmp_path / "w.pth")
    for stored in open_checkpoint(tmp_path / "w.pth").tensors.values():
        with pytest.raises(archspec.WeightsError, match=r"w\.pth: .* is not stored element by element"):
            stored.read()


def test_an_archive_that_unpacks_to_too_much(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(100_000_000))
    with pytest.raises(archspec.WeightsError, match="100000000 bytes"):
        open_checkpoint(tmp_path / "w.keras")


def test_not_numbers_and_infinities_are_weights_too(tmp_path: Path) -> None:
    network = mixed()
    weights = weights_of(network)
    weights["fc2:bias"][:] = np.nan, np.inf, -np.inf, -0.0
    found = archspec.read_checkpoint(network, write(tmp_path / "w.safetensors", weights))
    assert found["fc2:bias"].tobytes() == weights["fc2:bias"].tobytes()


def test_norms_of_what_is_no_number_are_told_without_a_warning(tmp_path: Path) -> None:
    signalling = np.array([0x7F800001], np.uint32).view(np.float32)
    np.savez(tmp_path / "w.npz", nan=signalling, large=np.array([1e200]), inf=np.array([np.inf, -np.inf]))
    found = {name: str(norm(stored)) for name, stored in open_checkpoint(tmp_path / "w.npz").tensors.items()}
    assert found == {"nan": "nan", "large": "inf", "inf": "inf"}


@pytest.mark.parametrize("form", ["w.safetensors", "w.pth"])
def test_numpy_opens_no_file_by_its_path(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes a SystemError of an interrupt that comes meanwhile."""
    if form == "w.pth":
        path = in_a_row(tmp_path / form, b"](" + text("0") + b"e")
    else:
        path = build(tmp_path / form, {"a": tensor(0, 4)}, bytes(4))
    monkeypatch.delattr(np, "fromfile")
    (stored,) = open_checkpoint(path).tensors.values()
    assert stored.read().tolist() == [0]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_checkpoint(tmp_path / "w.pth")
