"""What the environments of processes say that train together, as TensorFlow reads it; needs no TensorFlow."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
"""The variables for the number of threads that a process computes with."""


def environments(ports: Sequence[int], gpus: bool) -> list[dict[str, str]]:
    """The variables of each process on this machine, one for each port. Each sees its own GPU alone, or none."""
    workers = [f"127.0.0.1:{port}" for port in ports]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(len(ports))))).split(",")
    return [
        {
            "TF_CONFIG": json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": rank}}),
            "CUDA_VISIBLE_DEVICES": visible[rank] if gpus else "-1",
        }
        for rank in range(len(ports))
    ]
