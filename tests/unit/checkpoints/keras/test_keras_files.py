"""Keras's three kinds of files, from models that others built."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.checkpoints import open_checkpoint
from archspec.weights import Stored, StoredWeights
from archspec_tensorflow import weights as keras_weights
from tests.marks import slow_but
from tests.unit.checkpoints.networks import MIXED, as_type, mixed, weights_of, write

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

KINDS = ("model.weights.h5", "model.keras", "model.h5")


def build(**names: str) -> Any:
    """The network by hand, with the layers' names or Keras's own."""
    layers = keras.layers

    def name(word: str) -> dict[str, str]:
        return {"name": names[word]} if word in names else {}

    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, 2, "same", **name("stem"))(image)
    x = layers.BatchNormalization(**name("bn"))(x)
    x = layers.ReLU()(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, **name("dw"))(x)
    x = layers.BatchNormalization(scale=False, **name("bn2"))(x)
    x = layers.PReLU(shared_axes=[1, 2], **name("slope"))(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(5, "relu", **name("fc1"))(x)
    x = layers.Dense(4, **name("fc2"))(x)
    model = keras.Model(image, x)
    generator = np.random.default_rng(1)
    model.set_weights([generator.uniform(0.5, 1.5, array.shape) for array in model.get_weights()])
    return model


def save(model: Any, path: Path) -> Path:
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    return path


def outputs(network: archspec.Network, path: Path, backend: str, image: Any) -> Any:
    model = network.compile(backend, weights=path, device="cpu")
    return find_backend(backend).run(network.graph, model, {"image": image})["fc2"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("named", [True, False])
def test_the_weights_of_a_model_built_by_hand(tmp_path: Path, kind: str, named: bool) -> None:
    pytest.importorskip("torch")
    names = {layer["name"]: layer["name"] for layer in MIXED["layers"] if "name" in layer} if named else {}
    model = build(**names)
    path = save(model, tmp_path / kind)
    network = mixed()
    found = archspec.read_checkpoint(network, path)
    how = "name" if named else "order" if kind == "model.weights.h5" else "graph"
    assert {match.how for match in found.matching.matches} == {how}
    image = np.random.default_rng(2).normal(size=(3, 8, 8, 3)).astype(np.float32)
    expected = np.asarray(model(image, training=False))
    for backend in ("torch", "tensorflow"):
        assert np.allclose(outputs(network, path, backend, image), expected, rtol=1e-5, atol=1e-5)


def test_an_optimizers_state_is_no_weight(tmp_path: Path) -> None:
    model = build()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    for kind in KINDS:
        archspec.read_checkpoint(mixed(), save(model, tmp_path / kind))


@pytest.mark.parametrize("kind", slow_but(KINDS[:1], KINDS))
def test_what_keras_applications_writes(tmp_path: Path, kind: str) -> None:
    model = keras.applications.MobileNet(input_shape=(32, 32, 3), alpha=0.25, classes=10, weights=None)
    path = save(model, tmp_path / kind)
    network = archspec.load(mobilenet())
    found = archspec.read_checkpoint(network, path)
    assert [found[name].tobytes() for name in found] == [array.tobytes() for array in ordered(model)]


def mobilenet() -> dict[str, Any]:
    """keras.applications' MobileNet at a width of 0.25, under names of our own."""

    def norm(name: str) -> list[dict[str, Any]]:
        return [{"name": name, "layer_type": "BatchNormalization"}, {"layer_type": "ReLU6"}]

    layers: list[dict[str, Any]] = [
        {"name": "a", "layer_type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": "same", "use_bias": False},
        *norm("b"),
    ]
    for index, filters in enumerate([16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256]):
        layers += [
            {"name": f"d{index}", "layer_type": "DepthwiseConv2D", "kernel_size": 3, "padding": 1, "use_bias": False},
            *norm(f"e{index}"),
            {"name": f"p{index}", "layer_type": "Conv2D", "filters": filters, "kernel_size": 1, "use_bias": False},
            *norm(f"q{index}"),
        ]
    layers += [
        {"layer_type": "GlobalAveragePooling2D"},
        {"layer_type": "Reshape", "target_shape": [1, 1, 256]},
        {"name": "top", "layer_type": "Conv2D", "filters": 10, "kernel_size": 1},
    ]
    return {"archspec": 1, "name": "mobilenet", "inputs": {"image": [32, 32, 3]}, "layers": layers}


