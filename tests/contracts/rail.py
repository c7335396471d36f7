"""The suite that every rail passes: the five promises of `modules/payments/rail.py`, put to the test.

A rail's own test inherits from `RailContract` and says how the rail is made; everything else is here.
`opened` may be called again and again: each time it gives the rail as a process finds it that starts
anew, while the network behind it has forgotten nothing.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from partita.kernel.moment import Moment
from partita.modules.payments.cut_offs import is_open, next_opening
from partita.modules.payments.rail import (
    CUT_OFF_PASSED,
    CancellingRail,
    Direction,
    MessageType,
    Page,
    Progress,
    Rail,
    RailMessage,
    Submission,
    SubmissionReused,
    Verdict,
    uetr_from,
)
from tests.plugins.steering import StandingClock

DAY_MICROSECONDS = 86_400_000_000
DECIDED = {MessageType.SETTLED, MessageType.REJECTED, MessageType.CANCELED}
_PROGRESS_AFTER = {
    MessageType.ACCEPTED: Progress.ACCEPTED,
    MessageType.SETTLED: Progress.SETTLED,
    MessageType.REJECTED: Progress.REJECTED,
    MessageType.RETURNED: Progress.RETURNED,
    MessageType.CANCELED: Progress.CANCELED,
}

Opened = Callable[[], Rail]


def submission(number: int, rail: Rail, **fields: object) -> Submission:
    """An order that this rail carries."""
    capabilities = rail.capabilities
    plain = Submission(
        id=f"sub_{number}",
        payment=f"wdr_{number}",
        direction=capabilities.directions[0],
        amount=100,
        asset=capabilities.assets[0] if capabilities.assets else "EUR",
        beneficiary=f"account {number}",
        end_to_end_id=f"order {number}",
        uetr=uetr_from(number.to_bytes(16)),
        correlation_id=f"req_{number}",
    )
    return msgspec.structs.replace(plain, **fields)


def whole_feed(rail: Rail, after: str | None = None) -> list[RailMessage]:
    """Everything that a rail tells behind a cursor, a few at a time."""
    found: list[RailMessage] = []
    while (page := rail.answers(after, 3)).messages:
        found += page.messages
        after = page.cursor
    return found


class RailContract:
    """What every rail keeps; `opened` and `clock` come from the rail's own test."""

    @pytest.fixture
    def clock(self) -> StandingClock:
        """The time at which the rail takes orders."""
        return StandingClock()

    @pytest.fixture
    def opened(self, clock: StandingClock) -> Opened:
        raise NotImplementedError("a rail's test says how the rail is made")

    @pytest.fixture
    def rail(self, opened: Opened, clock: StandingClock) -> Rail:
        """The rail, at an hour when it takes orders."""
        rail = opened()
        capabilities = rail.capabilities
        asset = capabilities.assets[0] if capabilities.assets else "EUR"
        clock.moment = next_opening(capabilities.cut_offs, asset, clock.moment)
        return rail

    # One id, one movement.

    def test_an_order_is_taken_and_decided_once(self, rail: Rail, clock: StandingClock) -> None:
        answer = rail.submit(submission(1, rail))
        assert (answer.submission, answer.verdict) == ("sub_1", Verdict.TAKEN)
        assert self.decided(rail, clock, "sub_1") == 1

    def test_the_same_id_is_one_movement_and_one_answer(
        self, rail: Rail, opened: Opened, clock: StandingClock
    ) -> None:
        order = submission(1, rail)
        answers = [rail.submit(order), rail.submit(order), opened().submit(order)]
        assert answers == [answers[0]] * 3
        assert self.decided(rail, clock, "sub_1") == 1

    def test_many_hands_with_one_order_move_it_once(self, rail: Rail, clock: StandingClock) -> None:
        order = submission(1, rail)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(rail.submit, [order] * 12))
        assert answers == [answers[0]] * 12
        assert self.decided(rail, clock, "sub_1") == 1

    def test_an_id_with_other_contents_is_an_error_and_moves_nothing(
        self, rail: Rail, clock: StandingClock
    ) -> None:
        rail.submit(submission(1, rail))
        with pytest.raises(SubmissionReused):
            rail.submit(submission(1, rail, amount=200))
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        assert {message.amount for message in whole_feed(rail)} == {100}

    # A no is certain.

    def test_what_it_cannot_carry_is_refused_with_the_code_of_its_capabilities(
        self, rail: Rail, clock: StandingClock
    ) -> None:
        wrong = self.not_carried(rail, clock)
        for code, order in wrong.items():
            objection = rail.capabilities.objection(order, clock.moment)
            assert objection is not None
            answer = rail.submit(order)
            assert (answer.verdict, answer.code) == (Verdict.REFUSED, code)
            assert objection.code == code
            assert rail.status(order.id).progress is Progress.UNKNOWN
        assert "deadline_passed" in wrong

    def test_outside_its_hours_it_takes_nothing(self, rail: Rail, clock: StandingClock) -> None:
        order = submission(1, rail)
        hours = [Moment(clock.moment + hour * DAY_MICROSECONDS // 24) for hour in range(7 * 24)]
        shut = [m for m in hours if not is_open(rail.capabilities.cut_offs, order.asset, m)]
        assert bool(shut) == bool(rail.capabilities.cut_offs)
        for moment in shut[:1]:
            clock.moment = moment
            answer = rail.submit(order)
            assert (answer.verdict, answer.code) == (Verdict.REFUSED, CUT_OFF_PASSED)
            clock.moment = next_opening(rail.capabilities.cut_offs, order.asset, moment)
            assert rail.submit(order).verdict is Verdict.TAKEN

    def test_a_refused_order_is_never_heard_of(self, rail: Rail, clock: StandingClock) -> None:
        for order in self.not_carried(rail, clock).values():
            rail.submit(order)
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        assert whole_feed(rail) == []

    # Messages can be read again.

    def test_a_cursor_resumes_where_it_was_taken_also_after_a_restart(
        self, rail: Rail, opened: Opened, clock: StandingClock
    ) -> None:
        for number in range(1, 6):
            rail.submit(submission(number, rail))
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        everything = whole_feed(rail)
        first = rail.answers(None, 2)
        assert first.messages == everything[:2]
        for reader in (rail, opened()):
            assert whole_feed(reader, first.cursor) == everything[2:]
            assert reader.answers(None, 2) == first

    def test_the_end_of_the_feed_is_an_empty_page_and_what_comes_is_behind_it(
        self, rail: Rail, clock: StandingClock
    ) -> None:
        rail.submit(submission(1, rail))
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        end = rail.answers(None, 1_000).cursor
        assert rail.answers(end, 10) == Page([], end)
        rail.submit(submission(2, rail))
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        assert {message.submission for message in whole_feed(rail, end)} == {"sub_2"}

    @pytest.mark.parametrize("cursor", ["no cursor", "-1", "", "1000000", "½"])
    def test_an_unknown_cursor_is_refused(self, rail: Rail, cursor: str) -> None:
        with pytest.raises(ValueError, match="cursor"):
            rail.answers(cursor, 1)

    def test_a_page_holds_at_least_one(self, rail: Rail) -> None:
        with pytest.raises(ValueError, match="at least one"):
            rail.answers(None, 0)

    def test_messages_name_what_they_answer_raw_and_parsed(
        self, rail: Rail, clock: StandingClock
    ) -> None:
        order = submission(1, rail)
        rail.submit(order)
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        messages = whole_feed(rail)
        assert messages
        assert len({message.id for message in messages}) == len(messages)
        for message in messages:
            assert message.submission == order.id
            assert (message.amount, message.asset) == (order.amount, order.asset)
            assert message.end_to_end_id in (None, order.end_to_end_id)
            assert order.id in message.raw
            assert len(message.sha256) == 64

    # Silence has an end.

    def test_an_order_that_was_never_sent_is_unknown(self, rail: Rail) -> None:
        assert rail.status("sub_nobody").progress is Progress.UNKNOWN

    def test_the_status_is_what_the_messages_tell(
        self, rail: Rail, opened: Opened, clock: StandingClock
    ) -> None:
        rail.submit(submission(1, rail))
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        last = whole_feed(rail)[-1]
        for reader in (rail, opened()):
            assert reader.status("sub_1").progress is _PROGRESS_AFTER[last.type]

    # What only some can.

    def test_an_order_can_be_taken_back_where_the_rail_says_so(
        self, rail: Rail, clock: StandingClock
    ) -> None:
        if not rail.capabilities.can_cancel:
            assert not hasattr(rail, "cancel"), "it cancels, and does not say so"
            return
        cancelling: CancellingRail = rail  # type: ignore[assignment]  # its capabilities say so
        assert cancelling.cancel("sub_nobody").verdict is Verdict.REFUSED
        cancelling.submit(submission(1, rail))
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        whole_feed(rail)
        assert cancelling.cancel("sub_1").verdict is Verdict.REFUSED, "it was settled already"

    # What the tests above are made of.

    def decided(self, rail: Rail, clock: StandingClock, identifier: str) -> int:
        """How often a submission was settled, rejected or taken back, a day later."""
        clock.moment = Moment(clock.moment + DAY_MICROSECONDS)
        told = {m.id: m.type for m in whole_feed(rail) if m.submission == identifier}
        return sum(type in DECIDED for type in told.values())

    def not_carried(self, rail: Rail, clock: StandingClock) -> dict[str, Submission]:
        """One order for each thing that this rail says it cannot do, by the code of its refusal."""
        capabilities = rail.capabilities
        found = {"deadline_passed": submission(90, rail, deadline=Moment(clock.moment))}
        for direction in set(Direction) - set(capabilities.directions):
            found["direction_unsupported"] = submission(91, rail, direction=direction)
        if capabilities.assets:
            found["asset_unsupported"] = submission(92, rail, asset="NOBODYS")
        if capabilities.max_amount is not None:
            found["amount_too_large"] = submission(93, rail, amount=capabilities.max_amount + 1)
        return found
