"""The script for Slurm in docs/training.md: what it tells each process, and trainings by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.distributed import harness, slurm
from tests.marks import rows_but

TELLS = """\
import json, os, sys
from pathlib import Path

words = {"argv": sys.argv, **os.environ}
(Path(__file__).parent / f"{os.environ['RANK']}.json").write_text(json.dumps(words))
"""

NETWORK = """\
archspec: 1
name: small
inputs: {image: [8, 8, 1]}
layers:
  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3}
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: 5, activation: softmax}
"""


def test_each_process_is_told_its_place(tmp_path: Path) -> None:
    (tmp_path / "RUN").mkdir()
    (tmp_path / "RUN" / "train.py").write_text(TELLS, encoding="utf-8")
    done = slurm.run(tmp_path, nodes=2, tasks=2)
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = [json.loads((tmp_path / "RUN" / f"{rank}.json").read_text()) for rank in range(4)]
    clusters = [json.loads(each["TF_CONFIG"]) for each in told]
    (workers,) = {tuple(each["cluster"]["worker"]) for each in clusters}
    assert len(set(workers)) == 4
    for rank, (each, cluster) in enumerate(zip(told, clusters, strict=True)):
        assert (each["RANK"], each["WORLD_SIZE"], each["LOCAL_RANK"]) == (str(rank), "4", "0")
        assert f"{each['MASTER_ADDR']}:{each['MASTER_PORT']}" == workers[0]
        assert cluster["task"] == {"type": "worker", "index": rank}
        assert each["argv"] == ["RUN/train.py", "--resume"]
        assert (each["CUDA_VISIBLE_DEVICES"], each["OMP_NUM_THREADS"]) == ("-1", "1")


def test_a_job_fails_if_a_process_fails(tmp_path: Path) -> None:
    (tmp_path / "RUN").mkdir()
    (tmp_path / "RUN" / "train.py").write_text("import os, sys\nsys.exit(int(os.environ['RANK']))\n", encoding="utf-8")
    assert slurm.run(tmp_path, nodes=1, tasks=2).returncode == 1


@pytest.mark.parametrize("backend", rows_but((), ("torch",), ("torch", "tensorflow")))
def test_a_job_trains_and_another_goes_on(tmp_path: Path, backend: str) -> None:
    pytest.importorskip(backend)
    words = harness.recipe(tmp_path, NETWORK, steps=None, epochs=1)
    run = harness.write_program(words, backend, tmp_path / "RUN")
    first = slurm.run(tmp_path, nodes=2, tasks=1)
    assert first.returncode == 0, first.stdout + first.stderr
    assert len(harness.rows(run)) == 1
    again = slurm.run(tmp_path, nodes=1, tasks=2)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing is left to train" in again.stdout
    assert np.isfinite(harness.rows(run)).all()


def test_the_job_for_kubernetes_is_yaml() -> None:
    page = (slurm.ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    (text,) = [part.split("```")[0] for part in page.split("```yaml\n") if part.startswith("apiVersion")]
    service, job = yaml.safe_load_all(text)
    pod = job["spec"]["template"]["spec"]
    assert pod["subdomain"] == service["metadata"]["name"] == job["metadata"]["name"]
    told = {each["name"]: each["value"] for each in pod["containers"][0]["env"]}
    assert int(told["WORLD_SIZE"]) == job["spec"]["completions"] == job["spec"]["parallelism"]
    assert told["MASTER_ADDR"] == f"{job['metadata']['name']}-0.{pod['subdomain']}"
