"""What a witness vouched for it knows for good: before it signs, and after any end."""

from pathlib import Path
from typing import Any

import pytest

from partita.journal.notes import Note
from partita.surfaces.witness.cosigning import Witness
from partita.surfaces.witness.memory import Memory, WitnessFolderError
from tests.unit.surfaces.witness.conftest import PlainLog


def test_a_witness_that_starts_again_is_the_same(tmp_path: Path, log: PlainLog) -> None:
    first = Memory(tmp_path, "audit.example")
    first.trust([log.key])
    Witness(first).add_checkpoint(log.contact(0, 9))
    first.close()
    second = Memory(tmp_path)
    assert (second.key, second.trusted()) == (first.key, [log.key])
    assert Witness(second).add_checkpoint(log.contact(0, 12))[:2] == (409, "9\n")
    second.close()


def test_it_remembers_before_it_signs(memory: Memory, log: PlainLog) -> None:
    """The disk fails: then there is no signature either."""

    class Full(Memory):
        def remember(self, origin: str, note: Note) -> None:
            raise OSError(28, "No space left on device")

    full: Any = memory
    full.__class__ = Full
    with pytest.raises(OSError, match="No space"):
        Witness(full).add_checkpoint(log.contact(0, 9))
    assert memory.last(log.origin) is None


def test_one_process_has_the_folder(memory: Memory, tmp_path: Path) -> None:
    with pytest.raises(WitnessFolderError, match="Another witness"):
        Memory(tmp_path)


def test_others_may_not_read_the_key(tmp_path: Path) -> None:
    Memory(tmp_path).close()
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(WitnessFolderError, match="chmod 600"):
        Memory(tmp_path)


def test_another_name_or_key_is_refused(tmp_path: Path) -> None:
    Memory(tmp_path, "audit.example").close()
    with pytest.raises(WitnessFolderError, match=r"audit\.example"):
        Memory(tmp_path, "bank.example")
    (tmp_path / "key").write_text("00" * 32)
    with pytest.raises(WitnessFolderError, match="This witness is"):
        Memory(tmp_path)
    (tmp_path / "key").write_text("nothing")
    with pytest.raises(WitnessFolderError, match="holds no key"):
        Memory(tmp_path)
