"""Runs a model as a user of PyTorch does who wants it fast, for measurements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt
import torch
from torch import nn

from archspec_torch.runtime import bound, to_tensor


def runner(model: nn.Module, inputs: Mapping[str, npt.NDArray[Any]]) -> Callable[[], Any]:
    """See `TimedBackend.runner`."""
    given = {name: to_tensor(model, array) for name, array in inputs.items()}
    call, on_gpu = bound(model, given), any(tensor.is_cuda for tensor in given.values())

    def run() -> Any:
        with torch.inference_mode():
            outputs = call()
            if on_gpu:
                torch.cuda.synchronize()
        return outputs

    return run


def threads() -> int:
    """See `TimedBackend.threads`."""
    return torch.get_num_threads()


def device_peak(run: Callable[[], Any]) -> int:
    """See `TimedBackend.device_peak`."""
    torch.cuda.reset_peak_memory_stats()
    run()
    return torch.cuda.max_memory_allocated()
