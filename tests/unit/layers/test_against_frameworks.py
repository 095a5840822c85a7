"""Shapes, weights and fans as real layers of the frameworks have them."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from archspec.ir import Layer, TensorType
from archspec.ir.initializers import fans
from archspec.layers import layer_types
from archspec.layers.activation import ACTIVATIONS, PReLU
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.layers.dense import Dense
from archspec.layers.initializers import INITIALIZERS
from archspec.layers.norm import BatchNormalization, LayerNormalization, Rescaling
from archspec.layers.pool import AdaptiveAveragePooling2D, AveragePooling2D, MaxPooling2D
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.layers.shape import Cropping2D, Permute
from archspec.layers.window import divisors
from archspec.weights.initializers import initial_values

keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")

SHAPE = (11, 14, 6)
TYPE = TensorType(SHAPE)

KERAS_LAYERS: list[Layer] = [
    Conv2D(filters=4, kernel_size=(3, 2), strides=(2, 3), padding="same"),
    Conv2D(filters=4, kernel_size=(3, 4), dilation_rate=(2, 1), groups=2),
    DepthwiseConv2D(kernel_size=(4, 3), padding="same", depth_multiplier=2),
    Dense(units=5),
    MaxPooling2D(pool_size=(3, 2), strides=(2, 2), padding="same"),
    AveragePooling2D(pool_size=(4, 4), strides=(3, 1)),
    AdaptiveAveragePooling2D(output_size=(4, 20)),
    BatchNormalization(),
    PReLU(shared_axes=(1, 2)),
    PReLU(),
    Conv2DTranspose(filters=4, kernel_size=3, strides=2, padding="same"),
    Conv2DTranspose(filters=4, kernel_size=(2, 5), strides=3),
    Conv2DTranspose(filters=4, kernel_size=(4, 2), strides=(2, 3), padding="same", output_padding=1),
    Conv2DTranspose(filters=4, kernel_size=2, strides=3, output_padding=0),
    Conv2DTranspose(filters=4, kernel_size=3, dilation_rate=2, padding="same"),
    LayerNormalization(scale=False),
    Cropping2D(cropping=((1, 2), (0, 3))),
    UpSampling2D(size=(2, 3)),
    Resizing(height=4, width=20),
    Permute(dims=(2, 3, 1)),
    Rescaling(scale=2.0),
]


def in_keras(layer: Layer) -> Any:
    kind = getattr(keras.layers, type(layer).__name__)
    attributes = {name: value for name, value in layer.model_dump().items() if not is_ours(kind, name)}
    return kind(**attributes)


def is_ours(kind: Any, name: str) -> bool:
    """Whether Keras's layer lacks an attribute: some of pooling, and the activation of layers without a kernel."""
    own = inspect.signature(kind.__init__).parameters
    return name in ("ceil_mode", "count_include_pad") or (name == "activation" and name not in own)


@pytest.mark.parametrize("layer", KERAS_LAYERS, ids=str)
def test_shapes_and_weights_are_those_of_keras(layer: Layer) -> None:
    real = in_keras(layer)
    assert (None, *layer.infer([TYPE]).shape) == tuple(real.compute_output_shape((None, *SHAPE)))
    real.build((None, *SHAPE))
    weights = [(weight.slot, weight.shape, weight.trainable) for weight in layer.weights([TYPE])]
    assert weights == [(variable.name, tuple(variable.shape), variable.trainable) for variable in real.weights]


@pytest.mark.parametrize("layer", KERAS_LAYERS, ids=str)
def test_fans_are_those_of_keras(layer: Layer) -> None:
    from keras.src.initializers.random_initializers import compute_fans

    for weight in layer.weights([TYPE]):
        assert fans(weight) == compute_fans(weight.shape)


