"""Logbooks: what was kept stays, half a line is nobody's, and readers never decide on different pasts."""

import errno
import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from partita.adapters.rails.logbook import Diary, FileLogbook, MemoryLogbook


def diary(file: Path | None, lines: MemoryLogbook | None = None) -> Diary[list[int], int]:
    """A diary of numbers."""
    logbook = MemoryLogbook(lines) if file is None else FileLogbook(file)
    return Diary(logbook, [], fold=list.append, write=lambda n: b"%d" % n, read=json.loads)


def add_next(book: Diary[list[int], int]) -> int:
    """Add the number after the highest there is."""

    def decision(numbers: list[int]) -> tuple[list[int], int]:
        found = len(numbers)
        assert numbers == list(range(found))
        return [found], found

    return book.decide(decision)


def everything(book: Diary[list[int], int]) -> list[int]:
    return book.decide(lambda numbers: ((), list(numbers)))


def test_readers_take_turns_on_one_past(tmp_path: Path) -> None:
    first, second = diary(tmp_path / "a"), diary(tmp_path / "a")
    assert [add_next(book) for book in (first, second, second, first)] == [0, 1, 2, 3]
    assert everything(first) == everything(second) == everything(diary(tmp_path / "a"))


def test_readers_in_memory_take_turns_too() -> None:
    lines = MemoryLogbook()
    first, second = diary(None, lines), diary(None, lines)
    assert [add_next(book) for book in (first, second, first)] == [0, 1, 2]


@pytest.mark.parametrize("is_file", [True, False])
def test_a_decision_that_fails_keeps_nothing_and_loses_nothing(
    tmp_path: Path, is_file: bool
) -> None:
    lines = MemoryLogbook()
    file = tmp_path / "a" if is_file else None
    book = diary(file, lines)
    add_next(diary(file, lines))

    def fails(_numbers: list[int]) -> tuple[list[int], int]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        book.decide(fails)
    assert add_next(book) == 1
    assert everything(book) == everything(diary(file, lines)) == [0, 1]


def test_half_a_line_of_a_writer_that_died_is_dropped(tmp_path: Path) -> None:
    book = diary(tmp_path / "a")
    for _ in range(3):
        add_next(book)
    with (tmp_path / "a").open("ab") as file:
        file.write(b"99")
    assert everything(book) == [0, 1, 2]
    assert add_next(diary(tmp_path / "a")) == 3
    assert (tmp_path / "a").read_bytes() == b"0\n1\n2\n3\n"


def test_a_full_disk_keeps_nothing_of_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = diary(tmp_path / "a")
    add_next(book)
    with monkeypatch.context() as patched:

        def full(descriptor: int, data: bytes, place: int) -> int:
            os.lseek(descriptor, place, os.SEEK_SET)
            os.write(descriptor, data[:1])
            raise OSError(errno.ENOSPC, "no space left")

        patched.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="no space"):
            add_next(book)
    assert everything(book) == [0]
    assert add_next(book) == 1
    assert everything(diary(tmp_path / "a")) == [0, 1]


def _write_on(file: Path) -> None:
    book = diary(file)
    while True:
        add_next(book)


def test_writers_that_are_killed_leave_a_past_without_gap(tmp_path: Path) -> None:
    """Two processes write at once, and are killed in the middle of it, again and again."""
    context, file = multiprocessing.get_context("fork"), tmp_path / "a"
    for _ in range(3):
        writers = [context.Process(target=_write_on, args=(file,)) for _ in range(2)]
        for writer in writers:
            writer.start()
        time.sleep(0.2)
        for writer in writers:
            os.kill(writer.pid or 0, signal.SIGKILL)
            writer.join(10)
    book = diary(file)
    numbers = everything(book)
    assert numbers == list(range(len(numbers)))
    assert add_next(book) == len(numbers) > 10
