"""compile: what it replaces in a folder, and what it leaves alone."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from archspec.backend import find_backend
from archspec.bundle import folder as places
from tests.dispositions import disposed
from tests.unit.cli.conftest import Outcome, Program, environment

pytest.importorskip("torch")

FILES = ("__init__.py", "model.safetensors", "network.json", "small.py")

Compile = Callable[..., Outcome]


@pytest.fixture
def compile_(archspec: Program) -> Compile:
    """`archspec compile small.yaml` into the folder `built`, or others, with more arguments."""

    def run(*arguments: str, spec: str = "small.yaml", output: str = "built") -> Outcome:
        return archspec("compile", spec, "--backend", "torch", "--device", "cpu", "-o", output, *arguments)

    return run


@pytest.fixture
def built(compile_: Compile, folder: Path) -> Path:
    """A package that was compiled."""
    assert compile_().code == 0
    return folder / "built"


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _edit(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"# mine\n")


def _train(file: Path) -> None:
    """Other numbers in a file of the same size."""
    contents = bytearray(file.read_bytes())
    contents[-1] ^= 1
    file.write_bytes(contents)


def _link(file: Path) -> None:
    shutil.move(file, file.parent.parent / "elsewhere")
    file.symlink_to("../elsewhere")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("small.py", _edit, "it was changed since archspec wrote it"),
        ("__init__.py", _edit, "it was changed since archspec wrote it"),
        ("model.safetensors", _train, "it was changed since archspec wrote it"),
        ("model.safetensors", _link, "it was changed since archspec wrote it"),
        ("small.py", lambda file: file.chmod(0o444), "it is write-protected"),
        ("model.safetensors", lambda file: file.chmod(0o444), "it is write-protected"),
        ("network.json", lambda file: file.chmod(0o444), "it is write-protected"),
    ],
)
def test_work_of_others_is_replaced_by_force_only(
    compile_: Compile, built: Path, name: str, change: Callable[[Path], None], said: str
) -> None:
    change(built / name)
    before = _contents(built)
    outcome = compile_("--seed", "1")
    assert outcome.code == 2
    assert outcome.err.startswith(f"archspec: built/{name}: {said}")
    assert "--force" in outcome.err
    assert _contents(built) == before
    assert compile_("--seed", "1", "--force").code == 0
    assert _contents(built)[name] != before[name] or name in ("small.py", "__init__.py")
    assert compile_().code == 0
    assert sorted(_contents(built)) == sorted(FILES)


def test_a_folder_that_was_copied_is_still_archspecs(compile_: Compile, built: Path) -> None:
    shutil.copytree(built, built.with_name("copy"))
    shutil.rmtree(built)
    built.with_name("copy").rename(built)
    assert compile_("--seed", "1").code == 0


def test_another_network_is_replaced_by_force_only(compile_: Compile, built: Path) -> None:
    before = _contents(built)
    outcome = compile_("--variant", "broad")
    assert outcome.code == 2
    assert outcome.err == (
        "archspec: built: it has the model of small for torch: take another folder, or --force replaces that model\n"
    )
    assert _contents(built) == before
    assert compile_("--variant", "broad", "--force").code == 0
    assert sorted(_contents(built)) == ["__init__.py", "broad.py", "model.safetensors", "network.json"]
    _edit(built / "broad.py")
    assert compile_("--force").code == 0
    assert "broad.py" in _contents(built)  # nobody asked for this one to go


@pytest.mark.parametrize("name", ["train.py", "small.py", "spec.yaml", "network.json"])
def test_a_folder_of_others_is_left_alone(compile_: Compile, folder: Path, name: str) -> None:
    (folder / "built").mkdir()
    (folder / "built" / name).write_text("{}")
    outcome = compile_()
    assert outcome.code == 2
    assert outcome.err.startswith("archspec: built: it has files, and no package of archspec's: take a folder")
    assert _contents(folder / "built") == {name: b"{}"}
    assert compile_("--force").code == 0
    assert {*FILES, name} == set(_contents(folder / "built"))


def test_an_empty_folder_is_filled(compile_: Compile, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "built").mkdir()
    (folder / "built" / ".gitkeep").touch()
    assert compile_().code == 0
    (folder / "here").mkdir()
    monkeypatch.chdir("here")
    assert compile_(spec="../small.yaml", output=".").code == 0
    assert sorted(_contents(folder / "here")) == sorted(FILES)


def test_nothing_is_mixed_into_the_root(compile_: Compile) -> None:
    outcome = compile_(output="/")
    assert outcome.code == 2
    assert outcome.err.startswith("archspec: /: it has files")
    assert not Path("/small.py").exists()


@pytest.mark.parametrize("record", ["[]", "{}", "not JSON", '{"backend": "torch", "sha256": {}}', "[" * 100_000])
def test_a_record_that_is_none_makes_no_package(compile_: Compile, built: Path, record: str) -> None:
    (built / "network.json").write_text(record)
    outcome = compile_()
    assert (outcome.code, outcome.err[:37]) == (2, "archspec: built: it has files, and no")


def test_a_record_names_only_files_of_its_own_folder(compile_: Compile, built: Path, folder: Path) -> None:
    record = json.loads((built / "network.json").read_text())
    spec = places.digest(folder / "small.yaml")
    record["sha256"] |= {"../small.yaml": spec, "..": "", "": "", ".": "", "/etc/hostname": "", str(folder): spec}
    (built / "network.json").write_text(json.dumps(record))
    assert compile_("--seed", "1").code == 0
    assert (folder / "small.yaml").exists()


def test_compile_does_not_replace_the_spec(compile_: Compile, folder: Path) -> None:
    (folder / "built").mkdir()
    (folder / "built" / "network.json").write_text(json.dumps([{"layer_type": "Flatten", "input_shape": [2, 2, 1]}]))
    (folder / "link.json").symlink_to("built/network.json")
    for spec in ("built/network.json", "./built/../link.json"):
        before = _contents(folder / "built")
        outcome = compile_("--force", spec=spec)
        assert outcome.code == 2, outcome.err
        assert "built/network.json: it would replace what is read" in outcome.err
        assert _contents(folder / "built") == before


def test_compile_does_not_replace_a_spec_on_standard_input(process: Program, folder: Path) -> None:
    (folder / "built").mkdir()
    (folder / "small.yaml").rename(folder / "built" / "network.json")
    command = f"{sys.executable} -m archspec compile - -b torch -o built --force < built/network.json"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "it would replace what is read as /dev/stdin" in done.stderr


def test_compile_replaces_neither_the_weights_nor_the_map_that_it_reads(compile_: Compile, built: Path) -> None:
    (built / "map.yaml").hardlink_to(built / "model.safetensors")
    for weights in ("built/model.safetensors", "built/map.yaml"):
        outcome = compile_("--weights", weights, "--force")
        assert outcome.code == 2
        assert "built/model.safetensors: it would replace what is read" in outcome.err
    shutil.copy(built / "model.safetensors", "weights.safetensors")
    (built / "small.py").write_text("conv: conv\n")
    outcome = compile_("--weights", "weights.safetensors", "--map", "built/small.py", "--force")
    assert outcome.code == 2
    assert "built/small.py: it would replace what is read" in outcome.err


def test_another_run_may_have_been_there_in_the_meantime(
    compile_: Compile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = find_backend("torch")
    emit = torch.emit

    def meanwhile(*arguments: object, **options: object) -> str:
        (folder / "built").mkdir()
        record = {"name": "small", "backend": "tensorflow", "sha256": {}}
        (folder / "built" / "network.json").write_text(json.dumps(record))
        return emit(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(torch, "emit", meanwhile, raising=False)
    outcome = compile_()
    assert outcome.code == 2
    assert "it has the model of small for tensorflow" in outcome.err
    assert list(_contents(folder / "built")) == ["network.json"]


@pytest.mark.slow
@pytest.mark.parametrize("backends", [("torch", "tensorflow"), ("torch", "torch")])
def test_runs_at_once_leave_one_package(folder: Path, backends: tuple[str, str]) -> None:
    pytest.importorskip("keras")
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "archspec", "compile", "small.yaml", "-b", backend, "-o", "built"],
            cwd=folder,
            env=environment(),
            stderr=subprocess.DEVNULL,
        )
        for backend in backends
    ]
    codes = sorted(run.wait() for run in runs)
    assert codes == ([0, 2] if len(set(backends)) == 2 else [0, 0])
    record = json.loads((folder / "built" / "network.json").read_text())
    assert {*record["sha256"], "network.json"} == {path.name for path in (folder / "built").iterdir()}
    for name, digest in record["sha256"].items():
        assert places.digest(folder / "built" / name) == digest


def test_only_one_run_writes_at_a_time(folder: Path) -> None:
    """The second finds the folder locked, and waits."""
    (folder / "built").mkdir()
    program = (
        "import fcntl, os\n"
        "handle = os.open('built', os.O_RDONLY)\n"
        "try: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: print('waits')"
    )

    def said() -> str:
        return subprocess.run(
            [sys.executable, "-c", program], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    place = places.Place(folder / "built", ("a",), "small", "torch", (), False)
    with place.replacing() as partial:
        (partial / "a").write_text("new")
        assert said() == "waits\n"
    assert said() == ""
    assert _contents(folder / "built") == {"a": b"new"}


def test_files_that_are_replaced_keep_their_modes(compile_: Compile, built: Path) -> None:
    (built / "model.safetensors").chmod(0o600)
    usual = (built / "small.py").stat().st_mode
    assert compile_("--seed", "1").code == 0
    assert (built / "model.safetensors").stat().st_mode & 0o777 == 0o600
    assert (built / "small.py").stat().st_mode == usual


def test_what_a_killed_run_left_is_removed(compile_: Compile, built: Path) -> None:
    (built / places.PARTIAL).mkdir()
    (built / places.PARTIAL / "model.safetensors").write_bytes(b"half")
    assert compile_("--seed", "1").code == 0
    assert sorted(_contents(built)) == sorted(FILES)


@pytest.fixture
def ended(usual_signals: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[signal.Signals], None]:
    """Sends this process a signal while the weights are written."""
    assert threading.current_thread() is threading.main_thread()

    def end(number: signal.Signals) -> None:
        backend = find_backend("torch")
        save = backend.save_weights

        def save_and_end(model: object, path: Path) -> None:
            save(model, path)
            signal.raise_signal(number)

        monkeypatch.setattr(backend, "save_weights", save_and_end, raising=False)

    return end


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=str
)
def test_a_run_that_is_ended_leaves_nothing(
    compile_: Compile, folder: Path, ended: Callable[[signal.Signals], None], number: signal.Signals, code: int
) -> None:
    ended(number)
    before = signal.getsignal(number)
    outcome = compile_()
    assert outcome.code == code
    assert "Traceback" not in outcome.err
    assert not list((folder / "built").iterdir())
    assert signal.getsignal(number) == before


def test_a_signal_that_is_ignored_stays_so(
    compile_: Compile, folder: Path, ended: Callable[[signal.Signals], None]
) -> None:
    ended(signal.SIGHUP)
    with disposed({signal.SIGHUP: signal.SIG_IGN}):
        assert compile_().code == 0
    assert sorted(_contents(folder / "built")) == sorted(FILES)


def test_what_a_record_says_is_printed_without_control_characters(compile_: Compile, built: Path) -> None:
    record = json.loads((built / "network.json").read_text())
    (built / "network.json").write_text(json.dumps({**record, "backend": "\x1b[2J"}))
    outcome = compile_()
    assert outcome.code == 2
    assert "it has the model of small for \\x1b[2J: take another folder" in outcome.err
