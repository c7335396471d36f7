"""Locks on a data folder: shared by many, held alone by one, given back by the OS."""

from pathlib import Path

import pytest

from partita.adapters.stores.postgres.errors import DataFolderError
from partita.adapters.stores.postgres.folder_lock import FolderLock


def test_many_share_and_nobody_is_alone_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with FolderLock(file) as one, FolderLock(file) as other:
        one.share()
        other.share()
        assert not one.try_alone()
        other.share()
        one.release()
        assert other.try_alone()


def test_closing_gives_it_back(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    one = FolderLock(file)
    assert one.try_alone()
    one.close()
    one.close()
    with FolderLock(file) as other:
        assert other.try_alone()


def test_waiting_has_an_end(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with (
        FolderLock(file) as one,
        FolderLock(file) as other,
        one.alone(0),
        pytest.raises(DataFolderError, match=r"over 0\.05 s"),
        other.alone(0.05),
    ):
        pass


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        FolderLock(tmp_path / "lock")
    assert not (tmp_path / "elsewhere").exists()
