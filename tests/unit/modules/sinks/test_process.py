"""The process of sinks: a lane for each active one; a sink that is away or hangs delays no other."""

import threading
import time
from collections.abc import Callable

from partita.kernel.moment import Moment
from partita.modules.sinks.commands import ArchiveSink, PauseSink, ResumeSink, UpdateSink
from tests.unit.modules.sinks.broker import House


def look(house: House) -> None:
    """Have the process see which sinks there are: as if the time of its last look were long over."""
    house.moment = Moment(house.moment + 1_000_000)
    house.process.run_once(house.moment)


def until(house: House, holds: Callable[[], bool]) -> None:
    """Run the process until something holds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, house.broker.got
        look(house)
        time.sleep(0.01)


def has_all(house: House, name: str) -> Callable[[], bool]:
    return lambda: house.broker.ids(name) == list(range(1, house.head + 1))


def test_every_active_sink_gets_everything(house: House) -> None:
    house.write(3)
    house.sink("a")
    house.sink("b")
    until(house, lambda: has_all(house, "a")() and has_all(house, "b")())
    house.write(2, "later")
    until(house, lambda: has_all(house, "a")() and has_all(house, "b")())


def test_sinks_that_hang_or_are_away_delay_no_other(house: House) -> None:
    hanging = house.broker.hangs["hangs"] = threading.Event()
    house.broker.is_away.add("away")
    for name in ("hangs", "away", "well"):
        house.sink(name)
    for number in range(5):
        house.write(2, f"x{number}")
        until(house, has_all(house, "well"))
    assert house.broker.ids("hangs") == house.broker.ids("away") == []
    hanging.set()
    house.broker.is_away.clear()
    until(house, lambda: has_all(house, "hangs")() and has_all(house, "away")())


def test_a_paused_sink_gets_the_rest_when_it_is_resumed(house: House) -> None:
    sink = house.sink()
    until(house, has_all(house, "a"))
    house.do(PauseSink(sink=sink.id))
    look(house)
    before = house.broker.ids()
    house.write(3)
    look(house)
    time.sleep(0.1)
    assert house.broker.ids()[len(before) :] in ([], [len(before) + 1])
    house.do(ResumeSink(sink=sink.id))
    until(house, has_all(house, "a"))


def test_a_changed_sink_goes_on_with_a_new_connection(house: House) -> None:
    sink = house.sink()
    until(house, has_all(house, "a"))
    house.do(UpdateSink(sink=sink.id, where="nats://elsewhere:4222"))
    until(house, lambda: house.broker.opened == 2)
    until(house, has_all(house, "a"))


def test_an_archived_sink_gets_nothing_more(house: House) -> None:
    sink = house.sink()
    until(house, has_all(house, "a"))
    house.do(ArchiveSink(sink=sink.id))
    look(house)
    house.process.close()
    before = house.broker.ids()
    house.write(3)
    look(house)
    time.sleep(0.05)
    assert house.broker.ids() == before


def test_what_was_published_before_is_not_again_by_the_next_process(house: House) -> None:
    house.sink()
    house.write(3)
    until(house, has_all(house, "a"))
    house.process.close()
    house.write(2, "b")
    until(house, has_all(house, "a"))
