"""Business commands: everything or nothing, in the ledger's order, once; on both stores.

A box holds money of a wallet that is taken out of it in one commit with the box's own change.
"""

from typing import Any, ClassVar

import pytest

from partita.engine.business import Act, Business, Deciders, Desk, Look, Named, Steps, Try
from partita.engine.errors import DecisionFailed
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Refused
from partita.engine.verification import verify_ledger
from partita.kernel import commands
from partita.kernel.account import AccountType
from partita.kernel.book import Book
from partita.kernel.commands import ChangeMatter, OpenAccount, PlaceHold
from partita.kernel.context import Context
from partita.kernel.decide import decide
from partita.kernel.events import MatterChanged
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.kernel.velocity_limits import LimitScope, Window, WindowKind
from partita.wiring import Application, FullStore
from tests.plugins.steering import SeededEntropy, StandingClock, ask, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import FLOOR, accepted, open_accounts, pay, refused


class FillBox(Act, frozen=True, tag="box.fill"):
    """Make a box, and put money of an account into the box's own."""

    operation: ClassVar[str] = "boxes"

    title: str
    source: str
    amount: int
    holds: int = 0
    then_refuse: bool = False
    then_break: bool = False

    def names(self, named: Named) -> None:
        """Nothing: whatever its steps name is found then."""


class EmptyBox(Act, frozen=True, tag="box.empty"):
    """Let the box's hold go, and its money to an account."""

    operation: ClassVar[str] = "boxes/empty"

    box: str
    destination: str

    def names(self, named: Named) -> None:
        named.resources[self.box] = None


def fill(desk: Desk, command: FillBox) -> Steps:
    path = f"boxes:{command.title}"
    tried = yield Try(pay(command.source, "nowhere", 1))
    assert isinstance(tried, Rejection)
    yield OpenAccount(path, "USD", AccountType.LIABILITY)
    posted = yield pay(command.source, path, command.amount)
    held = None
    if command.holds:
        held = yield PlaceHold(path, command.holds, "USD")
    yield ChangeMatter(
        type="box.filled", kind="box", prefix="box_", status="full", title=command.title,
        body=posted.id, account_paths=(path,), external_id=f"x-{command.title}",
        related=() if held is None else (held.id,), wakes_at=Moment(desk.now + 10),
        about=command.source,
    )  # fmt: skip
    assert not command.then_break, "a defect"
    return Rejection(Code.RULE_DENIED, "No.") if command.then_refuse else None


def empty(desk: Desk, command: EmptyBox) -> Steps:
    box = desk.matter("box", command.box)
    if box is None:
        return Rejection(Code.MATTER_NOT_FOUND, "There is no such box.")
    assert desk.titled("box", box.title or "") == box
    yield Look(accounts=[command.destination])
    assert desk.account(command.destination) is not None
    for hold in box.related:
        assert desk.resource("hold", hold) is not None, "what a matter relates to comes with it"
        yield commands.ReleaseHold(hold)
    standing = desk.account(box.account_paths[0])
    assert standing is not None, "its accounts come with it"
    yield pay(box.account_paths[0], command.destination, standing.totals.posted_credits)
    yield ChangeMatter(
        type="box.emptied", kind="box", id=box.id, status="empty", title=box.title, body=box.body,
        account_paths=box.account_paths, about=box.about,
    )  # fmt: skip
    return None


DECIDERS: Deciders = {FillBox: fill, EmptyBox: empty}


def opener(_desk: Desk, path: str, _is_business: bool) -> OpenAccount | None:
    is_ours = path.startswith("auto:")
    return OpenAccount(path, "USD", AccountType.LIABILITY) if is_ours else None


@pytest.fixture
def shop(application: Application, ledger: Ledger, clock: StandingClock) -> Ledger:
    open_accounts(ledger, ["bank"])
    open_accounts(ledger, ["alice"], FLOOR)
    accepted(ask_one(ledger, pay("bank", "alice", 100)))
    business = Business(DECIDERS, opener)
    return Ledger(ledger.info, application.store, clock, SeededEntropy(4), business=business)


def matter_of(outcome: Any) -> MatterChanged:
    event = accepted(outcome).event
    assert isinstance(event, MatterChanged)
    return event


def test_all_facts_of_a_command_stand_together(shop: Ledger, store: FullStore) -> None:
    before = store.head(shop.info).sequence
    filled = matter_of(ask_one(shop, FillBox("a", "alice", 60, holds=20)))
    records = store.records(shop.info, before, 9)
    assert len(records) == 4
    assert filled.parts == tuple(record.event.id for record in records[:3])
    assert store.resource(shop.info, "box", filled.matter.id) == filled.matter
    assert store.resources(shop.info, ResourceFilter("box", about="alice"), None, 9) == [
        filled.matter
    ]
    assert store.matters_due(shop.info, Moment(filled.matter.wakes_at or 0), 9) == [filled.matter]
    assert store.matters_due(shop.info, Moment((filled.matter.wakes_at or 0) - 1), 9) == []
    emptied = matter_of(ask_one(shop, EmptyBox(filled.matter.id, "bank")))
    assert (emptied.matter.version, emptied.matter.status) == (2, "empty")
    assert emptied.matter.number == filled.matter.number
    about = store.records_about(shop.info, filled.matter.id, 0, 9)
    assert [r.event.type for r in about] == ["box.filled", "box.emptied"]  # type: ignore[union-attr]
    assert verify_ledger(store, shop.info).ok
    assert_sound(store, shop.info)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (FillBox("a", "alice", 101), Code.INSUFFICIENT_FUNDS),
        (FillBox("a", "alice", 60, then_refuse=True), Code.RULE_DENIED),
        (EmptyBox("box_1", "bank"), Code.MATTER_NOT_FOUND),
    ],
)
def test_what_is_refused_has_written_nothing(
    shop: Ledger, store: FullStore, command: Act, code: Code
) -> None:
    before = store.head(shop.info).sequence
    assert refused(ask_one(shop, command)) is code
    assert store.head(shop.info).sequence == before
    # Neither has it left anything behind in memory: the same names are free.
    matter_of(ask_one(shop, FillBox("a", "alice", 100)))
    assert_sound(store, shop.info)


