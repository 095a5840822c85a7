"""The functions of the package: what they take, and how they refuse what they cannot take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.weights.files import save

LAYERS = [
    {"name": "conv", "layer_type": "Conv2D", "filters": 2, "kernel_size": 3, "input_shape": (6, 6, 1)},
    {"layer_type": "GlobalAveragePooling2D"},
    {"name": "fc", "layer_type": "Dense", "units": 3},
]


@pytest.fixture(params=["torch", "tensorflow"])
def backend(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(request.param)
    return str(request.param)


@pytest.mark.parametrize("weights", [3, [1], np.zeros(3), b"x", {1, 2}], ids=lambda weights: type(weights).__name__)
def test_weights_that_are_no_mapping(backend: str, weights: Any) -> None:
    with pytest.raises(archspec.WeightsError, match="a mapping of names to arrays, not"):
        archspec.load(LAYERS).compile(backend, weights=weights)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x", "fc:bias has to be a numpy.ndarray .* a str:"),
        ([0.0, 1.0, 2.0], "fc:bias has to be a numpy.ndarray .* a list:"),
        (None, "fc:bias has to be a numpy.ndarray .* a NoneType:"),
        (np.zeros(3, int), "fc:bias has floating-point numbers, not int64"),
        (np.zeros(3, complex), "fc:bias has floating-point numbers, not complex128"),
        (np.array(["a", "b", "c"]), "fc:bias has floating-point numbers, not str"),
        (np.zeros(4), r"fc:bias is \(4,\), and the network's is \(3,\)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_weight_that_is_no_array_of_numbers(backend: str, value: Any, said: str) -> None:
    network = archspec.load(LAYERS)
    with pytest.raises(archspec.WeightsError, match=said):
        network.compile(backend, weights={**network.weights(), "fc:bias": value})


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("tiny.yaml", "tiny"),
        ("a-1.b.json", "a-1.b"),
        ("class.yaml", "class"),
        ("ünï.yaml", "network"),
        ("-.yml", "network"),
    ],
)
def test_a_spec_without_a_name_is_called_after_its_file(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).write_text('[{"layer_type": "Dense", "units": 3, "input_shape": [4]}]')
    network = archspec.load(tmp_path / file)
    assert network.name == name
    for backend in ("torch", "tensorflow"):
        compile(network.emit(backend), file, "exec")
    (tmp_path / file).write_text('{"name": "own", "inputs": {"x": [4]}, "layers": [{"layer_type": "ReLU"}]}')
    assert archspec.load(tmp_path / file).name == "own"


TEXT = "archspec: 1\ninputs: {x: [4]}\nlayers:\n  - {layer_type: Dense, units: 4}\n"


@pytest.mark.parametrize(
    "text", [TEXT, TEXT + "# long\n" * 1000, '{"inputs": {"x": [4]}, "layers": [{"layer_type": "Dense", "units": 4}]}']
)
def test_a_string_of_a_spec_is_read(text: str) -> None:
    assert archspec.load(text).parameters().total == 20
    with pytest.raises(archspec.SpecError, match=r'^text.*no attribute `unit` \(did you mean "units"\?\)'):
        archspec.load(text.replace("units", "unit"))


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 300 + "/net.yaml", "no: path"])
def test_a_string_that_is_no_path_is_refused(name: str) -> None:
    with pytest.raises(archspec.SpecError, match=r"^.{,500}$"):
        archspec.load(name)


def test_a_file_comes_before_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "[net").write_text(TEXT)
    assert archspec.load("[net").parameters().total == 20


def test_a_state_dict_is_no_model() -> None:
    with pytest.raises(archspec.ArchspecError, match="give the model itself"):
        archspec.read_weights(LAYERS, {"fc.weight": np.zeros((3, 4))})


def test_a_checkpoint_is_named_by_any_path(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    network = archspec.load(LAYERS)
    save(tmp_path / "canonical.safetensors", network.weights(7))
    archspec.convert_weights(LAYERS, tmp_path / "canonical.safetensors", tmp_path / "w.safetensors", to="torch")
    for path in (tmp_path / "w.safetensors", str(tmp_path / "w.safetensors")):
        model = network.compile("torch", weights=path, device="cpu")
        assert np.array_equal(archspec.read_weights(LAYERS, model)["fc:kernel"], network.weights(7)["fc:kernel"])
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pth"):
        network.compile("torch", weights="nowhere.pth")


def test_parity_takes_what_load_takes() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("tensorflow")
    assert archspec.parity(LAYERS).passed
    assert archspec.parity("lenet", batch=1).network == "lenet"
    with pytest.raises(archspec.SpecError, match="did you mean"):
        archspec.parity("lenett")
    with pytest.raises(archspec.ArchspecError, match="the batch at least 1, not 0 and -1"):
        archspec.parity(LAYERS, batch=-1)


def test_params_and_inputs_are_mappings() -> None:
    with pytest.raises(
        archspec.ArchspecError, match=r"params is a mapping of names to values, not list: params=\{\.\.\.\}"
    ) as refused:
        archspec.load(LAYERS, params=[1])  # type: ignore[arg-type]
    assert isinstance(refused.value, TypeError)
    with pytest.raises(archspec.ArchspecError, match="inputs is a mapping of names to shapes, not tuple"):
        archspec.load(LAYERS, inputs=(6, 6, 1))  # type: ignore[arg-type]
    with pytest.raises(archspec.SpecError, match="a shape is a list of 1 to 8 whole numbers, not 5"):
        archspec.load(LAYERS, inputs={"input": 5})  # type: ignore[dict-item]


def test_numpys_scalars_are_pythons_numbers() -> None:
    def document(integer: Any, real: Any, truth: Any, text: Any) -> dict[str, Any]:
        return {
            "params": {"rate": real(0.25)},
            "inputs": {"x": (integer(6), 4)},
            "layers": [
                {"layer_type": text("Flatten")},
                {
                    "name": text("fc"),
                    "layer_type": "Dense",
                    "units": integer(3),
                    "use_bias": truth(False),
                    "repeat": integer(2),
                },
                {"layer_type": "Dropout", "rate": "$(rate / 2)"},
                {"layer_type": "Reshape", "target_shape": [integer(3), 1]},
            ],
        }

    pythons = archspec.load(document(int, float, bool, str), params={"rate": 0.5}, inputs={"x": [2, 2]})
    for integer, real in ((np.int64, np.float64), (np.uint8, np.float32)):
        numpys = archspec.load(
            document(integer, real, np.bool_, np.str_), params={"rate": real(0.5)}, inputs={"x": np.array([2, 2])}
        )
        assert numpys.emit("torch") == pythons.emit("torch")
        assert numpys.emit("tensorflow") == pythons.emit("tensorflow")
        assert type(numpys.origin.params["rate"]) is float


@pytest.mark.parametrize("name", [3, None, "", "Torch", ["torch"], {"torch": 1}, np.zeros(2)])
def test_a_backend_that_is_none_is_told(name: Any) -> None:
    with pytest.raises(archspec.BackendMissingError, match="installed: "):
        archspec.load(LAYERS).emit(name)


def test_too_little_memory_is_told_with_the_networks_size(backend: str) -> None:
    huge = archspec.load([{"layer_type": "Dense", "units": 10**6, "input_shape": [10**6]}])
    with pytest.raises(archspec.OutOfMemoryError, match=r"it has 1,000,001,000,000 parameters, 4,000\.0 GB in float32"):
        huge.compile(backend, device="cpu")
    broad = archspec.load([{"layer_type": "ReLU", "input_shape": [10**6, 10**6, 1]}])
    with pytest.raises(archspec.OutOfMemoryError, match=r"input, the largest of its values, 1,000,000,"):
        archspec.parity(broad, backends=(backend, "torch" if backend == "tensorflow" else "tensorflow"))


@pytest.mark.parametrize("refused", [{"seed": -1}, {"batch": 0}])
def test_every_comparison_refuses_the_same(refused: dict[str, int]) -> None:
    for compared in (archspec.parity, archspec.training_parity, archspec.layer_parity):
        with pytest.raises(archspec.ArchspecError, match="the seed is at least 0 and the batch at least 1"):
            compared("lenet5", **refused)
    with pytest.raises(archspec.ArchspecError, match="the seed is at least 0 and the batch at least 1"):
        archspec.peer_parity("resnet18", "torchvision:resnet18", **refused)


def test_one_sample_is_too_few_to_train_with() -> None:
    with pytest.raises(archspec.ArchspecError, match="two samples or more"):
        archspec.training_parity("lenet5", batch=1)
    with pytest.raises(archspec.ArchspecError, match="two samples or more"):
        archspec.layer_parity("lenet5", training=True, batch=1)


def test_completion_lists_the_api() -> None:
    assert dir(archspec) == sorted(archspec.__all__)
