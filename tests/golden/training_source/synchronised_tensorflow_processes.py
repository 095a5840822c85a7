"""The processes that train together: TF_CONFIG names them, and each computes a share of every batch."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

PATIENCE = 20
"""The seconds after which all know of a lost process. One that ended earlier would be taken for it."""


class Processes:
    """The processes of a training; this one is `rank`, counted from 0, of `size`.

    Each has one device and the whole network. The strategy has no variables: it only adds what processes have.
    """

    def __init__(
        self, strategy: tf.distribute.Strategy, rank: int = 0, size: int = 1
    ) -> None:
        self.strategy = strategy
        self.rank = rank
        self.size = size

    def run(self, function: Any, *arguments: Any) -> Any:
        """The result of a function in which normalisations communicate."""
        return self.strategy.run(function, arguments)

    @tf.function
    def sum(self, values: Any) -> Any:
        """The sums of tensors over all processes."""

        def all_reduce(values: Any) -> Any:
            values = tf.nest.map_structure(tf.identity, values)
            return tf.distribute.get_replica_context().all_reduce("SUM", values)

        return self.strategy.run(all_reduce, (values,))

    def gather(self, value: float) -> list[float]:
        """The value of each process, by rank."""
        if self.size == 1:
            return [float(value)]
        values = np.zeros(self.size)
        values[self.rank] = value
        return self.sum(tf.constant(values)).numpy().tolist()


ALONE = Processes(tf.distribute.get_strategy())


@contextmanager
def joined() -> Iterator[Processes]:
    """The processes that TF_CONFIG names, or one alone. If one is lost, the others end with a message that names it."""
    cluster = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    jobs = sorted(cluster.cluster_spec().as_dict().items())
    tasks = [
        (job, number) for job, addresses in jobs for number in range(len(addresses))
    ]
    if len(tasks) < 2:
        yield ALONE
        return
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    if strategy.num_replicas_in_sync > len(tasks):
        sys.exit(
            "a process has one GPU: start one for each GPU of this machine, which CUDA_VISIBLE_DEVICES names"
        )
    processes = Processes(
        strategy, tasks.index((cluster.task_type, cluster.task_id)), len(tasks)
    )
    try:
        yield processes
        processes.gather(0)
    except SystemExit as end:
        if isinstance(end.code, int):
            # An interruption: all end together, when process 0 has written the checkpoint.
            processes.gather(0)
        raise
    except tf.errors.UnavailableError as error:
        found = re.search(r"/job:(\w+)/\S*task:(\d+)", error.message)
        if found is None:
            raise
        job, number = found[1], int(found[2])
        time.sleep(PATIENCE)
        lost = f"process {tasks.index((job, number))}, {dict(jobs)[job][number]},"
        sys.exit(f"{lost} is lost; `--resume` goes on from the newest checkpoint")