def ordered(model: Any) -> list[Any]:
    return [np.asarray(variable) for layer in model.layers for variable in layer.weights]


class Written(keras.Model):
    """A network written as a class: a layer as an attribute, one in a dict, a model within."""

    def __init__(self) -> None:
        super().__init__()
        self.last = keras.layers.Dense(4)
        self.parts = {"middle": keras.layers.Dense(6)}
        self.first = keras.Sequential([keras.layers.Dense(5), keras.layers.Dense(5)])

    def call(self, x: Any) -> Any:
        return self.last(self.parts["middle"](self.first(x)))


def dense(*units: int) -> archspec.Network:
    layers = [{"name": f"fc{index}", "layer_type": "Dense", "units": each} for index, each in enumerate(units)]
    return archspec.load({"archspec": 1, "name": "dense", "inputs": {"x": [5]}, "layers": layers})


@pytest.mark.parametrize("kind", ["model.weights.h5", "model.keras"])
@pytest.mark.filterwarnings("ignore::UserWarning:keras")  # a class that is not registered can be saved, not loaded
def test_a_model_written_as_a_class(tmp_path: Path, kind: str) -> None:
    model = Written()
    model.compile("adam", "mse")
    model(np.zeros((2, 5)))
    model.optimizer.build(model.trainable_variables)
    layers = [*model.first.layers, model.parts["middle"], model.last]
    path = save(model, tmp_path / kind)
    found = archspec.read_checkpoint(dense(5, 5, 6, 4), path)
    assert [found[name].tobytes() for name in found] == [
        array.tobytes() for layer in layers for array in layer.get_weights()
    ]
    with pytest.raises(archspec.WeightsError, match="left over"):
        archspec.read_checkpoint(dense(5, 5, 6), path)


