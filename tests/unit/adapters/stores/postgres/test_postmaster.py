"""Telling a server from a dead one, a stranger and nothing at all."""

import os
import subprocess
from pathlib import Path

import pytest

from partita.adapters.stores.postgres import postmaster
from partita.adapters.stores.postgres.embedded import EmbeddedPostgres


def write_pid(data: Path, pid: object) -> None:
    (data / "postmaster.pid").write_text(f"{pid}\n{data}\n")


def test_a_running_server_is_alive_and_answers(postgres_server: EmbeddedPostgres) -> None:
    pid = postmaster.living_pid(postgres_server.data)
    assert pid == postmaster.written_pid(postgres_server.data)
    assert postmaster.answers(postgres_server.socket_folder)


def test_nothing_is_neither(tmp_path: Path) -> None:
    assert postmaster.written_pid(tmp_path) is None
    assert postmaster.living_pid(tmp_path) is None
    assert not postmaster.answers(tmp_path)
    assert postmaster.stop(tmp_path, 0)


@pytest.mark.parametrize("text", ["", "what", "12x"])
def test_a_torn_file_names_nobody(tmp_path: Path, text: str) -> None:
    write_pid(tmp_path, text)
    assert postmaster.written_pid(tmp_path) is None


def test_a_stranger_is_no_server_and_is_not_stopped(tmp_path: Path) -> None:
    write_pid(tmp_path, os.getpid())
    assert postmaster.living_pid(tmp_path) is None
    assert postmaster.stop(tmp_path, 0)


def test_an_unburied_server_is_dead(tmp_path: Path) -> None:
    child = subprocess.Popen(("/bin/sh", "-c", "exit 0"), cwd=tmp_path)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    write_pid(tmp_path, child.pid)
    assert postmaster.living_pid(tmp_path) is None
    child.wait()


def test_stopping_has_an_end(tmp_path: Path) -> None:
    deaf = subprocess.Popen(
        ("/bin/sh", "-c", "trap '' INT; echo ready; read _"),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout is not None
    deaf.stdout.readline()
    write_pid(tmp_path, deaf.pid)
    assert postmaster.living_pid(tmp_path) == deaf.pid
    assert not postmaster.stop(tmp_path, 0.05)
    deaf.communicate()