def test_a_title_and_an_external_id_are_taken_once(shop: Ledger) -> None:
    matter_of(ask_one(shop, FillBox("a", "alice", 1)))
    assert refused(ask_one(shop, FillBox("a", "alice", 1))) is Code.PATH_TAKEN


def test_a_key_has_one_answer_after_a_restart_too(
    shop: Ledger, application: Application, clock: StandingClock
) -> None:
    command = FillBox("a", "alice", 5)
    first = ask(shop, wish(command, key="k"), wish(command, key="k"))
    assert [isinstance(each, Accepted) for each in first] == [True, True]
    assert (first[0].replayed, first[1].replayed) == (False, True)
    business = Business(DECIDERS, opener)
    again = Ledger(shop.info, application.store, clock, SeededEntropy(5), business=business)
    replayed = ask(again, wish(command, key="k"))[0]
    assert isinstance(replayed, Accepted)
    assert replayed.replayed
    assert replayed.record.event == accepted(first[0]).event
    other = ask(again, wish(FillBox("b", "alice", 5), key="k"))[0]
    assert isinstance(other, Refused)
    assert other.rejection.code is Code.IDEMPOTENCY_KEY_REUSED
    again.close()


def test_limits_count_what_business_moves(shop: Ledger) -> None:
    day = Window(WindowKind.ROLLING, seconds=86_400)
    limit = commands.SetLimit("d", LimitScope.ACCOUNT, "alice", "USD", day, max_amount=50)
    accepted(ask_one(shop, limit))
    matter_of(ask_one(shop, FillBox("a", "alice", 30)))
    ask_one(shop, pay("bank", "bank2", 1))  # a batch in between: nothing of the first is in memory
    assert refused(ask_one(shop, FillBox("b", "alice", 30))) is Code.VELOCITY_EXCEEDED
    matter_of(ask_one(shop, FillBox("b", "alice", 20)))
    assert refused(ask_one(shop, FillBox("c", "alice", 1))) is Code.VELOCITY_EXCEEDED


def test_a_defect_of_a_decider_fails_its_command_alone(shop: Ledger, store: FullStore) -> None:
    before = store.head(shop.info).sequence
    with pytest.raises(DecisionFailed):
        ask_one(shop, FillBox("a", "alice", 1, then_break=True))
    assert store.head(shop.info).sequence == before
    matter_of(ask_one(shop, FillBox("a", "alice", 100)))
    assert_sound(store, shop.info)


def test_a_dry_run_tells_and_leaves_nothing(shop: Ledger, store: FullStore) -> None:
    before = store.head(shop.info)
    dry = ask(shop, wish(FillBox("a", "alice", 60, holds=1), is_dry=True))[0]
    assert matter_of(dry).matter.status == "full"
    assert store.head(shop.info) == before
    matter_of(ask_one(shop, FillBox("a", "alice", 100)))
    assert_sound(store, shop.info)


def test_commands_of_one_batch_see_each_other(shop: Ledger, store: FullStore) -> None:
    many = [wish(FillBox(f"n{n}", "alice", 30)) for n in range(5)]
    outcomes = ask(shop, *many)
    assert [isinstance(each, Accepted) for each in outcomes] == [True] * 3 + [False] * 2
    assert_sound(store, shop.info)


def test_accounts_open_by_themselves_where_the_chart_says_so(
    shop: Ledger, store: FullStore
) -> None:
    posted = accepted(ask(shop, wish(pay("alice", "auto:x", 5), key="k"))[0])
    assert posted.event.id.startswith("txn_")
    assert store.account(shop.info, "auto:x") is not None
    assert refused(ask_one(shop, pay("alice", "other:x", 5))) is Code.ACCOUNT_NOT_FOUND
    assert refused(ask_one(shop, pay("alice", "auto:y", 500))) is Code.INSUFFICIENT_FUNDS
    assert store.account(shop.info, "auto:y") is None, "what is refused has opened nothing"
    replayed = ask(shop, wish(pay("alice", "auto:x", 5), key="k"))[0]
    assert isinstance(replayed, Accepted)
    assert replayed.replayed
    assert_sound(store, shop.info)


def test_a_matter_stands_while_it_is_in_force() -> None:
    book = Book()
    rule = ChangeMatter(type="rule.activated", kind="rule", prefix="rul_", status="active", body="")
    event = decide(book, rule, Context(Moment(1), 1, lambda prefix: f"{prefix}1"))
    assert isinstance(event, MatterChanged)
    book.keep(event.matter)
    assert list(book.standing_matters) == [("rule", "rul_1")]