@pytest.mark.parametrize("layer_type", layer_types())
def test_defaults_are_those_of_keras(layer_type: str) -> None:
    real = getattr(keras.layers, layer_type, None)
    if real is None:
        pytest.skip("Keras has no such layer")
    for name, field in layer_types()[layer_type].model_fields.items():
        if is_ours(real, name) or field.is_required():
            continue
        default = keras_default(real, name)
        if default is inspect.Parameter.empty:
            continue
        default = (default, default) if isinstance(field.default, tuple) and isinstance(default, int) else default
        same = str(default).lower() == str(field.default).lower()
        assert same or np.array_equal(np.broadcast_to(default, np.shape(field.default)), field.default), name


def keras_default(real: type, name: str) -> Any:
    for kind in real.__mro__:
        parameters = inspect.signature(kind).parameters
        if name in parameters:
            return parameters[name].default
    raise AssertionError(f"{real.__name__} has no {name}")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_keras_names(name: str) -> None:
    assert keras.activations.get(name) is not None


VARIANCES = [
    {"initializer": "variance_scaling", "scale": 3.0, "mode": mode, "distribution": distribution}
    for mode in ("fan_in", "fan_out", "fan_avg")
    for distribution in ("uniform", "truncated_normal", "untruncated_normal")
]

OF_KERAS = [
    *(name for name in INITIALIZERS if name != "torch_default"),
    *VARIANCES,
    {"initializer": "random_normal", "mean": 0.1, "stddev": 0.01},
    {"initializer": "truncated_normal", "mean": 0.1, "stddev": 0.02},
    {"initializer": "random_uniform", "minval": 0.5, "maxval": 2.0},
    {"initializer": "orthogonal", "gain": 0.5},
]


@pytest.mark.parametrize("said", OF_KERAS, ids=str)
def test_initial_values_spread_as_in_keras(said: str | dict[str, Any]) -> None:
    layer = Conv2D(filters=64, kernel_size=(5, 5), kernel_initializer=said)
    kernel = layer.weights([TensorType((8, 8, 32))])[0]
    ours = initial_values(kernel, np.random.SFC64(1))
    own = dict(said) if isinstance(said, dict) else {}
    name = own.pop("initializer", said)
    theirs = type(keras.initializers.get(name))(**own)(kernel.shape).numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.02 * float(theirs.std()) + 1e-9)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    if name not in ("random_normal", "orthogonal") and own.get("distribution") != "untruncated_normal":
        assert abs(ours).max() == pytest.approx(abs(theirs).max(), rel=0.01)


IN_TORCH: list[tuple[Layer, str]] = [
    (Conv2D(filters=6, kernel_size=(3, 2)), "torch.nn.Conv2d(4, 6, (3, 2))"),
    (Conv2D(filters=6, kernel_size=3, groups=2), "torch.nn.Conv2d(4, 6, 3, groups=2)"),
    (DepthwiseConv2D(kernel_size=3, depth_multiplier=2), "torch.nn.Conv2d(4, 8, 3, groups=4)"),
    (Conv2DTranspose(filters=6, kernel_size=3), "torch.nn.ConvTranspose2d(4, 6, 3)"),
    (Dense(units=6), "torch.nn.Linear(4, 6)"),
]


@pytest.mark.parametrize(("layer", "module"), IN_TORCH, ids=lambda value: value if isinstance(value, str) else "")
def test_fans_are_those_of_pytorch_but_for_a_depthwise_kernel(layer: Layer, module: str) -> None:
    """There PyTorch's fan_in counts one channel, and its fan_out all of them."""
    read = TensorType((4,)) if isinstance(layer, Dense) else TensorType((8, 8, 4))
    kernel, bias = layer.weights([read])
    theirs = torch.nn.init._calculate_fan_in_and_fan_out(eval(module, {"torch": torch}).weight)
    assert kernel.torch_fan_in == bias.torch_fan_in == theirs[0]
    if isinstance(layer, DepthwiseConv2D):
        assert fans(kernel)[0] * layer.depth_multiplier == theirs[1]
        assert fans(kernel)[1] == theirs[0] * layer.depth_multiplier
    else:
        assert fans(kernel) == theirs


