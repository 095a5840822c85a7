from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


@contextmanager
def statistics_kept(module: nn.Module) -> Iterator[None]:
    """Keep the moving statistics of batch normalisations as they are."""
    norms = [
        each
        for each in module.modules()
        if isinstance(each, nn.modules.batchnorm._BatchNorm)
    ]
    before = [(each.momentum, each.num_batches_tracked) for each in norms]
    for each in norms:
        each.momentum = 0.0
        each.num_batches_tracked = each.num_batches_tracked.clone()
    try:
        yield
    finally:
        for each, (momentum, count) in zip(norms, before):
            each.momentum, each.num_batches_tracked = momentum, count


class Recomputed(nn.Module):
    """A module of which training keeps only the inputs: backward computes the rest again."""

    def __call__(self, *inputs: Tensor) -> Tensor:
        if not (self.training and torch.is_grad_enabled()):
            return super().__call__(*inputs)
        if torch.compiler.is_compiling():  # which moves statistics once by itself
            return checkpoint(super().__call__, *inputs, use_reentrant=False)
        return checkpoint(
            super().__call__,
            *inputs,
            use_reentrant=False,
            context_fn=lambda: (nullcontext(), statistics_kept(self)),
        )
