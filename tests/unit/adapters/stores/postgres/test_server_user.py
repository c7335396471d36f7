"""Which OS user runs the server, and how it reaches what root keeps to itself."""

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from partita.adapters.stores.postgres.binaries import WHEEL, find_binaries
from partita.adapters.stores.postgres.embedded import EmbeddedPostgres
from partita.adapters.stores.postgres.errors import ServerUserError
from partita.adapters.stores.postgres.server_user import (
    ServerUser,
    choose_server_user,
    with_reach,
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another")
NOBODY = pwd.getpwnam("nobody")
nobody = ServerUser("nobody", NOBODY.pw_uid, NOBODY.pw_gid)


def plant_program(folder: Path, mode: int) -> str:
    program = folder / "initdb"
    program.write_text("#!/bin/sh\nid -u\n")
    program.chmod(mode)
    return str(program)


def give(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    return folder


@pytest.mark.skipif(os.geteuid() == 0, reason="root may never run the server itself")
def test_an_ordinary_user_runs_it_itself(tmp_path: Path) -> None:
    assert choose_server_user(tmp_path / "postgres").uid == os.geteuid()


@needs_root
def test_root_takes_a_usual_user(tmp_path: Path) -> None:
    user = choose_server_user(tmp_path / "postgres", environment={})
    assert user.name in {"postgres", "nobody"}


@needs_root
def test_root_takes_the_user_that_is_named(tmp_path: Path) -> None:
    user = choose_server_user(tmp_path / "postgres", environment={"PARTITA_OS_USER": "nobody"})
    assert user == nobody


@needs_root
def test_the_owner_of_the_data_keeps_them(tmp_path: Path) -> None:
    folder = give(tmp_path / "postgres")
    assert choose_server_user(folder, environment={}) == nobody
    os.chown(tmp_path, NOBODY.pw_uid, NOBODY.pw_gid)
    assert choose_server_user(tmp_path / "not yet there", environment={}) == nobody


@needs_root
@pytest.mark.parametrize(
    ("name", "complaint"),
    [("nobody such", "does not exist"), ("root", "is root"), ("daemon", "belongs to OS user")],
)
def test_a_user_that_cannot_be_is_refused(tmp_path: Path, name: str, complaint: str) -> None:
    folder = give(tmp_path / "postgres")
    with pytest.raises(ServerUserError, match=complaint):
        choose_server_user(folder, environment={"PARTITA_OS_USER": name})


@needs_root
def test_no_capability_is_given_where_none_is_needed(guarded_folder: Path) -> None:
    guarded_folder.chmod(0o711)
    try:
        folder = give(guarded_folder / "open")
        assert with_reach(nobody, "/bin/true", folder) == nobody
    finally:
        guarded_folder.chmod(0o700)


@needs_root
@pytest.mark.parametrize(("mode", "capability"), [(0o755, "read_search"), (0o700, "override")])
def test_the_least_capability_opens_what_root_keeps(
    tmp_path: Path, mode: int, capability: str
) -> None:
    tmp_path.chmod(0o700)
    folder = give(tmp_path / "data")
    program = plant_program(tmp_path, mode)
    user = with_reach(nobody, program, folder)
    assert f"+dac_{capability}" in user.wrapper
    assert user.run((program,)).stdout.strip() == str(NOBODY.pw_uid).encode()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@needs_root
def test_without_setpriv_the_closed_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = give(closed / "data")
    with pytest.raises(ServerUserError, match="cannot reach") as error:
        with_reach(nobody, "/bin/true", folder)
    assert "chmod o+x" in error.value.mend
    assert "setpriv" in error.value.mend


@needs_root
def test_the_server_runs_from_programs_that_only_root_may_reach(
    server_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = find_binaries().folder.parent
    libraries = installed.parents[1] / f"{WHEEL}.libs"
    if not libraries.is_dir():
        pytest.skip("only the wheel's programs may be copied elsewhere")
    copied = tmp_path / "root only"
    (copied / WHEEL).mkdir(parents=True)
    copied.chmod(0o700)
    subprocess.run(("cp", "-a", str(installed), str(copied / WHEEL)), check=True)
    subprocess.run(("cp", "-a", str(libraries), str(copied)), check=True)
    monkeypatch.setenv("PARTITA_POSTGRES_BIN", str(copied / WHEEL / installed.name / "bin"))
    with EmbeddedPostgres(server_folder / "data") as server:
        assert (server.data / "postmaster.pid").exists()


@needs_root
def test_root_never_writes_through_a_planted_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    tmp_path.chmod(0o755)
    folder = give(tmp_path / "data")
    (folder / "partita.conf").symlink_to(victim)
    with_reach(nobody, "/bin/true", folder).write(folder / "partita.conf", "new")
    assert victim.read_text() == "precious"
    assert (folder / "partita.conf").read_text() == "new"
