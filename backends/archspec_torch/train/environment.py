"""What the environments of processes say that train together, as torchrun says it; needs no PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

THREADS = ("OMP_NUM_THREADS",)
"""The variables for the number of threads that a process computes with."""


def environments(ports: Sequence[int], gpus: bool) -> list[dict[str, str]]:
    """The variables of each process on this machine, one for each port. The GPU of each is that of its local rank."""
    together = {"WORLD_SIZE": str(len(ports)), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(ports[0])}
    return [{**together, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(len(ports))]
