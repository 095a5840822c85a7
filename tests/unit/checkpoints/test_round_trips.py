"""Weights go around through every form and come back bit for bit, in their own type."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import archspec
from archspec.checkpoints import open_checkpoint
from tests.unit.checkpoints.networks import as_type, mixed, weights_of, write


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_torch_to_canonical_to_tensorflow_and_back(tmp_path: Path, dtype: str) -> None:
    pytest.importorskip("keras")
    network = mixed()
    given = {name: as_type(array, dtype) for name, array in weights_of(network).items()}
    source = write(tmp_path / "given.safetensors", given, dtype)
    steps = [
        ("first.safetensors", "torch"),
        ("first-canonical.safetensors", "canonical"),
        ("there.weights.h5", "tensorflow"),
        ("canonical.safetensors", "canonical"),
        ("back.safetensors", "torch"),
    ]
    for name, to in steps:
        archspec.convert_weights(network, source, tmp_path / name, to=to)
        source = tmp_path / name
        found = {stored.dtype for stored in open_checkpoint(source).tensors.values()}
        assert found - {"int64", "uint32"} == {dtype}, name
    assert (tmp_path / "back.safetensors").read_bytes() == (tmp_path / "first.safetensors").read_bytes()
    read = archspec.read_checkpoint(network, tmp_path / "canonical.safetensors").stored
    assert all(read[name].read().tobytes() == array.tobytes() for name, array in given.items())


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_torchs_own_files(tmp_path: Path, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    network = mixed()
    given = {name: as_type(array, dtype) for name, array in weights_of(network).items()}
    source = write(tmp_path / "given.safetensors", given, dtype)
    archspec.convert_weights(network, source, tmp_path / "model.pth", to="torch")
    state = torch.load(tmp_path / "model.pth", weights_only=True)
    assert state["fc1.weight"].dtype == getattr(torch, dtype)
    assert state["bn.num_batches_tracked"].item() == 0
    read = archspec.read_checkpoint(network, tmp_path / "model.pth").stored
    assert all(read[name].read().tobytes() == array.tobytes() for name, array in given.items())


def test_the_files_are_what_the_frameworks_libraries_read(tmp_path: Path) -> None:
    from safetensors import safe_open
    from safetensors.numpy import load_file

    torch_file = pytest.importorskip("safetensors.torch").load_file
    network = mixed()
    weights = weights_of(network)
    source = write(tmp_path / "given.safetensors", weights)
    assert all(load_file(source)[name].tobytes() == array.tobytes() for name, array in weights.items())
    archspec.convert_weights(network, source, tmp_path / "torch.safetensors", to="torch")
    network.compile("torch").load_state_dict(torch_file(tmp_path / "torch.safetensors"), strict=True)
    with safe_open(tmp_path / "torch.safetensors", "np") as file:
        assert file.metadata() == {"format": "pt"}


def test_several_types_stay_where_files_have_them(tmp_path: Path) -> None:
    network = mixed()
    weights = {
        name: array.astype("float64" if name.startswith("bn") else "float16")
        for name, array in weights_of(network).items()
    }
    source = write(tmp_path / "given.safetensors", weights)
    found = archspec.convert_weights(network, source, tmp_path / "torch.safetensors", to="torch")
    assert found.dtypes == {"float64", "float16"}
    again = archspec.read_checkpoint(network, tmp_path / "torch.safetensors")
    assert all(again[name].tobytes() == array.tobytes() for name, array in weights.items())


def test_compiling_takes_any_checkpoint(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    network = mixed()
    weights = weights_of(network)
    source = write(tmp_path / "given.safetensors", weights)
    archspec.convert_weights(network, source, tmp_path / "model.pth", to="torch")
    model = network.compile("torch", weights=tmp_path / "model.pth", device="cpu")
    found = archspec.read_weights(network, model)
    assert all(found[name].tobytes() == array.tobytes() for name, array in weights.items())


def test_one_tensor_at_a_time_is_in_memory(tmp_path: Path) -> None:
    layers = [{"name": f"fc{index}", "layer_type": "Dense", "units": 512} for index in range(10)]
    network = archspec.load({"archspec": 1, "name": "wide", "inputs": {"x": [512]}, "layers": layers})
    source = write(tmp_path / "given.safetensors", {name: np.asarray(a) for name, a in network.weights().items()})
    archspec.convert_weights(network, source, tmp_path / "warm.safetensors", to="torch")
    tracemalloc.start()
    archspec.convert_weights(network, source, tmp_path / "torch.safetensors", to="torch")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    largest = 512 * 512 * 4
    assert peak < 2.5 * largest  # the tensor as it is read, and as it is written


def test_a_run_that_is_broken_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = mixed()
    source = write(tmp_path / "given.safetensors", weights_of(network))
    target = tmp_path / "out.safetensors"
    target.write_bytes(b"old")
    text = source.read_bytes()

    def gone(*_: object, **__: object) -> object:
        raise OSError(5, "Input/output error", str(source))

    monkeypatch.setattr("archspec.checkpoints.containers.safetensors_files.read_stretch", gone)
    with pytest.raises(OSError, match="Input/output"):
        archspec.convert_weights(network, source, target, to="torch")
    assert target.read_bytes() == b"old"
    assert source.read_bytes() == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given.safetensors", "out.safetensors"]


def test_the_ending_of_the_file_has_to_be_the_frameworks(tmp_path: Path) -> None:
    network = mixed()
    source = write(tmp_path / "given.safetensors", weights_of(network))
    with pytest.raises(archspec.ArchspecError, match=r"has to end in \.weights\.h5"):
        archspec.convert_weights(network, source, tmp_path / "out.h5", to="tensorflow")
    with pytest.raises(archspec.BackendMissingError, match="tensorflow"):
        archspec.convert_weights(network, source, tmp_path / "out.h5", to="tensorflo")
