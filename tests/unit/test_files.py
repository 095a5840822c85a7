"""Files: which may be written, and in full or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archspec.files import beside, check_apart, check_file, check_regular, open_now, write_text


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A file that is read."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "spec.yaml").write_text("mine")
    return tmp_path / "spec.yaml"


def _spellings(spec: Path) -> dict[str, Path]:
    """Other ways to name a file."""
    folder = spec.parent
    (folder / "soft.yaml").symlink_to(spec)
    (folder / "hard.yaml").hardlink_to(spec)
    (folder / "way").symlink_to(folder)
    return {
        "itself": spec,
        "detour": folder / "deep" / ".." / "spec.yaml",
        "relative": Path(os.path.relpath(spec)),
        "symbolic link": folder / "soft.yaml",
        "hard link": folder / "hard.yaml",
        "folder's link": folder / "way" / "spec.yaml",
    }


def test_what_is_read_is_not_written_however_it_is_named(spec: Path) -> None:
    for name, path in _spellings(spec).items():
        with pytest.raises(FileExistsError, match="it would replace what is read"):
            check_apart((spec.parent / "new", path), (None, spec))
        with pytest.raises(FileExistsError, match="it would replace what is read"):
            check_apart((spec,), (path,))
        assert name


def test_other_files_are_written(spec: Path) -> None:
    (spec.parent / "alike.yaml").write_text("mine")
    check_apart((spec.parent / "alike.yaml", spec.parent / "new.yaml", os.devnull), (spec, None, Path("/dev/null")))
    check_apart((spec,), (spec.parent / "nowhere", Path("a\0b")))


def test_a_protected_file_is_not_replaced(spec: Path) -> None:
    spec.chmod(0o444)
    with pytest.raises(PermissionError, match="it is write-protected"):
        check_file(spec)
    spec.chmod(0o644)
    check_file(spec)
    check_file(spec.parent / "new.yaml")


def test_a_pipe_is_no_place_for_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for check in (check_regular, check_file):
        with pytest.raises(OSError, match="a regular file is needed"):
            check(tmp_path / "pipe")
    check_regular(tmp_path)


def test_the_file_behind_a_link_is_replaced_and_the_link_stays(spec: Path) -> None:
    link = spec.parent / "deep" / "link.yaml"
    link.symlink_to("../spec.yaml")
    write_text(link, "new")
    assert link.is_symlink()
    assert spec.read_text() == "new"
    assert sorted(path.name for path in spec.parent.rglob("*")) == ["deep", "link.yaml", "spec.yaml"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_file_that_is_replaced_keeps_its_mode(spec: Path, mode: int) -> None:
    spec.chmod(mode)
    with beside(spec) as temporary:
        assert temporary.stat().st_mode & 0o777 & ~mode == 0
        temporary.unlink()
        temporary.write_text("new")  # as some writers do, with a mode of their own
    assert spec.stat().st_mode & 0o777 == mode


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    write_text(tmp_path / "new", "x")
    (tmp_path / "other").touch()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_is_half_written_is_recognised_and_goes(spec: Path) -> None:
    def end() -> None:
        with beside(spec) as temporary:
            assert temporary.name.startswith(".archspec-")
            assert temporary.name.endswith(".spec.yaml")
            temporary.write_text("half")
            raise SystemExit(143)

    with pytest.raises(SystemExit):
        end()
    assert spec.read_text() == "mine"
    assert not list(spec.parent.glob(".*"))


def test_nobody_waits_for_the_other_end_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with open_now(pipe) as opened:
        assert opened.read() == b""
    with pytest.raises(OSError, match="No such device or address"):
        open_now(pipe, "wb")


def test_what_is_written_into_a_pipe_can_be_read_from_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with open_now(pipe) as opened:
        write_text(pipe, "found")
        assert opened.read() == b"found"
    assert pipe.is_fifo()


def test_a_device_takes_what_is_written() -> None:
    write_text(Path(os.devnull), "gone")
    assert not Path(os.devnull).is_file()
