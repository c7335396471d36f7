"""The text of the settings: ours, those of the caller, and quoting that holds."""

from pathlib import Path

import pytest

from partita.adapters.stores.postgres.server_settings import access_text, settings_text


def test_no_network_and_full_durability(tmp_path: Path) -> None:
    lines = settings_text(Path("/run/here"), tmp_path, {}).splitlines()
    for expected in (
        "listen_addresses = ''",
        "unix_socket_directories = '\"/run/here\"'",
        "fsync = 'on'",
        "full_page_writes = 'on'",
        "synchronous_commit = 'on'",
    ):
        assert expected in lines


@pytest.mark.parametrize(
    ("value", "written"), [("7MB", "'7MB'"), ("it's", "'it''s'"), ("a\\b", "'a\\\\b'")]
)
def test_the_callers_settings_win(tmp_path: Path, value: str, written: str) -> None:
    text = settings_text(Path("/run/here"), tmp_path, {"shared_buffers": value})
    assert [line for line in text.splitlines() if line.startswith("shared_buffers")] == [
        f"shared_buffers = {written}"
    ]


def test_a_line_break_cannot_smuggle_a_setting_in(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line break"):
        settings_text(Path("/run/here"), tmp_path, {"work_mem": "1MB'\nfsync = 'off"})


def test_only_the_socket_is_open() -> None:
    rules = [line.split()[0] for line in access_text().splitlines() if not line.startswith("#")]
    assert set(rules) == {"local"}
