"""Customers and wallets begin: accounts by the chart, names once, pots in their place."""

import pytest

from partita.engine.verification import verify_ledger
from partita.kernel.account import AccountStatus, AccountType
from partita.kernel.asset import Asset
from partita.kernel.commands import OpenAccount, RegisterAsset
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.wallets import acts
from partita.modules.wallets.customer import MOST_WALLETS, CustomerState
from partita.modules.wallets.wallet import Purpose, WalletKind, WalletState
from tests.unit.modules.wallets.counter import BANK, Counter, pay


def test_a_customer_is_a_token_with_wallets(counter: Counter) -> None:
    customer = counter.customer(tier="verified", metadata={"segment": "retail"})
    assert customer.id.startswith("cus_")
    assert (customer.state, customer.wallets) == (CustomerState.ACTIVE, ())
    wallet = counter.wallet(customer, assets=("USD", "EUR"), name="main")
    assert counter.customer_now(customer.id).wallets == (wallet.id,)
    assert (wallet.customer, wallet.state, wallet.spend_order) == (
        customer.id, WalletState.ACTIVE, (wallet.id,),
    )  # fmt: skip
    assert verify_ledger(counter.store, counter.ledger.info).ok


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (WalletKind.PERSONAL, "customers:{0}:wallets:"),
        (WalletKind.MERCHANT, "merchants:{0}:wallets:"),
        (WalletKind.COMPANY, "customers:{0}:business:"),
        (WalletKind.LOYALTY, "customers:{0}:points:"),
        (WalletKind.ESCROW, "customers:{0}:escrow:"),
        (WalletKind.SETTLEMENT, "merchants:{0}:payouts:"),
    ],
)
def test_each_kind_of_wallet_has_its_place_in_the_chart(
    counter: Counter, kind: WalletKind, place: str
) -> None:
    customer = counter.customer()
    wallet = counter.wallet(customer, kind=kind)
    assert wallet.base == place.format(customer.id) + wallet.id
    account = counter.standing(wallet.account("USD"))
    assert account.account.constraints.min_available == 0
    counter.fund(wallet, 5)
    assert counter.balance(wallet) == 5


def test_the_house_has_wallets_too(counter: Counter) -> None:
    assert counter.wallet(kind=WalletKind.COMPANY).base.startswith("customers:house:business:wal_")


def test_a_name_is_taken_once_by_each_owner(counter: Counter) -> None:
    one, other = counter.customer(), counter.customer()
    wallet = counter.wallet(one, name="main")
    counter.wallet(other, name="main")
    again = acts.CreateWallet(
        kind=WalletKind.PERSONAL, assets=("USD",), customer=one.id, name="main"
    )
    rejection = counter.refused(again)
    assert (rejection.code, rejection.facts) == (
        Code.TITLE_TAKEN, {"existing_resource_id": wallet.id},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"customer": "cus_nobody"}, Code.CUSTOMER_NOT_FOUND),
        ({"assets": ("USD", "GOLD")}, Code.ASSET_NOT_FOUND),
    ],
)
def test_a_wallet_of_nothing_known_is_refused(
    counter: Counter, how: dict[str, object], code: Code
) -> None:
    given = {"kind": WalletKind.PERSONAL, "assets": ("USD",), "customer": counter.customer().id}
    assert counter.refused(acts.CreateWallet(**given | how)).code is code  # type: ignore[arg-type]


def test_a_wallet_takes_in_another_asset_once(counter: Counter) -> None:
    wallet = counter.wallet(counter.customer())
    counter.done(RegisterAsset(Asset("GOLD", 3)))
    after = counter.made(acts.AddAsset(wallet=wallet.id, asset="GOLD"))
    assert after.assets == ("USD", "GOLD")
    assert counter.standing(after.account("GOLD")).status is AccountStatus.OPEN
    assert counter.refused(acts.AddAsset(wallet=wallet.id, asset="GOLD")).code is Code.PATH_TAKEN


def test_a_pot_is_a_wallet_with_a_place_in_the_spend_order(counter: Counter) -> None:
    customer = counter.customer()
    wallet = counter.wallet(customer, assets=("USD", "EUR"))
    holidays = counter.made(
        acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.POT, name="holidays", priority=0)
    )
    taxes = counter.made(acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.RESERVE))
    after = counter.wallet_now(wallet.id)
    assert (holidays.parent, holidays.customer, holidays.assets) == (
        wallet.id, customer.id, ("USD", "EUR"),
    )  # fmt: skip
    assert after.pots == (holidays.id, taxes.id)
    assert after.spend_order == (holidays.id, wallet.id), "a reserve is not drawn on by itself"
    ordered = counter.made(acts.SetSpendOrder(wallet=wallet.id, order=(wallet.id, taxes.id)))
    assert ordered.spend_order == (wallet.id, taxes.id)
    stranger = counter.wallet(customer)
    wrong = acts.SetSpendOrder(wallet=wallet.id, order=(stranger.id,))
    assert counter.refused(wrong).code is Code.WALLET_NOT_FOUND
    below = acts.CreateSubwallet(wallet=holidays.id, purpose=Purpose.GOAL)
    assert counter.refused(below).code is Code.INVALID_STATE


def test_a_pot_cannot_have_expired_already(counter: Counter) -> None:
    wallet = counter.wallet(counter.customer())
    past = acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.GOAL, expires_at=Moment(5))
    assert counter.refused(past).code is Code.INVALID_EXPIRY


def test_a_customer_has_an_end_of_wallets(counter: Counter) -> None:
    customer = counter.customer()
    for _ in range(MOST_WALLETS):
        counter.wallet(customer, assets=())
    more = acts.CreateWallet(kind=WalletKind.PERSONAL, assets=(), customer=customer.id)
    assert counter.refused(more).code is Code.LIMIT_EXCEEDED


def test_no_account_of_a_wallet_opens_by_itself(counter: Counter) -> None:
    """It would be open while the wallet is frozen, which would not know of it."""
    wallet = counter.wallet(counter.customer())
    into = pay(BANK["EUR"], wallet.account("EUR"), 5, "EUR")
    assert counter.refused(into).code is Code.ACCOUNT_NOT_FOUND


def test_an_account_opened_by_hand_is_taken_in(counter: Counter) -> None:
    wallet = counter.wallet(counter.customer())
    counter.done(OpenAccount(wallet.account("EUR"), "EUR", AccountType.LIABILITY))
    counter.done(acts.FreezeWallet(wallet=wallet.id, reason="why"))
    after = counter.made(acts.AddAsset(wallet=wallet.id, asset="EUR"))
    assert counter.standing(after.account("EUR")).status is AccountStatus.FROZEN
