"""Points and vouchers are granted, spent beside cash, and end; all of it in the books."""

import pytest

from partita.engine.verification import verify_ledger
from partita.kernel.account import FreezeFlow
from partita.kernel.commands import PlaceHold, ReleaseHold
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.loyalty import acts
from partita.modules.loyalty.deciding import ENDING
from partita.modules.loyalty.lots import POINTS, Purse, purse_title, read_purse
from partita.modules.wallets import acts as wallet_acts
from partita.modules.wallets.expiring import ExpiryProcess
from partita.modules.wallets.wallet import Purpose, Wallet, WalletKind
from tests.plugins.steering import StandingClock
from tests.unit.modules.wallets.counter import Counter, pay

DAY = 86_400_000_000


def household(counter: Counter, *, first: int | None = 0) -> tuple[Wallet, Wallet]:
    """A wallet with cash, and one of points below it, which is drawn on in this turn."""
    cash = counter.wallet(counter.customer())
    points = counter.made(
        wallet_acts.CreateSubwallet(
            wallet=cash.id, purpose=Purpose.POINTS, kind=WalletKind.LOYALTY, assets=("PTS",),
            priority=first,
        )
    )  # fmt: skip
    return counter.wallet_now(cash.id), points


def purse(counter: Counter, wallet: Wallet, asset: str = "PTS") -> Purse:
    event = counter.done(acts.Grant(wallet=wallet.id, asset=asset, amount=1))
    assert event.matter.title == purse_title(wallet.id, asset)
    found = read_purse(counter.store.resource(counter.ledger.info, POINTS, event.matter.id))  # type: ignore[arg-type]
    assert found is not None
    return found


def ending(counter: Counter) -> ExpiryProcess:
    ledger = counter.ledger
    return ExpiryProcess(ENDING, lambda: [ledger.info], lambda _name: ledger, counter.store)


def house(counter: Counter, path: str) -> int:
    """Debits less credits of one of our own accounts."""
    totals = counter.standing(path).totals
    return totals.posted_debits - totals.posted_credits


def test_points_are_granted_at_the_issuers_cost(counter: Counter, clock: StandingClock) -> None:
    _cash, points = household(counter)
    event = counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=500, reason="welcome"))
    assert (event.type, event.reason, event.facts["granted"]) == (
        "points.granted",
        "welcome",
        "500",
    )
    assert counter.balance(points, "PTS") == 500
    assert house(counter, "rewards:PTS") == 500
    ends = Moment.parse(event.facts["expires_at"])
    assert clock.moment - 10 <= ends - 30 * DAY <= clock.moment
    assert verify_ledger(counter.store, counter.ledger.info).ok


def test_a_payment_draws_on_points_then_cash(counter: Counter) -> None:
    cash, points = household(counter)
    counter.fund(cash, 1_000)
    counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=5_050))
    shop = counter.wallet(counter.customer(), kind=WalletKind.MERCHANT)
    event = counter.done(
        acts.Spend(wallet=cash.id, destination=shop.id, asset="USD", amount=300), "once"
    )
    assert event.type == "spending.made"
    assert counter.balance(points, "PTS") == 50, "5,000 points are worth 50 cents; 50 are left"
    assert (counter.balance(cash), counter.balance(shop)) == (750, 300)
    assert house(counter, "rewards:USD") == 50, "the issuer pays what points are worth"
    assert house(counter, "rewards:PTS") == 50, "what was spent is back where it was issued"
    again = counter.done(
        acts.Spend(wallet=cash.id, destination=shop.id, asset="USD", amount=300), "once"
    )
    assert (again.matter, counter.balance(shop)) == (event.matter, 300)
    assert verify_ledger(counter.store, counter.ledger.info).ok


def test_the_declared_order_counts(counter: Counter) -> None:
    cash, points = household(counter)
    pot = counter.made(
        wallet_acts.CreateSubwallet(wallet=cash.id, purpose=Purpose.POT, assets=("USD",))
    )
    counter.fund(cash, 100)
    counter.fund(pot, 100)
    counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=1_000))
    order = (pot.id, cash.id, points.id)
    counter.done(
        acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=150, order=order)
    )
    assert (counter.balance(pot), counter.balance(cash), counter.balance(points, "PTS")) == (
        0, 50, 1_000,
    )  # fmt: skip
    too_much = acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=61)
    rejection = counter.refused(too_much)
    assert (rejection.code, rejection.facts["short_by"]) == (Code.INSUFFICIENT_FUNDS, "1")
    stranger = counter.wallet(counter.customer())
    elsewhere = acts.Spend(
        wallet=cash.id, destination="fees:x:USD", asset="USD", amount=1, order=(stranger.id,)
    )
    assert counter.refused(elsewhere).code is Code.WALLET_NOT_FOUND


def test_a_voucher_is_money_with_an_end(counter: Counter, clock: StandingClock) -> None:
    cash = counter.wallet(counter.customer())
    vouchers = counter.made(
        wallet_acts.CreateSubwallet(
            wallet=cash.id, purpose=Purpose.VOUCHERS, kind=WalletKind.LOYALTY, priority=0
        )
    )
    ends = Moment(clock.now() + DAY)
    counter.done(acts.Grant(wallet=vouchers.id, asset="USD", amount=500, expires_at=ends))
    counter.fund(cash, 100)
    counter.done(acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=200))
    assert (counter.balance(vouchers), counter.balance(cash)) == (300, 100)
    clock.moment = ends
    late = acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=101)
    assert counter.refused(late).code is Code.INSUFFICIENT_FUNDS, "an ended voucher is not there"
    assert ending(counter).run_once(ends) == 1
    assert (counter.balance(vouchers), -house(counter, "breakage:USD")) == (0, 300)