def test_attributes_tell_no_order(tmp_path: Path) -> None:
    class Backwards(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.b, self.a = keras.layers.Dense(5), keras.layers.Dense(5)

        def call(self, x: Any) -> Any:
            return self.a(self.b(x))

    model = Backwards()
    model(np.zeros((1, 5)))
    model.save_weights(tmp_path / "model.weights.h5")
    with pytest.raises(archspec.WeightsError, match="left over"):
        archspec.read_checkpoint(dense(5, 5), tmp_path / "model.weights.h5")


def test_an_older_file_of_the_applications(tmp_path: Path) -> None:
    """As Keras 2 wrote them: names with :0, groups within groups, depthwise kernels under a name of their own."""
    network = mixed()
    weights = network.weights(5)
    with h5py.File(tmp_path / "old.h5", "w") as file:
        layers = list(dict.fromkeys(name.partition(":")[0] for name in weights))
        file.attrs["layer_names"] = [layer.encode() for layer in ["input_1", *layers]]
        file.create_group("input_1").attrs["weight_names"] = []
        for layer in layers:
            slots = {name.partition(":")[2]: array for name, array in weights.items() if name.startswith(f"{layer}:")}
            words = {"depthwise_kernel" if layer == "dw" else slot: array for slot, array in slots.items()}
            group = file.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/{word}:0".encode() for word in words]
            for word, array in words.items():
                group[f"{layer}/{word}:0"] = array
    found = archspec.read_checkpoint(network, tmp_path / "old.h5")
    assert {match.how for match in found.matching.matches} == {"name"}
    assert all(found[name].tobytes() == array.tobytes() for name, array in weights.items())


@pytest.mark.parametrize("kind", ["soft", "external", "outside", "virtual", "circle", "bomb"])
def test_files_that_reach_elsewhere_are_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(16))
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["0"] = np.zeros(4, np.float32)
    path = tmp_path / "w.weights.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        if kind == "soft":
            group["0"] = h5py.SoftLink("/elsewhere")
        elif kind == "external":
            group["0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "0")
        elif kind == "outside":
            outside = [(str(tmp_path / "secret.bin"), 0, 16)]
            group.create_dataset("0", (4,), "f4", external=outside)
        elif kind == "virtual":
            layout = h5py.VirtualLayout((4,), "f4")
            layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "0", (4,))
            group.create_virtual_dataset("0", layout)
        elif kind == "circle":
            file["layers/dense/again"] = file["layers"]
        else:
            group.create_dataset("0", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024))
    with pytest.raises(archspec.WeightsError, match=r"w\.weights\.h5"):
        assert [tensor.read() for tensor in open_checkpoint(path).tensors.values()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_cut_off(tmp_path: Path, kind: str) -> None:
    path = save(build(), tmp_path / kind)
    whole = path.read_bytes()
    for length in (16, 700, len(whole) // 2, len(whole) - 8):
        path.write_bytes(whole[:length])
        with pytest.raises(archspec.WeightsError, match=rf"model\.{kind.partition('.')[2].replace('.', '.')}"):
            archspec.read_checkpoint(mixed(), path)


GOLDEN = Path(__file__).parents[3] / "golden" / "specs"

SPECS = ["lenet5", "resnet20_v1", "googlenet_keras", str(GOLDEN / "siamese.yaml"), str(GOLDEN / "deviations.yaml")]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_keras_reads_what_is_written_without_a_model_that_holds_it(tmp_path: Path, dtype: str) -> None:
    _check_that_keras_reads(mixed(), dtype, tmp_path)


@pytest.mark.parametrize("spec", slow_but(SPECS[:1], SPECS), ids=lambda spec: Path(spec).stem)
def test_keras_finds_every_layer_in_what_is_written(tmp_path: Path, spec: str) -> None:
    _check_that_keras_reads(archspec.load(spec), "float32", tmp_path)


def test_weights_that_a_layer_hides_are_refused(tmp_path: Path) -> None:
    class Hiding(keras.layers.Layer):  # type: ignore[misc]
        """Its weights are those of a layer inside it, for which Keras has another place."""

        def build(self, input_shape: Any) -> None:
            self.inner = keras.layers.Dense(3)
            self.inner.build(input_shape)
            self.built = True

        kernel = property(lambda self: self.inner.kernel)
        bias = property(lambda self: self.inner.bias)

        def call(self, x: Any) -> Any:
            return self.inner(x)

    layers = [{"name": "fc", "layer_type": "Dense", "units": 3}]
    network = archspec.load({"archspec": 1, "name": "one", "inputs": {"x": [4]}, "layers": layers})
    image = keras.Input((4,), name="x")
    model = keras.Model(image, Hiding(name="fc")(image))
    weights = StoredWeights(
        {name: Stored(array.shape, "float32", partial(np.copy, array)) for name, array in network.weights().items()}
    )
    with pytest.raises(archspec.ArchspecError, match="a layer hides some"):
        keras_weights.write(network.graph, model, weights, "float32", tmp_path / "model.weights.h5")


def _check_that_keras_reads(network: archspec.Network, dtype: str, folder: Path) -> None:
    """Keras's own `load_weights` gives the emitted model the same bits."""
    given = {name: as_type(array, dtype) for name, array in weights_of(network).items()}
    source = write(folder / "given.safetensors", given, dtype)
    archspec.convert_weights(network, source, folder / "model.weights.h5", to="tensorflow")
    model = network.compile("tensorflow", dtype=dtype)
    model.load_weights(folder / "model.weights.h5")
    read = archspec.read_weights(network, model)
    for name, array in archspec.read_checkpoint(network, source).items():
        assert read[name].tobytes() == array.tobytes(), name


CONVERSION = """
import resource, sys
import archspec
source, small, target = sys.argv[1:]
def convert(units, source, target):
    layers = [{"name": f"fc{i}", "layer_type": "Dense", "units": units} for i in range(6)]
    network = archspec.load({"archspec": 1, "name": "wide", "inputs": {"x": [units]}, "layers": layers})
    if source:
        archspec.convert_weights(network, source, target, to="tensorflow")
    return network
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
from archspec.weights import save
save(small, convert(8, None, None).weights())
convert(8, small, target)
before = peak()
convert(3000, source, target)
print(peak() - before)
"""


@pytest.mark.slow
def test_one_tensor_at_a_time_is_in_memory(tmp_path: Path) -> None:
    """Six tensors of 36 MB: above what TensorFlow itself takes there is little more than one of them."""
    pytest.importorskip("resource")
    layers = [{"name": f"fc{i}", "layer_type": "Dense", "units": 3000} for i in range(6)]
    network = archspec.load({"archspec": 1, "name": "wide", "inputs": {"x": [3000]}, "layers": layers})
    source = write(tmp_path / "given.safetensors", {name: np.asarray(a) for name, a in network.weights().items()})
    arguments = [sys.executable, "-c", CONVERSION, str(source)]
    arguments += [str(tmp_path / "small.safetensors"), str(tmp_path / "out.weights.h5")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1.3 * 3000 * 3000 * 4
