"""The file of a sink: torn lines, moved files, pipes, two that write."""

import os
from pathlib import Path

import pytest

from partita.adapters.publishers.lines import LinesFile
from partita.engine.feed import FeedEvent
from partita.modules.sinks.contract import BrokerUnavailable


def event(sequence: int, size: int = 0) -> FeedEvent:
    padding = "x" * size
    body = f'{{"sequence":"{sequence:020}","padding":"{padding}"}}'.encode()
    return FeedEvent(sequence, f"evt_{sequence}", "a.b", "s", body)


def sequences(path: Path) -> list[int]:
    return [int(line.split('"')[3]) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("size", [0, 200_000])
def test_a_torn_line_is_cut_off_and_written_again(tmp_path: Path, size: int) -> None:
    path = tmp_path / "events"
    sink = LinesFile(path)
    sink.publish([event(1, size), event(2, size)])
    sink.close()
    with path.open("ab") as file:
        file.write(event(3, size).cloud_event[: size + 30])
    again = LinesFile(path)
    again.publish([event(2, size), event(3, size)])
    again.close()
    assert sequences(path) == [1, 2, 3]


def test_a_file_of_one_torn_line_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(event(1).cloud_event[:9])
    sink = LinesFile(path)
    sink.publish([event(1)])
    sink.close()
    assert sequences(path) == [1]


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "events"
    sink = LinesFile(path)
    sink.publish([event(1)])
    path.rename(tmp_path / "older")
    sink.publish([event(2)])
    sink.close()
    assert (sequences(tmp_path / "older"), sequences(path)) == ([1], [2])


def test_only_one_writes(tmp_path: Path) -> None:
    first, second = LinesFile(tmp_path / "events"), LinesFile(tmp_path / "events")
    first.publish([event(1)])
    with pytest.raises(BrokerUnavailable, match="cannot append to events"):
        second.publish([event(2)])
    first.close()
    assert second.publish([event(2)]).safe == 1
    second.close()


def test_a_pipe_gets_lines_while_somebody_reads(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    sink = LinesFile(path)
    with pytest.raises(BrokerUnavailable):
        sink.publish([event(1)])
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink.publish([event(1), event(2)])
    sink.close()
    assert os.read(reader, 65_536).splitlines() == [event(1).cloud_event, event(2).cloud_event]
    os.close(reader)
