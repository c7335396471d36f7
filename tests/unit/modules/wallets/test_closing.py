"""Closing asks for nothing left, or sweeps it, all in one commit; an expired pot gives back."""

import pytest

from partita.engine.verification import verify_ledger
from partita.kernel.account import AccountStatus
from partita.kernel.commands import PlaceHold
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CustomerState
from partita.modules.wallets.expiring import POTS, ExpiryProcess
from partita.modules.wallets.wallet import Purpose, WalletState
from tests.plugins.steering import StandingClock
from tests.unit.modules.wallets.counter import BANK, Counter, pay


def pots(counter: Counter) -> ExpiryProcess:
    """The process that ends expired pots."""
    ledger = counter.ledger
    return ExpiryProcess(POTS, lambda: [ledger.info], lambda _name: ledger, counter.store)


def test_an_empty_wallet_closes_with_its_pots(counter: Counter) -> None:
    customer = counter.customer()
    wallet = counter.wallet(customer, assets=("USD", "EUR"))
    pot = counter.made(acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.POT))
    counter.fund(pot, 5)
    counter.done(pay(pot.account("USD"), BANK["USD"], 5))
    closed = counter.made(acts.CloseWallet(wallet=wallet.id, reason="moved away"))
    assert (closed.state, closed.allowed_actions) == (WalletState.CLOSED, ())
    assert counter.wallet_now(pot.id).state is WalletState.CLOSED
    assert counter.customer_now(customer.id).wallets == ()
    for path in (*wallet.accounts, *pot.accounts):
        assert counter.standing(path).status is AccountStatus.CLOSED
    assert verify_ledger(counter.store, counter.ledger.info).ok


@pytest.mark.parametrize("where", ["wallet", "pot"])
def test_a_wallet_with_money_anywhere_below_it_does_not_close(counter: Counter, where: str) -> None:
    wallet = counter.wallet(counter.customer())
    pot = counter.made(acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.POT))
    counter.fund({"wallet": wallet, "pot": pot}[where], 5)
    rejection = counter.refused(acts.CloseWallet(wallet=wallet.id))
    assert (rejection.code, rejection.facts["amount"]) == (Code.WALLET_NOT_EMPTY, "5")


def test_everything_is_swept_into_another_wallet_in_one_commit(counter: Counter) -> None:
    wallet = counter.wallet(counter.customer(), assets=("USD", "EUR"))
    pot = counter.made(acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.POT))
    other = counter.wallet(counter.customer())
    counter.fund(wallet, 5)
    counter.fund(wallet, 9, "EUR")
    counter.fund(pot, 7)
    closed = counter.made(acts.CloseWallet(wallet=wallet.id, sweep_to=other.id))
    assert closed.state is WalletState.CLOSED
    after = counter.wallet_now(other.id)
    assert (counter.balance(after), counter.balance(after, "EUR")) == (12, 9)
    assert after.assets == ("USD", "EUR"), "at its first use the asset is the wallet's own"
    assert verify_ledger(counter.store, counter.ledger.info).ok


def test_what_is_held_cannot_be_swept(counter: Counter) -> None:
    wallet, other = counter.wallet(counter.customer()), counter.wallet(counter.customer())
    counter.fund(wallet, 5)
    counter.done(PlaceHold(wallet.account("USD"), 2, "USD"))
    rejection = counter.refused(acts.CloseWallet(wallet=wallet.id, sweep_to=other.id))
    assert rejection.code is Code.WALLET_NOT_EMPTY


def test_nothing_is_swept_where_it_cannot_stay(counter: Counter) -> None:
    wallet = counter.wallet(counter.customer())
    pot = counter.made(acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.POT))
    counter.fund(wallet, 5)
    into_itself = acts.CloseWallet(wallet=wallet.id, sweep_to=pot.id)
    assert counter.refused(into_itself).code is Code.WALLET_CLOSED
    nowhere = acts.CloseWallet(wallet=wallet.id, sweep_to="wal_nobody")
    assert counter.refused(nowhere).code is Code.WALLET_NOT_FOUND
    locked = counter.wallet(counter.customer())
    counter.done(acts.LockWallet(wallet=locked.id, reason="why"))
    to_locked = acts.CloseWallet(wallet=wallet.id, sweep_to=locked.id)
    assert counter.refused(to_locked).code is Code.ACCOUNT_FROZEN


def test_a_frozen_wallet_is_not_emptied_by_closing_it(counter: Counter) -> None:
    wallet, other = counter.wallet(counter.customer()), counter.wallet(counter.customer())
    counter.fund(wallet, 5)
    counter.done(acts.FreezeWallet(wallet=wallet.id, reason="why"))
    swept = acts.CloseWallet(wallet=wallet.id, sweep_to=other.id)
    assert counter.refused(swept).code is Code.ACCOUNT_FROZEN


def test_a_closed_pot_leaves_the_spend_order_of_its_parent(counter: Counter) -> None:
    wallet = counter.wallet(counter.customer())
    pot = counter.made(acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.POT, priority=0))
    counter.fund(pot, 3)
    counter.done(acts.CloseWallet(wallet=pot.id, sweep_to=wallet.id))
    after = counter.wallet_now(wallet.id)
    assert (after.pots, after.spend_order, counter.balance(after)) == ((), (wallet.id,), 3)


def test_a_customer_closes_with_all_wallets(counter: Counter) -> None:
    customer, heir = counter.customer(), counter.wallet(counter.customer())
    wallets = [counter.wallet(customer) for _ in range(3)]
    counter.fund(wallets[1], 4)
    assert counter.refused(acts.CloseCustomer(customer=customer.id)).code is Code.WALLET_NOT_EMPTY
    counter.done(acts.CloseCustomer(customer=customer.id, sweep_to=heir.id, reason="left"))
    assert counter.customer_now(customer.id).state is CustomerState.CLOSED
    assert [counter.wallet_now(w.id).state for w in wallets] == [WalletState.CLOSED] * 3
    assert counter.balance(heir) == 4
    assert verify_ledger(counter.store, counter.ledger.info).ok


def test_an_expired_pot_gives_back_to_its_parent(counter: Counter, clock: StandingClock) -> None:
    wallet = counter.wallet(counter.customer())
    moment = Moment(clock.now() + 60_000_000)
    pot = counter.made(
        acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.GOAL, expires_at=moment)
    )
    counter.fund(pot, 8)
    process = pots(counter)
    assert process.run_once(clock.now()) == 0
    early = acts.ExpireSubwallet(wallet=pot.id)
    assert counter.refused(early).code is Code.INVALID_STATE
    clock.moment = moment
    assert process.run_once(moment) == 1
    assert counter.wallet_now(pot.id).state is WalletState.CLOSED
    assert counter.balance(wallet) == 8
    assert process.run_once(moment) == 0


def test_a_frozen_pot_keeps_its_money_beyond_its_moment(
    counter: Counter, clock: StandingClock
) -> None:
    wallet = counter.wallet(counter.customer())
    moment = Moment(clock.now() + 1_000_000)
    pot = counter.made(
        acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.GOAL, expires_at=moment)
    )
    counter.fund(pot, 8)
    counter.done(acts.FreezeWallet(wallet=pot.id, reason="why"))
    clock.moment = moment
    process = pots(counter)
    assert process.run_once(moment) == 0
    assert counter.balance(pot) == 8
    counter.done(acts.UnfreezeWallet(wallet=pot.id))
    assert process.run_once(moment) == 0, "what was refused is not asked again at once"
    assert process.run_once(Moment(moment + 60_000_000)) == 1
    assert counter.balance(wallet) == 8
