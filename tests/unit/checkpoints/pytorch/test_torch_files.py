"""PyTorch's files as people have them: packed again, with other things beside the weights, of any age."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import open_checkpoint
from archspec.checkpoints.containers.zip_archive import ZipArchive
from archspec.checkpoints.pickles.machine import Memo
from tests.unit.checkpoints.matching.test_matching import native, same
from tests.unit.checkpoints.networks import mixed, weights_of

torch = pytest.importorskip("torch")


def values(path: Path) -> dict[str, Any]:
    return {name: stored.read() for name, stored in open_checkpoint(path).tensors.items()}


def repacked(path: Path, *, method: int = zipfile.ZIP_DEFLATED, within: str = "", backwards: bool = False) -> Path:
    """The same members in a new zip."""
    with zipfile.ZipFile(path) as old:
        members = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w", method) as new:
        for name, data in reversed(members) if backwards else members:
            new.writestr(within + name, data)
    return path


@pytest.mark.parametrize(
    "changes", [{}, {"backwards": True}, {"within": "mail/", "method": zipfile.ZIP_STORED}, {"within": "mail/"}]
)
def test_an_archive_that_was_unpacked_and_packed_again(tmp_path: Path, changes: dict[str, Any]) -> None:
    network, weights = mixed(), weights_of(mixed())
    state = {name: torch.from_numpy(array.copy()) for name, array in native(network, weights).items()}
    torch.save(state, tmp_path / "w.pth")
    assert same(archspec.read_checkpoint(network, repacked(tmp_path / "w.pth", **changes)), weights)


def test_of_several_models_in_one_zip_none_is_guessed(tmp_path: Path) -> None:
    torch.save({"a.weight": torch.zeros(3)}, tmp_path / "w.pth")
    with zipfile.ZipFile(tmp_path / "w.pth") as old, zipfile.ZipFile(tmp_path / "two.zip", "w") as new:
        for folder in ("generator", "net"):
            for name in old.namelist():
                new.writestr(f"{folder}/{name}", old.read(name))
    with pytest.raises(
        archspec.WeightsError, match=r"two\.zip has several .*zip -r -0(?s:.*)\n  generator/w/\n  net/w/"
    ):
        open_checkpoint(tmp_path / "two.zip")


def test_other_ways_to_compress_are_refused_with_what_to_do(tmp_path: Path) -> None:
    torch.save({"a.weight": torch.zeros(3)}, tmp_path / "w.pth")
    with pytest.raises(archspec.WeightsError, match=r"compressed in a way that is not read here: unpack it.*zip -r -0"):
        open_checkpoint(repacked(tmp_path / "w.pth", method=zipfile.ZIP_LZMA))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_element_that_was_damaged_is_told(tmp_path: Path, method: int) -> None:
    torch.save({"a.weight": torch.arange(100.0)}, tmp_path / "w.pth")
    data = bytearray(repacked(tmp_path / "w.pth", method=method).read_bytes())
    with zipfile.ZipFile(tmp_path / "w.pth") as archive:
        (member,) = (info for info in archive.infolist() if info.filename.endswith("data/0"))
    data[member.header_offset + 30 + len(member.filename) + 20] ^= 1
    (tmp_path / "w.pth").write_bytes(data)
    (tensor,) = open_checkpoint(tmp_path / "w.pth").tensors.values()
    with pytest.raises(archspec.WeightsError, match=r"w\.pth is damaged: w/data/0 in it is not what its checksum says"):
        tensor.read()


def test_a_file_without_checksums_is_read(tmp_path: Path) -> None:
    torch.serialization.set_crc32_options(False)
    try:
        torch.save({"a.weight": torch.arange(3.0)}, tmp_path / "w.pth")
    finally:
        torch.serialization.set_crc32_options(True)
    assert values(tmp_path / "w.pth")["a.weight"].tolist() == [0, 1, 2]


def test_a_member_that_claims_another_length_is_refused(tmp_path: Path) -> None:
    torch.save({"a.weight": torch.zeros(1000)}, tmp_path / "w.pth")
    data = repacked(tmp_path / "w.pth").read_bytes()
    assert data.count(struct.pack("<I", 4000)) == 2  # before the member, and in the list of members
    for claimed in (3999, 4001, 1 << 31):
        (tmp_path / "w.pth").write_bytes(data.replace(struct.pack("<I", 4000), struct.pack("<I", claimed)))
        with pytest.raises(archspec.WeightsError, match=r"w\.pth.*data/0"):
            values(tmp_path / "w.pth")


@pytest.mark.parametrize("zipped", [True, False])
def test_signs_that_are_still_to_be_changed(tmp_path: Path, zipped: bool) -> None:
    number = torch.complex(torch.tensor([0.0, 1.0]), torch.tensor([2.0, -3.0]))
    given = {
        "negative": torch._neg_view(torch.tensor([0.0, 1.0, -2.0])),
        "short": torch._neg_view(torch.tensor([0.0, 1.0, -2.0]).bfloat16()),
        "conjugate": number.conj(),
        "imaginary": number.clone().conj().imag,
    }
    torch.save(given | {"imaginary": given["imaginary"]}, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    found = values(tmp_path / "w.pth")
    assert found["negative"].tobytes() == np.array([-0.0, -1, 2], np.float32).tobytes()
    assert found["short"].tolist() == [0x8000, 0xBF80, 0x4000]
    assert found["conjugate"].tolist() == [-2j, 1 + 3j]
    assert found["imaginary"].tolist() == [-2, 3]


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_that_are_views(tmp_path: Path, zipped: bool) -> None:
    whole = torch.arange(24.0).reshape(2, 3, 4)
    given = {
        "whole": whole,
        "turned": whole.permute(2, 0, 1),
        "part": whole[1, ::2, 1:3],
        "one": whole[1, 2, 3],
        "none": whole[:0],
        "parameter": torch.nn.Parameter(whole + 1),
    }
    torch.save(given, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    found = values(tmp_path / "w.pth")
    assert found.keys() == given.keys()
    assert all(np.array_equal(found[name], tensor.detach().numpy()) for name, tensor in given.items())
    assert all(found[name].shape == tuple(tensor.shape) for name, tensor in given.items())


DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64"]


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("dtype", [*DTYPES, "complex128", "uint16", "uint32", "uint64"])
def test_types(tmp_path: Path, dtype: str, zipped: bool) -> None:
    tensor = torch.tensor([0, 1, 1, 0]).to(getattr(torch, dtype))
    torch.save({"a": tensor}, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    (stored,) = open_checkpoint(tmp_path / "w.pth").tensors.values()
    assert (stored.dtype, stored.shape) == (dtype, (4,))
    assert stored.values().tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_without_elements_of_their_own_are_kept_and_refused_by_name(tmp_path: Path, zipped: bool) -> None:
    given = {
        "a.sparse": torch.eye(3).to_sparse(),
        "a.quantised": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        "a.meta": torch.empty(3, device="meta"),
        "a.short": torch.ones(2).to(torch.float8_e4m3fn),
    }
    torch.save(given, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    tensors = open_checkpoint(tmp_path / "w.pth").tensors
    assert tensors.keys() == given.keys()
    for name, stored in tensors.items():
        with pytest.raises(archspec.WeightsError, match=rf"w\.pth: {name} (is|has) "):
            stored.read()


class Inner(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)


class Outer(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Inner(), torch.nn.Sequential(Inner(), torch.nn.BatchNorm2d(3))
        self.own = torch.nn.Parameter(torch.zeros(1))
        self.register_parameter("nothing", None)


@pytest.mark.parametrize("nest", [(), ("model",)])
@pytest.mark.parametrize("zipped", [True, False])
def test_whole_modules_have_the_tensors_of_their_state_dict(
    tmp_path: Path, zipped: bool, nest: tuple[str, ...]
) -> None:
    module: Any = Outer()
    torch.save({"model": module} if nest else module, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    found = values(tmp_path / "w.pth")
    assert list(found) == list(module.state_dict())
    assert all(np.array_equal(found[name], tensor.numpy()) for name, tensor in module.state_dict().items())


class Foreign:
    """Something of another package, which need not be installed where the weights are read."""

    def __init__(self, **items: object) -> None:
        self.__dict__.update(items)


def test_what_lightning_leaves(tmp_path: Path) -> None:
    network, weights = mixed(), weights_of(mixed())
    state = {f"model.{name}": torch.from_numpy(a.copy()) for name, a in native(network, weights).items()}
    saved = {
        "epoch": 3,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": state,
        "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 0.1}]}],
        "hyper_parameters": Foreign(lr=0.1, paths=[Path("data")]),
        "callbacks": {"ModelCheckpoint": {"best": torch.tensor(0.5)}},
    }
    torch.save(saved, tmp_path / "last.ckpt")
    assert same(archspec.read_checkpoint(network, tmp_path / "last.ckpt"), weights)


def test_what_mmpretrain_leaves(tmp_path: Path) -> None:
    network, weights = mixed(), weights_of(mixed())
    heads = {"fc1": "head.fc1", "fc2": "head.fc2"}
    state = {}
    for name, array in native(network, weights).items():
        layer, _, word = name.rpartition(".")
        state[f"{heads.get(layer, f'backbone.{layer}')}.{word}"] = torch.from_numpy(array.copy())
    meta = {"epoch": 100, "time": Foreign(now=np.float64(3)), "history": np.arange(3), "seed": np.random.default_rng(1)}
    torch.save({"meta": meta, "state_dict": state, "message_hub": Foreign(log=[1])}, tmp_path / "w.pth")
    assert same(archspec.read_checkpoint(network, tmp_path / "w.pth"), weights)


def test_torchscript_is_refused_with_what_to_do(tmp_path: Path) -> None:
    torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)).save(tmp_path / "w.pt")
    with pytest.raises(archspec.WeightsError, match=r"w\.pt is TorchScript.*torch\.jit\.load"):
        open_checkpoint(tmp_path / "w.pt")


def test_views_of_one_storage_read_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flat = torch.arange(1000.0)
    torch.save({f"l{index}.weight": flat[index * 10 : index * 10 + 10] for index in range(100)}, tmp_path / "w.pth")
    checkpoint, read, names = open_checkpoint(tmp_path / "w.pth"), ZipArchive.read, []
    monkeypatch.setattr(ZipArchive, "read", lambda self, name: names.append(name) or read(self, name))
    assert [stored.read()[3] for stored in checkpoint.tensors.values()] == list(range(3, 1000, 10))
    assert names == ["w/data/0"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_views_of_two_storages_that_take_turns(tmp_path: Path, method: int, monkeypatch: pytest.MonkeyPatch) -> None:
    both, ranges = (torch.arange(1000.0), torch.arange(1000.0)), range(0, 1000, 10)
    given = {
        f"l{start}.{word}": flat[start : start + 10] for start in ranges for word, flat in zip("ab", both, strict=True)
    }
    torch.save(given, tmp_path / "w.pth")
    path = repacked(tmp_path / "w.pth", method=method)
    checkpoint, read, names = open_checkpoint(path), ZipArchive.read, []
    monkeypatch.setattr(ZipArchive, "read", lambda self, name: names.append(name) or read(self, name))
    assert all(np.array_equal(checkpoint.tensors[name].read(), tensor.numpy()) for name, tensor in given.items())
    if method == zipfile.ZIP_STORED:
        assert sorted(names) == ["w/data/0", "w/data/1"]
    else:
        assert len(names) > 2  # together they are longer than the file


def test_a_list_of_members_that_points_before_the_file(tmp_path: Path) -> None:
    torch.save({"a.weight": torch.zeros(3)}, tmp_path / "w.pth")
    data = bytearray(repacked(tmp_path / "w.pth").read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", len(data) + 100)  # the length of the list
    (tmp_path / "w.pth").write_bytes(data)
    with pytest.raises(archspec.WeightsError, match=r"w\.pth is cut off or damaged"):
        open_checkpoint(tmp_path / "w.pth")


def test_a_memo_is_a_dict_whatever_the_order_of_its_numbers() -> None:
    memo, meant = Memo(), {}
    for value, number in enumerate([0, 1, 5, 2, 3, 4, 5, 6, 1, 2**31, -1, 7, 8, 2**31, 6]):
        memo.put(number, value)
        meant[number] = value
        assert len(memo) == len(meant)
    assert {number: memo.get(number) for number in meant} == meant
    for missing in (9, -2):
        with pytest.raises(KeyError):
            memo.get(missing)


def test_many_small_tensors_take_a_few_times_the_file(tmp_path: Path) -> None:
    """Python's objects for a tensor of two elements are longer than the 300 bytes that PyTorch writes for it."""
    torch.save({f"layers.{number}.weight": torch.zeros(2) for number in range(5_000)}, tmp_path / "w.pth")
    tracemalloc.start()
    try:
        found = open_checkpoint(tmp_path / "w.pth")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.tensors) == 5_000
    assert peak < 5 * (tmp_path / "w.pth").stat().st_size
