"""Names that a spec gives beside names that Keras makes up: no model has two of one."""

from __future__ import annotations

import numpy as np
import pytest

import archspec
from archspec.errors import EmitError
from archspec.ir import Graph, Input, Layer, Node, Scope, TensorType, Value
from archspec.layers import layer_types
from archspec.layers.activation import GELU, ReLU, Softmax
from archspec.layers.channels import ChannelShuffle
from archspec.layers.conv import Conv2D
from archspec.layers.merge import Add
from archspec.layers.pool import MaxPooling2D
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten
from archspec_tensorflow import runtime
from archspec_tensorflow.emit.module import emit
from archspec_tensorflow.emit.names import entry_point
from archspec_tensorflow.emit.naming import automatic_name, operation_names, without_number
from archspec_tensorflow.weights import to_canonical
from tests.unit.tensorflow_backend.keras_models import random_weights

SHAPE = (8, 8, 3)

CONV = Conv2D(filters=3, kernel_size=3, padding=((1, 1), (1, 1)))
PADDED = Conv2D(filters=3, kernel_size=3, strides=2, padding=((1, 1), (1, 1)))
PADDED_POOL = MaxPooling2D(pool_size=3, strides=2, padding=((1, 1), (1, 1)))
APPROXIMATE = GELU(approximate=True)
SPACED = Conv2D(filters=3, kernel_size=3, strides=2, dilation_rate=2)


def chain(*layers: tuple[str, Layer], given: str = "image") -> Graph:
    """The network of these layers, one after the other; a path that is a number is no name."""
    image = {given: TensorType(SHAPE)}
    nodes: list[Node] = []
    value: Value = Input(given, TensorType(SHAPE))
    for path, layer in layers:
        inputs = (value,) * max(layer.min_inputs, 1)
        types = layer.results([value.type] * len(inputs))
        nodes.append(Node(path, layer, inputs, types, named=not path.isdigit()))
        value = nodes[-1].result
    return Graph("small", image, tuple(nodes), {"result": value})


def build(graph: Graph) -> list[str]:
    """The names of the layers and operations of the graph's model, which runs and keeps its weights."""
    weights = random_weights(graph)
    model = runtime.load(graph, emit(graph), entry_point(graph), weights, "float64", "cpu")
    given = {name: np.ones((1, *kind.shape)) for name, kind in graph.inputs.items()}
    assert runtime.run(graph, model, given).keys() == graph.outputs.keys()
    for name, array in to_canonical(graph, model).items():
        np.testing.assert_array_equal(array, weights[name])
    return [operation.name for operation in model.operations]


NETWORKS = {
    "layer": chain(("0", Add()), ("add", CONV)),
    "layer that Keras would make second": chain(("0", ReLU()), ("1", ReLU()), ("re_lu_1", CONV)),
    "input": chain(("0", Dropout(rate=0.5)), ("1", Flatten()), given="dropout"),
    "input with a number": chain(("0", Flatten()), given="flatten_1"),
    "padding of a layer": chain(("conv", PADDED), ("zero_padding2d", CONV)),
    "padding of an unnamed layer": chain(("0", CONV), ("1", ReLU()), ("2", PADDED_POOL), ("zero_padding2d", CONV)),
    "layer without weights": chain(("0", Softmax()), ("softmax", Softmax())),
    "operation": chain(("0", APPROXIMATE), ("gelu", CONV), ("leaky_re_lu", Add())),
    "operation with a number": chain(("0", APPROXIMATE), ("gelu_1", CONV)),
    "slice": chain(("conv", SPACED), ("get_item", CONV)),
    "function": chain(("0", ChannelShuffle(groups=3)), ("reshape", CONV), ("transpose", ReLU())),
    "lowest padding": chain(("0", PADDED_POOL), ("pad", CONV)),
    "input and layer": chain(("image", CONV), ("2", ReLU())),
}


@pytest.mark.parametrize("what", NETWORKS)
def test_no_name_is_there_twice(what: str) -> None:
    import keras

    keras.utils.clear_session(free_memory=False)
    # The numbers go on from one model to the next.
    for _ in range(2):
        names = build(NETWORKS[what])
        assert len(set(names)) == len(names)


