"""The processes that train together: torchrun starts them, and each computes a share of every batch."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.modules.batchnorm import _BatchNorm

SILENCE = 10
"""The seconds without a sign of life after which a process is lost."""

LONG_SILENCE = 30
"""The seconds before anybody asks for one: a process may be silent while it writes a large file."""


class Processes:
    """This process among those that train together."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank = rank
        self.size = size

    def gather(self, value: float) -> list[float]:
        """The value of each process, by rank."""
        if self.size == 1:
            return [float(value)]
        values = torch.zeros(self.size, dtype=torch.float64)
        values[self.rank] = value
        dist.all_reduce(values)
        return values.tolist()

    def sum(self, value: float) -> float:
        """The sum over all processes."""
        return sum(self.gather(value))


ALONE = Processes()


@contextmanager
def joined() -> Iterator[Processes]:
    """This process among those of torchrun, or alone without it. If one fails or is lost, all end with its name."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    dist.init_process_group()
    processes = Processes(dist.get_rank(), dist.get_world_size())
    signs = Signs(processes)
    try:
        yield processes
        processes.gather(0)
    except BaseException as error:
        if isinstance(error, SystemExit) and isinstance(error.code, int):
            # An interruption: all end together, when process 0 has written the checkpoint.
            processes.gather(0)
            raise
        # A broken connection is what the others see of a process that has ended.
        if isinstance(error, RuntimeError) and (reason := signs.reason()):
            sys.exit(reason)
        signs.fail(error)
        raise
    finally:
        signs.close()
    dist.destroy_process_group()


class Signs:
    """The processes' signs of life, in a store that process 0 or torchrun keeps.

    A thread gives one each second, and listens to the next process: if all wait for one that is lost, nobody sees a
    broken connection.
    """

    def __init__(self, processes: Processes) -> None:
        self.rank, self.size = processes.rank, processes.size
        store = dist.TCPStore(
            os.environ["MASTER_ADDR"],
            int(os.environ["MASTER_PORT"]),
            timeout=timedelta(seconds=SILENCE),
            wait_for_workers=False,
        )
        # torchrun keeps its store when it starts the processes again.
        self.store = dist.PrefixStore(
            f"start {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store
        )
        self.store.set(f"host {self.rank}", socket.gethostname())
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Give no more signs."""
        self.closed.set()
        self.thread.join()

    def fail(self, error: BaseException) -> None:
        """Tell the others that this process has failed."""
        self.close()
        with suppress(RuntimeError):  # the store is lost
            self.store.set("end", f"{self._name(self.rank)} has failed: {error}")

    def reason(self) -> str | None:
        """Why this process must end, if another one has failed or gives no signs."""
        try:
            before = [self._count(rank) for rank in range(self.size)]
            for _ in range(SILENCE):
                if self.store.check(["end"]) or self.closed.wait(1):
                    break
                self._give()
            else:
                after = [self._count(rank) for rank in range(self.size)]
                silent = [
                    rank for rank in range(self.size) if after[rank] == before[rank]
                ]
                if silent:
                    names = " and ".join(self._name(rank) for rank in silent)
                    self.store.set("end", f"{names} is lost")
            told = self.store.get("end").decode() if self.store.check(["end"]) else None
        except RuntimeError:
            told = "process 0 or torchrun, which kept the store, is lost"
        return told and f"{told}; `--resume` goes on from the newest checkpoint"

    def _listen(self) -> None:
        following = (self.rank + 1) % self.size
        heard, since = 0, time.monotonic()
        while not self.closed.wait(1):
            try:
                self._give()
                count, ended = self._count(following), self.store.check(["end"])
            except RuntimeError:  # the store is lost
                count, ended = heard, False
            if count != heard:
                heard, since = count, time.monotonic()
            if ended or time.monotonic() - since > LONG_SILENCE:
                reason = self.reason()
                # The main thread may end by itself, or complete a file.
                if reason and not self.closed.wait(SILENCE):
                    print(reason, file=sys.stderr, flush=True)
                    os._exit(1)

    def _give(self) -> None:
        self.store.add(f"signs {self.rank}", 1)

    def _count(self, rank: int) -> int:
        return self.store.add(f"signs {rank}", 0)

    def _name(self, rank: int) -> str:
        return f"process {rank} on {self.store.get(f'host {rank}').decode()}"


class Total(torch.autograd.Function):
    """The sum over the processes, of a tensor and then of its gradient."""

    @staticmethod
    def forward(context: object, tensor: Tensor) -> Tensor:
        total = tensor.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(context: object, gradient: Tensor) -> Tensor:
        return Total.apply(gradient)


class SynchronisedBatchNorm(_BatchNorm):
    """Batch normalisation over the examples of all processes, on CPUs, for which nn.SyncBatchNorm is not made."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        rows = x.movedim(1, -1).flatten(0, -2).to(self.running_mean.dtype)
        sums = Total.apply(torch.cat([rows.sum(0), rows.new_tensor([len(rows)])]))
        mean, count = sums[:-1] / sums[-1], sums[-1]
        variance = Total.apply((rows - mean).square().sum(0)) / count
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        scale = (variance + self.eps).rsqrt()
        if self.weight is not None:
            scale = scale * self.weight
        of_channels = (-1, *[1] * (x.ndim - 2))
        y = (x - mean.view(of_channels)) * scale.view(of_channels)
        if self.bias is not None:
            y = y + self.bias.view(of_channels)
        return y.to(x.dtype)


def synchronise(model: nn.Module) -> None:
    """Let batch normalisations see the examples of all processes.

    As `fully_shard` does, this adds a class to that of each module: what the network's own class overrides is kept.
    """
    on_gpu = next(model.parameters()).is_cuda
    synchronised = nn.SyncBatchNorm if on_gpu else SynchronisedBatchNorm
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            own = type(module)
            words = {"process_group": None}
            module.__class__ = type(own.__name__, (own, synchronised), words)


def shard(model: nn.Module) -> None:
    """Give each process a part of each weight; all have the whole of those of a block while it computes."""
    device = next(model.parameters()).device.type
    mesh = init_device_mesh(device, (dist.get_world_size(),))
    for child in model.children():
        several = isinstance(child, (nn.Sequential, nn.ModuleList))
        for block in child if several else [child]:
            if any(weight.ndim > 1 for weight in block.parameters()):
                block.register_forward_hook(own_memory)
                fully_shard(block, mesh=mesh)
    # After an evaluation nothing else would make parts of the weights again.
    fully_shard(model, mesh=mesh, reshard_after_forward=True)


def own_memory(block: nn.Module, inputs: object, output: object) -> object:
    """Copy an output that is a view: FSDP would miss the block's gradient where a layer behind it works in place."""
    is_view = isinstance(output, Tensor) and output._is_view()
    return output.clone() if is_view else output


def whole(tensor: Tensor) -> Tensor:
    """The whole of a tensor of which each process has a part."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def own_part(tensor: Tensor) -> Tensor:
    """The part of a tensor that this process has."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor
