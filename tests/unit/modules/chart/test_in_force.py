"""A chart in force: applied by version, opening accounts by itself, strict where it says so."""

from typing import Any, ClassVar

import pytest

from partita.engine.business import Act, Business, Desk, Steps, Try
from partita.engine.errors import NotFound
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused
from partita.engine.verification import verify_ledger
from partita.kernel.account import AccountType, Constraints, Side
from partita.kernel.asset import Asset
from partita.kernel.commands import (
    Bulk,
    CaptureHold,
    ChangeMatter,
    CloseAccount,
    Command,
    FreezeAccount,
    OpenAccount,
    PendTransaction,
    PlaceHold,
    PostTransaction,
    RegisterAsset,
)
from partita.kernel.events import HoldPlaced, MatterChanged
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.applying import DECIDERS, ApplyChart, RetireChart, apply_command
from partita.modules.chart.document import canonical, read_document
from partita.modules.chart.in_force import at_version, chart_of, gate, in_force, opener
from partita.modules.chart.ready import ready_chart
from partita.wiring import Application, FullStore
from tests.plugins.steering import SeededEntropy, StandingClock, ask, ask_one
from tests.properties.accountant import assert_sound
from tests.unit.engine.bookkeeping import accepted, refused
from tests.unit.modules.chart.charts import CUSTOMER, FEE

ALICE, BANK = "customers:alice:EUR", "bank:EUR"
TREE: dict[str, Any] = {
    "customers:{customer}:{asset}": {
        **CUSTOMER, "opens": True, "constraints": {"min_available": "0"},
    },
    "bank:{asset}": {"type": "asset", "class": "custody", "opens": True},
    "fees:{asset}": FEE,
}  # fmt: skip


class Place(Act, frozen=True, tag="place.look"):
    """Business that needs a place of the chart."""

    operation: ClassVar[str] = "places"

    role: str


def look(desk: Desk, command: Place) -> Steps:
    path = chart_of(desk).place(command.role, asset="EUR")
    yield OpenAccount(f"before:{command.role}", "EUR", AccountType.ASSET)
    path = chart_of(desk).place(command.role, asset="USD")
    yield ChangeMatter(type="place.found", kind="place", prefix="plc_", status="", body=path)
    return None


class Attempt(Act, frozen=True, tag="place.attempt"):
    """Business that tries to post, and goes on whatever comes of it."""

    operation: ClassVar[str] = "places/attempt"

    amount: int


def attempt(_desk: Desk, command: Attempt) -> Steps:
    tried = yield Try(pay("customers:new:EUR", "bank:new", command.amount))
    assert isinstance(tried, Rejection)
    tried = yield Try(pay("customers:new:EUR", BANK, command.amount))
    assert isinstance(tried, Rejection)
    posted = yield pay(BANK, "customers:other:EUR", command.amount)
    yield ChangeMatter(type="place.tried", kind="place", prefix="plc_", status="", body=posted.id)
    return None


@pytest.fixture
def books(application: Application, ledger: Ledger, clock: StandingClock) -> Ledger:
    business = Business({**DECIDERS, Place: look, Attempt: attempt}, opener=opener, gate=gate)
    return Ledger(ledger.info, application.store, clock, SeededEntropy(4), business=business)


def apply(tree: dict[str, Any] = TREE, if_version: int | None = None, **rest: Any) -> ApplyChart:
    return apply_command(read_document({"name": "small", "accounts": tree, **rest}), if_version)


def pay(debit: str, credit: str, amount: int = 5, asset: str = "EUR") -> PostTransaction:
    return PostTransaction(
        (Posting(debit, Side.DEBIT, amount, asset), Posting(credit, Side.CREDIT, amount, asset))
    )


def change(outcome: Outcome) -> MatterChanged:
    event = accepted(outcome).event
    assert isinstance(event, MatterChanged)
    return event


def test_before_any_chart_the_built_in_one_is_told_and_opens_nothing_by_itself(
    books: Ledger, store: FullStore
) -> None:
    now = in_force(store, books.info)
    assert (now.chart, now.version, now.status) == (ready_chart(), 0, "built_in")
    path = ready_chart().place("treasury", asset="EUR")
    assert refused(ask_one(books, pay(path, "custody:sepa:EUR"))) is Code.ACCOUNT_NOT_FOUND


def test_versions_count_and_each_can_be_read_again(books: Ledger, store: FullStore) -> None:
    first = change(ask_one(books, apply()))
    assert (first.type, first.matter.status, first.matter.version) == ("chart.applied", "active", 1)
    assert first.facts == {"name": "small", "added": "3", "removed": "0", "changed": "0"}
    less = {key: value for key, value in TREE.items() if key != "fees:{asset}"}
    second = change(ask_one(books, apply(less, if_version=1)))
    assert (second.matter.id, second.matter.version) == (first.matter.id, 2)
    assert second.facts == {"name": "small", "added": "0", "removed": "1", "changed": "0"}
    now = in_force(store, books.info)
    assert (now.version, now.status, len(now.chart.patterns)) == (2, "active", 2)
    assert len(at_version(store, books.info, 1).chart.patterns) == 3
    assert at_version(store, books.info, 2) == now
    for missing in (0, 3, -1):
        with pytest.raises(NotFound, match="up to 2"):
            at_version(store, books.info, missing)
    assert verify_ledger(store, books.info).ok
    assert_sound(store, books.info)


def test_the_version_that_was_seen_must_be_the_one_there_is(books: Ledger) -> None:
    assert refused(ask_one(books, apply(if_version=1))) is Code.VERSION_CONFLICT
    accepted(ask_one(books, apply(if_version=0)))
    assert refused(ask_one(books, apply(strict=True, if_version=0))) is Code.VERSION_CONFLICT
    assert refused(ask_one(books, RetireChart(if_version=2))) is Code.VERSION_CONFLICT
    accepted(ask_one(books, apply(strict=True, if_version=1)))


def test_the_same_chart_again_is_no_new_version(books: Ledger, store: FullStore) -> None:
    accepted(ask_one(books, apply()))
    assert refused(ask_one(books, apply())) is Code.DOCUMENT_UNCHANGED
    assert in_force(store, books.info).version == 1


def test_a_body_that_is_no_chart_is_refused_wherever_it_comes_from(books: Ledger) -> None:
    for body in ("", "{}", "[1]", '{"name":"a","accounts":{"a":{}}}'):
        assert refused(ask_one(books, ApplyChart(body))) is Code.CHART_CONFLICT


def test_one_key_applies_a_chart_once(books: Ledger, store: FullStore) -> None:
    [first, again] = ask(books, wish(apply(), key="k"), wish(apply(), key="k"))
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.replayed
    assert in_force(store, books.info).version == 1


def test_a_dry_run_applies_nothing(books: Ledger, store: FullStore) -> None:
    [tried] = ask(books, wish(apply(), is_dry=True))
    assert change(tried).matter.version == 1
    assert in_force(store, books.info).version == 0
    assert refused(ask_one(books, pay(BANK, ALICE))) is Code.ACCOUNT_NOT_FOUND


def test_a_retired_chart_opens_nothing_and_can_be_applied_again(
    books: Ledger, store: FullStore
) -> None:
    assert refused(ask_one(books, RetireChart())) is Code.INVALID_STATE
    accepted(ask_one(books, apply()))
    retired = change(ask_one(books, RetireChart(reason="moved")))
    assert (retired.matter.status, retired.matter.version, retired.reason) == (
        "retired", 2, "moved",
    )  # fmt: skip
    now = in_force(store, books.info)
    assert (now.status, now.version, now.chart) == ("retired", 2, ready_chart())
    assert refused(ask_one(books, pay(BANK, ALICE))) is Code.ACCOUNT_NOT_FOUND
    assert refused(ask_one(books, RetireChart())) is Code.INVALID_STATE
    assert change(ask_one(books, apply())).matter.version == 3


def test_accounts_open_by_themselves_with_the_transaction_that_needs_them(
    books: Ledger, store: FullStore
) -> None:
    accepted(ask_one(books, apply()))
    before = store.head(books.info).sequence
    record = accepted(ask_one(books, pay(BANK, ALICE), key="k"))
    assert record.sequence == before + 3
    alice = store.account(books.info, ALICE)
    assert alice is not None
    assert alice.account.type is AccountType.LIABILITY
    assert alice.account.asset == "EUR"
    assert alice.account.constraints == Constraints(min_available=0)
    assert alice.totals.posted_credits == 5
    again = ask_one(books, pay(BANK, ALICE), key="k")
    assert isinstance(again, Accepted)
    assert again.replayed
    assert accepted(ask_one(books, pay(BANK, ALICE))).sequence == before + 4
    assert verify_ledger(store, books.info).ok
    assert_sound(store, books.info)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (pay(ALICE, BANK), Code.INSUFFICIENT_FUNDS),
        (pay(BANK, "fees:EUR"), Code.ACCOUNT_NOT_FOUND),
        (pay(BANK, "elsewhere"), Code.ACCOUNT_NOT_FOUND),
        (pay(BANK, "customers:alice:USD"), Code.ASSET_MISMATCH),
        (pay("bank:XBT", "customers:alice:XBT", asset="XBT"), Code.ASSET_NOT_FOUND),
    ],
)
def test_what_is_refused_has_opened_nothing(
    books: Ledger, store: FullStore, command: Command, code: Code
) -> None:
    accepted(ask_one(books, apply()))
    before = store.head(books.info).sequence
    assert refused(ask_one(books, command)) is code
    assert store.head(books.info).sequence == before
    assert store.account(books.info, BANK) is None


def test_only_what_moves_money_opens_an_account(books: Ledger, store: FullStore) -> None:
    costs = {"type": "expense", "class": "reward", "opens": True}
    accepted(ask_one(books, apply({**TREE, "costs:{asset}": costs})))
    for command in (FreezeAccount(BANK), CloseAccount(BANK), PlaceHold(BANK, 5, "EUR")):
        assert refused(ask_one(books, command)) is Code.ACCOUNT_NOT_FOUND
    assert store.account(books.info, BANK) is None
    accepted(ask_one(books, PendTransaction(pay(BANK, ALICE).postings)))
    hold = accepted(ask_one(books, PlaceHold(BANK, 5, "EUR"))).event
    assert isinstance(hold, HoldPlaced)
    accepted(ask_one(books, CaptureHold(hold.hold.id, destination="costs:EUR")))
    for path in (BANK, ALICE, "costs:EUR"):
        assert store.account(books.info, path) is not None


def test_an_account_of_an_asset_of_the_ledgers_own_opens_too(
    books: Ledger, store: FullStore, clock: StandingClock
) -> None:
    accepted(ask_one(books, RegisterAsset(Asset("POINTS", 0))))
    accepted(ask_one(books, apply()))
    # Another writer has neither the asset nor the chart in memory, and no posting names the asset.
    business = Business(DECIDERS, opener, gate)
    fresh = Ledger(books.info, store, clock, SeededEntropy(9), business=business)
    accepted(ask_one(fresh, pay("bank:POINTS", "customers:a:POINTS", asset="POINTS")))
    assert store.account(books.info, "customers:a:POINTS") is not None


def test_accounts_open_for_the_items_of_a_bulk_atomic_or_not(
    books: Ledger, store: FullStore, clock: StandingClock
) -> None:
    accepted(ask_one(books, apply()))
    atomic = ask_one(books, Bulk((pay(BANK, ALICE), pay(BANK, ALICE)), atomic=True), key="a")
    assert isinstance(atomic, BulkDone)
    assert [isinstance(each, Accepted) for each in atomic.results] == [True, True]
    single = Bulk((pay("bank:USD", "customers:b:USD", asset="USD"), pay(BANK, "x")), atomic=False)
    loose = ask_one(books, single)
    assert isinstance(loose, BulkDone)
    assert [isinstance(each, Accepted) for each in loose.results] == [True, False]
    refusing = Bulk((pay(BANK, "customers:c:EUR"), pay(BANK, "x")), atomic=True)
    outcome = ask_one(books, refusing)
    assert isinstance(outcome, Refused)
    assert (outcome.index, outcome.rejection.code) == (1, Code.ACCOUNT_NOT_FOUND)
    assert store.account(books.info, "customers:c:EUR") is None
    fresh = Ledger(books.info, store, clock, SeededEntropy(9))
    for each in (books, fresh):
        again = ask_one(each, Bulk((pay(BANK, ALICE), pay(BANK, ALICE)), atomic=True), key="a")
        assert isinstance(again, BulkDone)
        assert [r.record for r in again.results if isinstance(r, Accepted)] == [
            r.record for r in atomic.results if isinstance(r, Accepted)
        ]
    assert verify_ledger(store, books.info).ok


OUTSIDE = [
    OpenAccount("elsewhere", "EUR", AccountType.ASSET),
    OpenAccount(ALICE, "EUR", AccountType.ASSET),
    OpenAccount(ALICE, "EUR", AccountType.LIABILITY, Side.DEBIT),
    OpenAccount(ALICE, "USD", AccountType.LIABILITY),
]


@pytest.mark.parametrize("command", OUTSIDE)
def test_a_strict_chart_lets_no_other_account_in(
    books: Ledger, store: FullStore, command: OpenAccount
) -> None:
    accepted(ask_one(books, apply(strict=True)))
    assert refused(ask_one(books, command)) is Code.ACCOUNT_OUTSIDE_CHART
    atomic = ask_one(books, Bulk((pay(BANK, "customers:b:EUR"), command), atomic=True))
    assert isinstance(atomic, Refused)
    assert (atomic.index, atomic.rejection.code) == (1, Code.ACCOUNT_OUTSIDE_CHART)
    alone = ask_one(books, Bulk((command,), atomic=True))
    assert isinstance(alone, Refused)
    assert alone.rejection.code is Code.ACCOUNT_OUTSIDE_CHART
    [tried] = ask(books, wish(command, is_dry=True))
    assert refused(tried) is Code.ACCOUNT_OUTSIDE_CHART
    assert store.account(books.info, command.path) is None
    accepted(ask_one(books, OpenAccount(ALICE, "EUR", AccountType.LIABILITY)))
    accepted(ask_one(books, OpenAccount("fees:EUR", "EUR", AccountType.INCOME)))


@pytest.mark.parametrize("command", OUTSIDE)
def test_a_chart_that_is_not_strict_is_in_nobodys_way(books: Ledger, command: OpenAccount) -> None:
    accepted(ask_one(books, apply()))
    accepted(ask_one(books, command))


def test_an_account_from_before_goes_on_outside_a_strict_chart(books: Ledger) -> None:
    accepted(ask_one(books, OpenAccount("elsewhere", "EUR", AccountType.ASSET)))
    accepted(ask_one(books, apply(strict=True)))
    accepted(ask_one(books, pay("elsewhere", ALICE)))


def test_every_ready_chart_can_be_applied(books: Ledger, store: FullStore) -> None:
    for version, name in enumerate(("neobank", "marketplace", "loyalty", "remittance"), start=1):
        accepted(ask_one(books, ApplyChart(canonical(ready_chart(name).document))))
        now = in_force(store, books.info)
        assert (now.version, now.chart.document.name) == (version, name)


def test_business_that_finds_no_place_in_the_chart_is_refused_as_a_whole(
    books: Ledger, store: FullStore
) -> None:
    assert change(ask_one(books, Place("treasury"))).matter.body == "treasury:USD"
    tree = {**TREE, "our:euro": {**FEE, "asset": "EUR", "role": "rounding"}}
    accepted(ask_one(books, apply(tree)))
    before = store.head(books.info).sequence
    for role in ("capital", "rounding"):
        assert refused(ask_one(books, Place(role))) is Code.ACCOUNT_OUTSIDE_CHART
    assert store.head(books.info).sequence == before
    accepted(ask_one(books, pay(BANK, ALICE)))


def test_what_was_only_tried_leaves_no_account_open(books: Ledger, store: FullStore) -> None:
    accepted(ask_one(books, apply()))
    before = store.head(books.info).sequence
    tried = change(ask_one(books, Attempt(5)))
    assert store.account(books.info, "customers:new:EUR") is None
    assert store.account(books.info, BANK) is not None
    # The bank, the other customer, the transaction, the matter.
    assert store.head(books.info).sequence == before + 4
    assert len(tried.parts) == 3
    accepted(ask_one(books, pay(BANK, "customers:new:EUR")))
    assert verify_ledger(store, books.info).ok
