"""Lanes: in order, at least once, from the cursor on; poison is parked, and others flow."""

import pytest

from partita.engine.errors import NotFound
from partita.modules.sinks.commands import ResetSink
from partita.modules.sinks.contract import BrokerUnavailable
from partita.modules.sinks.lane import MOST_TRIES, Lane
from partita.modules.sinks.sink import consumer_of, read_sink
from tests.unit.modules.sinks.broker import House


def drain(lane: Lane) -> None:
    """Step until nothing has moved for longer than an event is tried."""
    idle = 0
    while idle <= MOST_TRIES:
        idle = 0 if lane.step() else idle + 1


def test_everything_is_published_in_order_and_the_cursor_follows(house: House) -> None:
    house.write(3)
    matter = house.sink()
    lane = house.lane(matter)
    assert lane.step() == house.head
    assert lane.step() == 0
    house.write(2, "b")
    drain(lane)
    assert house.broker.ids() == list(range(1, house.head + 1))
    assert house.cursor(matter) == house.head


def test_a_long_journal_goes_in_slices(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partita.modules.sinks.lane.WINDOW", 2)
    house.write(5)
    lane = house.lane(house.sink())
    assert lane.step() == 2
    drain(lane)
    assert house.broker.ids() == list(range(1, house.head + 1))


def test_only_what_is_wanted_is_published_and_the_cursor_passes_the_rest(house: House) -> None:
    house.write(4)
    matter = house.sink(types=("event_sink.*",))
    drain(house.lane(matter))
    assert house.broker.ids() == [house.head]
    assert house.cursor(matter) == house.head


def test_a_sink_begins_behind_the_sequence_it_was_given(house: House) -> None:
    house.write(4)
    drain(house.lane(house.sink(after=3)))
    assert house.broker.ids() == list(range(4, house.head + 1))


def test_a_sink_that_is_away_gets_everything_when_it_is_back(house: House) -> None:
    house.write(3)
    lane = house.lane(house.sink())
    house.broker.is_away.add("a")
    for _ in range(20):
        with pytest.raises(BrokerUnavailable):
            lane.step()
    assert house.store.cursors(house.info) == []
    house.broker.is_away.clear()
    drain(lane)
    assert house.broker.ids() == list(range(1, house.head + 1))


def test_what_a_crash_forgot_is_published_again_under_the_same_ids(house: House) -> None:
    house.write(3)
    matter = house.sink()
    drain(house.lane(matter))
    house.store.reset(
        house.info, consumer_of(matter.id, read_sink(matter.body)), 2
    )  # as if it had died before that
    drain(house.lane(matter))
    first = {event.sequence: event.id for event in house.broker.got["a"]}
    assert all(first[event.sequence] == event.id for event in house.broker.got["a"])
    assert list(dict.fromkeys(house.broker.ids())) == list(range(1, house.head + 1))


def test_a_poison_event_is_parked_after_five_tries_and_others_flow(house: House) -> None:
    house.write(4)
    house.broker.refuses.add(3)
    matter = house.sink()
    drain(house.lane(matter))
    assert house.broker.ids() == [1, 2, *range(4, house.head + 1)]
    (parked,) = house.parked(matter)
    assert (parked.sequence, parked.tries, parked.error) == (3, MOST_TRIES, "a poison event")
    assert parked.type == "account.opened"
    assert house.broker.dead == [(parked.event_id, "a poison event")]


def test_where_there_are_no_dead_letters_others_flow_all_the_same(house: House) -> None:
    house.write(4)
    house.broker.refuses.add(3)
    house.broker.has_no_dead_letters = True
    matter = house.sink()
    drain(house.lane(matter))
    assert house.broker.ids() == [1, 2, *range(4, house.head + 1)]
    assert [each.sequence for each in house.parked(matter)] == [3]


def test_many_poison_events_are_each_tried_five_times(house: House) -> None:
    house.write(5)
    house.broker.refuses |= {1, 3, 4}
    matter = house.sink()
    drain(house.lane(matter))
    assert [(e.sequence, e.tries) for e in house.parked(matter)] == [(1, 5), (3, 5), (4, 5)]
    assert house.broker.ids() == [n for n in range(1, house.head + 1) if n not in (1, 3, 4)]


def test_a_broker_that_breaks_off_is_given_the_rest_again(house: House) -> None:
    house.write(5)
    matter = house.sink()
    house.broker.breaks_off_at = 4
    lane = house.lane(matter)
    assert lane.step() == 3
    drain(lane)
    assert house.broker.ids() == list(range(1, house.head + 1))
    assert house.parked(matter) == []


def test_a_parked_event_is_sent_again_when_somebody_says_so(house: House) -> None:
    house.write(4)
    house.broker.refuses.add(3)
    matter = house.sink()
    drain(house.lane(matter))
    office = house.application.sinks.office(house.info)
    assert office.retry(matter, 3, house.broker.connect) == "a poison event"
    assert [each.sequence for each in house.parked(matter)] == [3]
    house.broker.refuses.clear()
    assert office.retry(matter, 3, house.broker.connect) is None
    assert house.parked(matter) == []
    assert house.broker.ids()[-1] == 3
    with pytest.raises(NotFound, match="no event 3 is set aside"):
        office.retry(matter, 3, house.broker.connect)


def test_a_discarded_event_never_comes(house: House) -> None:
    house.write(4)
    house.broker.refuses.add(3)
    matter = house.sink()
    drain(house.lane(matter))
    office = house.application.sinks.office(house.info)
    assert office.progress(matter).parked == 1
    office.discard(matter, 3)
    house.broker.refuses.clear()
    drain(house.lane(matter))
    assert 3 not in house.broker.ids()
    assert office.progress(matter).parked == 0


def test_a_reset_begins_anew_and_the_old_lane_moves_nothing(house: House) -> None:
    house.write(3)
    matter = house.sink()
    old = house.lane(matter)
    drain(old)
    again = house.do(ResetSink(sink=matter.id, after=1))
    assert again is not None
    drain(old)  # it has not heard yet
    drain(house.lane(again))
    whole = list(range(1, house.head + 1))
    assert house.broker.ids() == [*whole, *whole[1:]]
    progress = house.application.sinks.office(house.info).progress(again)
    assert (progress.cursor, progress.lag) == (house.head, 0)
    assert house.application.sinks.office(house.info).progress(matter).cursor == house.head


def test_two_lanes_of_one_sink_leave_nothing_out(house: House) -> None:
    house.write(9)
    matter = house.sink()
    lanes = [house.lane(matter), house.lane(matter)]
    for _ in range(5):
        house.write(1, f"x{_}")
        for lane in lanes:
            lane.step()
    assert list(dict.fromkeys(house.broker.ids())) == list(range(1, house.head + 1))