def test_unspent_points_end_as_breakage(counter: Counter, clock: StandingClock) -> None:
    cash, points = household(counter)
    soon, later = Moment(clock.now() + DAY), Moment(clock.now() + 2 * DAY)
    counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=300, expires_at=later))
    counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=200, expires_at=soon))
    counter.done(acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=1))
    process = ending(counter)
    assert process.run_once(clock.now()) == 0
    clock.moment = soon
    assert process.run_once(soon) == 1
    assert counter.balance(points, "PTS") == 300, "of those that end first, 100 were spent"
    assert -house(counter, "breakage:PTS") == 100
    assert process.run_once(soon) == 0
    clock.moment = later
    assert process.run_once(later) == 1
    assert (counter.balance(points, "PTS"), -house(counter, "breakage:PTS")) == (0, 400)
    assert verify_ledger(counter.store, counter.ledger.info).ok


def test_what_moves_points_by_another_way_takes_those_that_end_first(
    counter: Counter, clock: StandingClock
) -> None:
    _cash, points = household(counter)
    _other, elsewhere = household(counter)
    soon = Moment(clock.now() + DAY)
    counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=100, expires_at=soon))
    counter.done(pay(points.account("PTS"), elsewhere.account("PTS"), 70, "PTS"))
    kept = purse(counter, points)
    assert (kept.lots[0].amount, kept.lots[0].expires_at) == (30, soon)
    clock.moment = soon
    assert ending(counter).run_once(soon) == 1
    assert counter.balance(points, "PTS") == 1
    assert purse(counter, elsewhere).lots[-1].expires_at is None, "they came without an end"


def test_held_points_do_not_end_under_the_hold(counter: Counter, clock: StandingClock) -> None:
    _cash, points = household(counter)
    soon = Moment(clock.now() + DAY)
    counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=100, expires_at=soon))
    hold = counter.done(PlaceHold(points.account("PTS"), 60, "PTS")).id
    clock.moment = soon
    process = ending(counter)
    assert process.run_once(soon) == 1
    assert counter.balance(points, "PTS") == 60
    counter.done(ReleaseHold(hold))
    assert process.run_once(soon) == 1
    assert counter.balance(points, "PTS") == 0


def test_a_frozen_source_is_passed_over(counter: Counter) -> None:
    cash, points = household(counter)
    counter.fund(cash, 100)
    counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=1_000))
    counter.done(wallet_acts.FreezeWallet(wallet=points.id, flow=FreezeFlow.OUT, reason="a doubt"))
    counter.done(acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=10))
    assert (counter.balance(points, "PTS"), counter.balance(cash)) == (1_000, 90)
    counter.done(wallet_acts.LockWallet(wallet=cash.id, reason="why"))
    nothing = acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=10)
    assert counter.refused(nothing).code is Code.ACCOUNT_FROZEN


def test_other_terms_count_from_then_on(counter: Counter) -> None:
    cash, points = household(counter)
    counter.done(acts.Grant(wallet=points.id, asset="PTS", amount=1_000))
    counter.done(acts.SetProgram(asset="PTS", money="USD", points=10, worth=1))
    counter.done(acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=100))
    assert counter.balance(points, "PTS") == 0


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"asset": "XYZ"}, Code.ASSET_NOT_FOUND),
        ({"points": 0}, Code.AMOUNT_OUT_OF_RANGE),
        ({"worth": 0}, Code.AMOUNT_OUT_OF_RANGE),
        ({"expires_after_days": 0}, Code.INVALID_EXPIRY),
    ],
)
def test_a_program_makes_sense(counter: Counter, how: dict[str, object], code: Code) -> None:
    given = {"asset": "PTS", "money": "USD"} | how
    assert counter.refused(acts.SetProgram(**given)).code is code  # type: ignore[arg-type]


def test_a_grant_goes_to_a_loyalty_wallet_and_not_into_the_past(counter: Counter) -> None:
    cash, points = household(counter)
    wrong = acts.Grant(wallet=cash.id, asset="PTS", amount=5)
    assert counter.refused(wrong).code is Code.ASSET_NOT_IN_WALLET
    past = acts.Grant(wallet=points.id, asset="PTS", amount=5, expires_at=Moment(5))
    assert counter.refused(past).code is Code.INVALID_EXPIRY
    nothing = acts.Grant(wallet=points.id, asset="PTS", amount=0)
    assert counter.refused(nothing).code is Code.AMOUNT_OUT_OF_RANGE
    nobody = acts.Grant(wallet="wal_nobody", asset="PTS", amount=1)
    assert counter.refused(nobody).code is Code.WALLET_NOT_FOUND
    empty = acts.Spend(wallet=cash.id, destination="fees:x:USD", asset="USD", amount=0)
    assert counter.refused(empty).code is Code.AMOUNT_OUT_OF_RANGE
