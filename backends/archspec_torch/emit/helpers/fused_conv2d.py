from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FusedConv2d(nn.Conv2d):
    """A convolution, the sum with `other`, and an activation, in one step of oneDNN.

    The step exists for inference on a CPU in float32. It reads the weight in a layout
    of oneDNN's own for the size of the input, which no file can hold: it is made when
    a size is new, and kept for the last two sizes. Elsewhere the layers run one by one.
    """

    def __init__(self, *args, activation: nn.Module | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.activation = activation
        self.packed: dict[tuple, tuple[Tensor, Tensor]] = {}
        if self.padding == "valid":
            self.padding = (0, 0)
        elif self.padding == "same":
            (height, width), (down, across) = self.kernel_size, self.dilation
            self.padding = (down * (height - 1) // 2, across * (width - 1) // 2)
        plain = self.stride == (1, 1) and self.padding == (0, 0) and self.groups == 1
        self.is_product = plain and self.kernel_size == (1, 1)

    def forward(self, x: Tensor, other: Tensor | None = None) -> Tensor:
        words = None
        if self.is_fast(x):
            words = onednn_activation(self.activation, is_sum=other is not None)
        elif torch.is_grad_enabled() and not torch.compiler.is_compiling():
            self.packed = {}  # Fused optimizers change weights and do not tell.
        if words is None:
            x = super().forward(x)
        elif self.is_product and x.numel() * self.out_channels < 2**24:
            # A step of oneDNN takes 40 us before it begins, a product of matrices 10.
            weight = self.weight.flatten(1)
            x = F.linear(x.permute(0, 2, 3, 1), weight, self.bias).permute(0, 3, 1, 2)
        else:
            return self.fused(x, other, words)
        if other is not None:
            x = x + other
        return x if self.activation is None else self.activation(x)

    def is_fast(self, x: Tensor) -> bool:
        """Whether oneDNN may compute this."""
        weight = self.weight
        return (
            not torch.compiler.is_compiling()
            and type(x) is Tensor
            and x.is_cpu
            and x.dim() == 4
            and x.dtype == weight.dtype == torch.float32
            and not torch.is_grad_enabled()
            and torch.backends.mkldnn.is_available()
            and torch.backends.mkldnn.enabled
            and not torch.is_autocast_enabled("cpu")
            and not torch.jit.is_tracing()
            and not torch._C._are_functorch_transforms_active()
            and torch.autograd.forward_ad._current_level < 0
            and not weight.is_inference()
        )

    def fused(self, x: Tensor, other: Tensor | None, words: tuple) -> Tensor:
        """All of it in one step; `words` say the activation."""
        settings = (self.padding, self.stride, self.dilation, self.groups)
        step, weight = torch.ops.mkldnn._convolution_pointwise, self.weight
        key = (x.shape, weight.data_ptr(), weight._version)
        _, packed = self.packed.get(key, (None, None))
        if packed is None:
            source = weight.detach()
            pack = torch._C._nn.mkldnn_reorder_conv2d_weight
            packed = pack(source.to_mkldnn(), *settings, x.shape)
            last = dict(list(self.packed.items())[-1:])
            # With the weight, so that no other one can have its address.
            self.packed = {**last, key: (source, packed)}
        name, *numbers = words
        if other is None:
            return step(x, packed, self.bias, *settings, name, *numbers)
        after = (None if name == "none" else name, *numbers)
        return step.binary(x, other, packed, self.bias, *settings, "add", None, *after)

    def train(self, mode: bool = True) -> "FusedConv2d":
        self.packed = {}
        return super().train(mode)

    def _apply(self, *args, **kwargs) -> "FusedConv2d":
        self.packed = {}
        return super()._apply(*args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "packed": {}}


def onednn_activation(
    activation: nn.Module | None, is_sum: bool
) -> tuple[str, list, str | None] | None:
    """The name, the numbers and the formula of an activation in oneDNN's operators.

    None for an activation that they lack; behind a sum they have ReLU alone.
    """
    match activation:
        case None | nn.Identity():
            return "none", [], None
        case nn.ReLU():
            return "relu", [], None
        case _ if is_sum:
            return None
        case nn.SiLU():
            return "swish", [], None
        case nn.Hardswish():
            return "hardswish", [], None
        case nn.Hardsigmoid():
            return "hardsigmoid", [], None
        case nn.Sigmoid():
            return "sigmoid", [], None
        case nn.Tanh():
            return "tanh", [], None
        case nn.GELU():
            return "gelu", [], activation.approximate
        case nn.LeakyReLU():
            return "leaky_relu", [activation.negative_slope], None
        case nn.Hardtanh():
            return "hardtanh", [activation.min_val, activation.max_val], None
    return None