@pytest.mark.parametrize(("layer", "module"), IN_TORCH, ids=lambda value: value if isinstance(value, str) else "")
def test_torch_default_spreads_as_in_pytorch(layer: Layer, module: str) -> None:
    read = TensorType((4,)) if isinstance(layer, Dense) else TensorType((8, 8, 4))
    name = "depthwise_initializer" if isinstance(layer, DepthwiseConv2D) else "kernel_initializer"
    own = layer.model_copy(update={name: "torch_default", "bias_initializer": "torch_default"})
    torch.manual_seed(0)
    made = [eval(module, {"torch": torch}) for _ in range(2000)]
    for weight, theirs in zip(own.weights([read]), ("weight", "bias"), strict=True):
        ours = np.concatenate([initial_values(weight, np.random.SFC64(seed)).ravel() for seed in range(2000)])
        numbers = torch.cat([getattr(one, theirs).detach().ravel() for one in made]).numpy()
        assert ours.std() == pytest.approx(numbers.std(), rel=0.02)
        assert abs(ours).max() == pytest.approx(abs(numbers).max(), rel=0.001)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("counted", [False, True])
def test_pools_are_those_of_torch(ceil_mode: bool, counted: bool) -> None:
    for size in range(1, 12):
        for kernel in range(1, 6):
            for stride in range(1, 4):
                for padding in range(kernel // 2 + 1):
                    check_pool(size, kernel, stride, padding, ceil_mode, counted)


def check_pool(size: int, kernel: int, stride: int, padding: int, ceil_mode: bool, counted: bool) -> None:
    layer = AveragePooling2D(
        pool_size=(kernel, kernel),
        strides=(stride, stride),
        padding=((padding, padding), (padding, padding)),
        ceil_mode=ceil_mode,
        count_include_pad=counted,
    )
    real = torch.nn.AvgPool2d(kernel, stride, padding, ceil_mode=ceil_mode, count_include_pad=counted)
    ones = torch.ones(1, 1, size, size, dtype=torch.float64)
    try:
        expected = real(ones)[0, 0].numpy()
    except RuntimeError:
        return
    assert layer.infer([TensorType((size, size, 1))]).shape[:2] == expected.shape
    # The sum over a window of ones is how many of its elements are real.
    real_counts = np.array(divisors(size, kernel, stride, (padding, padding), ceil_mode))
    counts = np.array(divisors(size, kernel, stride, (padding, padding), ceil_mode, counted))
    quotients = np.outer(real_counts, real_counts) / np.outer(counts, counts)
    np.testing.assert_allclose(quotients, expected, rtol=1e-15)


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
def test_convolutions_are_those_of_torch(padding: int, dilation: int) -> None:
    pair = (padding, padding)
    layer = Conv2D(
        filters=4,
        kernel_size=(3, 2),
        strides=(2, 3),
        padding=(pair, pair),
        dilation_rate=(dilation, dilation),
        groups=2,
    )
    real = torch.nn.Conv2d(6, 4, (3, 2), (2, 3), padding, dilation, groups=2)
    height, width, channels = SHAPE
    expected = tuple(real(torch.zeros(1, channels, height, width)).shape)
    out_height, out_width, out_channels = layer.infer([TYPE]).shape
    assert (1, out_channels, out_height, out_width) == expected


@pytest.mark.parametrize("padding", [0, 1, 3])
@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("dilation", [1, 2])
def test_transposed_convolutions_are_those_of_torch(padding: int, more: int, dilation: int) -> None:
    layer = Conv2DTranspose(
        filters=4, kernel_size=(3, 2), strides=(2, 3), padding=padding, output_padding=more, dilation_rate=dilation
    )
    real = torch.nn.ConvTranspose2d(6, 4, (3, 2), (2, 3), padding, more, dilation=dilation)
    height, width, channels = SHAPE
    expected = tuple(real(torch.zeros(1, channels, height, width)).shape)
    out_height, out_width, out_channels = layer.infer([TYPE]).shape
    assert (1, out_channels, out_height, out_width) == expected