def test_what_is_written() -> None:
    source = emit(chain(("0", Dropout(rate=0.5)), ("1", Add()), ("2", ReLU()), ("add_2", CONV)))
    assert 'layers.Add(name="1")' in source
    assert "layers.Dropout(0.5)(" in source
    assert 'name="add_2"' in source
    source = emit(chain(("conv", PADDED), ("zero_padding2d", ReLU())))
    assert 'layers.ZeroPadding2D(1, name="conv.zero_padding2d")' in source
    assert 'name="where"' in emit(chain(("0", ReLU()), ("where", CONV)))
    assert 'name=".gelu"' in emit(chain(("0", APPROXIMATE), ("gelu", CONV)))


def test_a_name_in_a_scope_meets_none() -> None:
    image = Input("image", TensorType(SHAPE))
    first = Node("0", Add(), (image, image), (image.type,))
    leaf = Node("block.add", Conv2D(filters=3, kernel_size=1), (first.result,), (image.type,), named=True)
    scope = Scope("block", "Block", (leaf,), block=True)
    graph = Graph("small", {"image": TensorType(SHAPE)}, (first, scope), {"result": leaf.result})
    assert "layers.Add()(" in emit(graph)
    assert "block.add" in build(graph)


def test_layers_inside_a_function_are_named_by_its_own_name() -> None:
    conv = {"name": "conv", "layer_type": "Conv2D", "filters": 3, "kernel_size": 1}
    document = {
        "archspec": 1,
        "inputs": {"add": [8, 8, 3]},
        "blocks": {"Block": {"layers": [{"layer_type": "Residual", "layers": [conv]}]}},
        "layers": [{"name": "a", "layer_type": "Block"}, {"name": "b", "layer_type": "Block"}],
    }
    graph = archspec.load(document).graph
    assert 'layers.Add(name=f"{name}.1")' in emit(graph)
    assert {"a.1", "b.1"} < set(build(graph))


@pytest.mark.parametrize("name", ["gelu", "gelu_3"])
def test_an_input_that_is_called_as_an_operation_is_refused(name: str) -> None:
    with pytest.raises(EmitError, match=f'"{name}".* give the input another name'):
        emit(chain(("0", APPROXIMATE), given=name))
    emit(chain(("0", ReLU()), given=name))


@pytest.mark.parametrize("layer_type", [*layer_types(), "PaddedAveragePooling2D"])
def test_automatic_names_are_those_of_keras(layer_type: str) -> None:
    from keras.src.utils.naming import to_snake_case

    assert automatic_name(f"layers.{layer_type}") == to_snake_case(layer_type)


def test_names_of_operations_and_numbers() -> None:
    assert operation_names("ops.where({0} > 0, {0}, {arguments} * {0})") == {"where", "greater", "multiply"}
    assert operation_names("{0}[:, ::2]") == {"get_item"}
    assert without_number("add_12") == without_number("add") == "add"
    assert without_number("conv2d") == "conv2d"


@pytest.mark.parametrize("size", [8, 9])
def test_a_layer_that_is_applied_again_has_its_padding_again(size: int) -> None:
    inputs = {"a": TensorType((8, 8, 3)), "b": TensorType((size, size, 3))}
    layer = Conv2D(filters=2, kernel_size=3, strides=2, padding=((0, 1), (0, 1)))
    first = Node("conv", layer, (Input("a", inputs["a"]),), layer.results([inputs["a"]]), named=True)
    second = Node("again", layer, (Input("b", inputs["b"]),), layer.results([inputs["b"]]), named=True, shares="conv")
    graph = Graph("twice", inputs, (first, second), {"conv": first.result, "again": second.result})
    source = emit(graph)
    # Where the sizes differ "same" would be another padding for each.
    assert source.count('padding="same"') == (size == 8)
    model = runtime.load(graph, source, entry_point(graph), random_weights(graph), "float64", "cpu")
    image = np.random.default_rng(5).normal(size=(1, *inputs["b"].shape))
    found = runtime.run(graph, model, {"a": np.zeros((1, *inputs["a"].shape)), "b": image})["again"]
    kernel, bias = (array.numpy() for array in model.get_layer("conv").weights)
    padded = np.pad(image, ((0, 0), (0, 1), (0, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))[:, ::2, ::2]
    np.testing.assert_allclose(found, np.einsum("bijcrs,rscf->bijf", windows, kernel) + bias, rtol=1e-12, atol=1e-13)
