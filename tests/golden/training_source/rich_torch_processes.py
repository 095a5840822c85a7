"""The processes that train together: torchrun starts them, and each computes a share of every batch."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn

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

    def average_statistics(self, model: nn.Module, fixed: Collection[str] = ()) -> None:
        """Give all processes the mean of their moving statistics, but of those of `fixed` layers."""
        if self.size == 1:
            return
        for name, buffer in model.named_buffers():
            layer, _, word = name.rpartition(".")
            if word in ("running_mean", "running_var") and layer not in fixed:
                dist.all_reduce(buffer)
                buffer /= self.size


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
