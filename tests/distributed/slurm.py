"""Stands for Slurm: runs a script of docs/training.md with local processes in place of tasks on machines."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
from pathlib import Path

from tests.distributed.harness import PATIENCE

ROOT = Path(__file__).parents[2]

SRUN = """\
#!/bin/sh
# Starts the command once for each task.
while [ "${1#--}" != "$1" ]; do shift; done
pids=
rank=0
for node in $(seq "$NODES"); do
  for task in $(seq "$SLURM_NTASKS_PER_NODE"); do
    SLURM_PROCID=$rank SLURM_LOCALID=$((task - 1)) "$@" &
    pids="$pids $!"
    rank=$((rank + 1))
  done
done
code=0
for pid in $pids; do wait "$pid" || code=$?; done
exit $code
"""

SCONTROL = """\
#!/bin/sh
[ "$1 $2 $3" = "show hostnames machines" ] || exit 2
for node in $(seq "$NODES"); do echo localhost; done
"""


def script() -> str:
    """The script of docs/training.md."""
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```sh\n(#!/bin/sh\n#SBATCH.*?)```", page, re.DOTALL)
    return str(found)


def run(folder: Path, nodes: int, tasks: int) -> subprocess.CompletedProcess[str]:
    """Run the script in a folder, which has the run `RUN`, with so many tasks on each machine."""
    (folder / "bin").mkdir(exist_ok=True)
    for name, text in {"srun": SRUN, "scontrol": SCONTROL}.items():
        (folder / "bin" / name).write_text(text, encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    (folder / "train.sh").write_text(script(), encoding="utf-8")
    slurm = {
        "SLURM_JOB_ID": _job(nodes * tasks),
        "SLURM_JOB_NODELIST": "machines",
        "SLURM_NTASKS": str(nodes * tasks),
        "SLURM_NTASKS_PER_NODE": str(tasks),
        "SLURM_CPUS_PER_TASK": "1",
        "NODES": str(nodes),
        "CUDA_VISIBLE_DEVICES": ",".join(["-1"] * tasks),
        "PATH": os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    command = ["sh", str(folder / "train.sh")]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **slurm}, capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def _job(count: int) -> str:
    """The number of a job whose ports are free; the script says which they are."""
    (first, jobs, step) = map(int, re.findall(r"port=\$\(\((\d+) \+ SLURM_JOB_ID % (\d+) \* (\d+)\)\)", script())[0])
    for job in random.sample(range(jobs), jobs):
        if all(_is_free(first + step * job + rank) for rank in range(count)):
            return str(job)
    raise AssertionError("no ports are free")


def _is_free(port: int) -> bool:
    with socket.socket() as each:
        return each.connect_ex(("localhost", port)) != 0
