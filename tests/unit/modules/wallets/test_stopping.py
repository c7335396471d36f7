"""What stops a wallet stops its accounts in the same commit, each layer by itself, and lifts likewise."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.engine.verification import verify_ledger
from partita.kernel.account import AccountStatus, FreezeFlow
from partita.kernel.commands import FreezeAccount, PlaceHold
from partita.kernel.rejections import Code, Rejection
from partita.modules.wallets import acts
from partita.modules.wallets.customer import CUSTOMER_ACTIONS, CustomerState
from partita.modules.wallets.keeping import too_wide
from partita.modules.wallets.wallet import (
    MOST_ASSETS,
    MOST_POTS,
    WALLET_ACTIONS,
    Purpose,
    Wallet,
    WalletState,
)
from tests.unit.modules.wallets.counter import BANK, Counter, pay

STATUS = {
    None: AccountStatus.OPEN,
    FreezeFlow.IN: AccountStatus.FROZEN_IN,
    FreezeFlow.OUT: AccountStatus.FROZEN_OUT,
    FreezeFlow.BOTH: AccountStatus.FROZEN,
}


@pytest.mark.parametrize("flow", FreezeFlow)
def test_a_frozen_wallet_lets_through_the_other_direction_alone(
    counter: Counter, flow: FreezeFlow
) -> None:
    wallet = counter.wallet(counter.customer(), assets=("USD", "EUR"))
    for asset in wallet.assets:
        counter.fund(wallet, 100, asset)
    after = counter.made(acts.FreezeWallet(wallet=wallet.id, flow=flow, reason="asked by a court"))
    assert (after.state, after.flow, after.reason) == (
        WalletState.FROZEN, flow, "asked by a court",
    )  # fmt: skip
    for asset in wallet.assets:
        path = wallet.account(asset)
        into, out_of = pay(BANK[asset], path, 5, asset), pay(path, BANK[asset], 5, asset)
        for command, stops in ((into, FreezeFlow.IN), (out_of, FreezeFlow.OUT)):
            if flow in (stops, FreezeFlow.BOTH):
                assert counter.refused(command).code is Code.ACCOUNT_FROZEN
            else:
                counter.done(command)
    thawed = counter.made(acts.UnfreezeWallet(wallet=wallet.id))
    assert thawed.state is WalletState.ACTIVE
    counter.done(pay(wallet.account("USD"), BANK["USD"], 5))
    assert verify_ledger(counter.store, counter.ledger.info).ok


def test_a_customers_freeze_stops_what_goes_out_of_all_wallets_and_pots(counter: Counter) -> None:
    customer = counter.customer()
    wallets = [counter.wallet(customer), counter.wallet(customer)]
    pot = counter.made(acts.CreateSubwallet(wallet=wallets[0].id, purpose=Purpose.POT, name="p"))
    for each in (*wallets, pot):
        counter.fund(each, 10)
    before = counter.store.head(counter.ledger.info).sequence
    event = counter.done(acts.FreezeCustomer(customer=customer.id, reason="alert 5"))
    assert counter.customer_now(customer.id).state is CustomerState.FROZEN
    for each in (*wallets, pot):
        assert counter.wallet_now(each.id).state is WalletState.FROZEN
        path = each.account("USD")
        assert counter.refused(pay(path, BANK["USD"], 1)).code is Code.ACCOUNT_FROZEN
        assert counter.refused(PlaceHold(path, 1, "USD")).code is Code.ACCOUNT_FROZEN
        counter.fund(each, 1)
    records = counter.store.records(counter.ledger.info, before, 100)
    assert len({record.recorded_at for record in records[: len(event.parts) + 1]}) == 1
    refused = counter.refused(acts.UnfreezeWallet(wallet=wallets[0].id))
    assert refused.code is Code.INVALID_STATE, "its customer's freeze is lifted at the customer"
    assert "unfreeze" not in refused.facts["allowed_actions"]
    new = acts.CreateWallet(kind=wallets[0].kind, assets=("USD",), customer=customer.id)
    assert counter.refused(new).code is Code.INVALID_STATE
    counter.done(acts.UnfreezeCustomer(customer=customer.id))
    for each in (*wallets, pot):
        counter.done(pay(each.account("USD"), BANK["USD"], 11))


def test_a_wallet_stays_frozen_for_its_own_reason(counter: Counter) -> None:
    customer = counter.customer()
    wallet = counter.wallet(customer)
    counter.made(acts.FreezeWallet(wallet=wallet.id, flow=FreezeFlow.IN, reason="a sanction"))
    counter.done(acts.FreezeCustomer(customer=customer.id, reason="an alert"))
    assert counter.standing(wallet.account("USD")).status is AccountStatus.FROZEN
    counter.done(acts.UnfreezeCustomer(customer=customer.id))
    assert counter.standing(wallet.account("USD")).status is AccountStatus.FROZEN_IN
    counter.made(acts.LockWallet(wallet=wallet.id, reason="wrong code thrice"))
    assert counter.standing(wallet.account("USD")).status is AccountStatus.FROZEN
    unlocked = counter.made(acts.UnlockWallet(wallet=wallet.id))
    assert (unlocked.state, unlocked.flow) == (WalletState.FROZEN, FreezeFlow.IN)
    assert counter.standing(wallet.account("USD")).status is AccountStatus.FROZEN_IN


def test_an_account_frozen_by_hand_is_not_lifted_by_its_wallet(counter: Counter) -> None:
    wallet = counter.wallet(counter.customer())
    counter.done(FreezeAccount(wallet.account("USD"), "by hand"))
    counter.made(acts.FreezeWallet(wallet=wallet.id, flow=FreezeFlow.OUT, reason="an alert"))
    counter.made(acts.UnfreezeWallet(wallet=wallet.id))
    assert counter.standing(wallet.account("USD")).status is AccountStatus.FROZEN


def test_a_new_asset_of_a_frozen_wallet_is_frozen_too(counter: Counter) -> None:
    wallet = counter.wallet(counter.customer())
    counter.made(acts.FreezeWallet(wallet=wallet.id, flow=FreezeFlow.OUT, reason="an alert"))
    after = counter.made(acts.AddAsset(wallet=wallet.id, asset="EUR"))
    assert counter.standing(after.account("EUR")).status is AccountStatus.FROZEN_OUT


def test_nobodys_money_is_stopped_without_a_reason(counter: Counter) -> None:
    customer = counter.customer()
    wallet = counter.wallet(customer)
    for act in (
        acts.FreezeWallet(wallet=wallet.id),
        acts.LockWallet(wallet=wallet.id),
        acts.FreezeCustomer(customer=customer.id),
    ):
        assert counter.refused(act).code is Code.REASON_MISSING


@pytest.mark.parametrize("flow", FreezeFlow)
def test_a_freeze_that_stops_nothing_more_is_refused(counter: Counter, flow: FreezeFlow) -> None:
    customer = counter.customer()
    wallet = counter.wallet(customer)
    for freeze in (
        acts.FreezeWallet(wallet=wallet.id, flow=flow, reason="once"),
        acts.FreezeCustomer(customer=customer.id, flow=flow, reason="once"),
    ):
        counter.done(freeze)
        rejection = counter.refused(freeze)
        assert rejection.code is Code.INVALID_STATE
        assert "freeze" not in rejection.facts["allowed_actions"].split(",")


VERBS = {
    "add_asset": lambda wallet: acts.AddAsset(wallet=wallet, asset="EUR"),
    "add_subwallet": lambda wallet: acts.CreateSubwallet(wallet=wallet, purpose=Purpose.POT),
    "order": lambda wallet: acts.SetSpendOrder(wallet=wallet, order=()),
    "freeze": lambda wallet: acts.FreezeWallet(wallet=wallet, reason="why"),
    "unfreeze": lambda wallet: acts.UnfreezeWallet(wallet=wallet),
    "lock": lambda wallet: acts.LockWallet(wallet=wallet, reason="why"),
    "unlock": lambda wallet: acts.UnlockWallet(wallet=wallet),
    "close": lambda wallet: acts.CloseWallet(wallet=wallet),
}
IN_STATE = {
    WalletState.ACTIVE: (),
    WalletState.FROZEN: (lambda w: acts.FreezeWallet(wallet=w, flow=FreezeFlow.IN, reason="y"),),
    WalletState.LOCKED: (VERBS["lock"],),
    WalletState.CLOSED: (VERBS["close"],),
}


def test_every_verb_of_the_table_can_be_asked() -> None:
    assert {verb for row in WALLET_ACTIONS.values() for verb in row} == set(VERBS)
    assert set(WALLET_ACTIONS) == set(WalletState)
    assert set(CUSTOMER_ACTIONS) == set(CustomerState)


@pytest.mark.parametrize("state", WalletState)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_in_each_state_is_allowed_or_an_invalid_state(
    counter: Counter, state: WalletState, verb: str
) -> None:
    wallet = counter.wallet(counter.customer())
    for act in IN_STATE[state]:
        counter.done(act(wallet.id))
    before = counter.wallet_now(wallet.id)
    assert before.state is state
    if verb not in WALLET_ACTIONS[state]:
        rejection = counter.refused(VERBS[verb](wallet.id))
        assert rejection.code is Code.INVALID_STATE
        allowed = [each for each in rejection.facts["allowed_actions"].split(",") if each]
        assert allowed == list(WALLET_ACTIONS[state]) == list(before.allowed_actions)
        return
    counter.done(VERBS[verb](wallet.id))
    assert counter.wallet_now(wallet.id).state is WALLET_ACTIONS[state][verb]


CUSTOMER_VERBS = {
    "add_wallet": lambda customer: acts.CreateWallet(
        kind=acts.WalletKind.PERSONAL, assets=(), customer=customer
    ),
    "freeze": lambda customer: acts.FreezeCustomer(
        customer=customer, flow=FreezeFlow.BOTH, reason="why"
    ),
    "unfreeze": lambda customer: acts.UnfreezeCustomer(customer=customer),
    "close": lambda customer: acts.CloseCustomer(customer=customer),
}


@pytest.mark.parametrize("state", CustomerState)
@pytest.mark.parametrize("verb", CUSTOMER_VERBS)
def test_each_verb_in_each_state_of_a_customer(
    counter: Counter, state: CustomerState, verb: str
) -> None:
    customer = counter.customer()
    if state is CustomerState.FROZEN:
        counter.done(acts.FreezeCustomer(customer=customer.id, reason="why"))
    elif state is CustomerState.CLOSED:
        counter.done(acts.CloseCustomer(customer=customer.id))
    if verb not in CUSTOMER_ACTIONS[state]:
        rejection = counter.refused(CUSTOMER_VERBS[verb](customer.id))
        assert rejection.code is Code.INVALID_STATE
        assert rejection.facts["allowed_actions"] == ",".join(CUSTOMER_ACTIONS[state])
        return
    counter.done(CUSTOMER_VERBS[verb](customer.id))
    assert counter.customer_now(customer.id).state is CUSTOMER_ACTIONS[state][verb]


LAYERS = st.tuples(
    st.sampled_from(("customer", "wallet", "pot", "lock")),
    st.sampled_from((*FreezeFlow, None)),
)


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(layers=st.lists(LAYERS, max_size=8))
def test_accounts_stand_as_all_layers_together_say(
    counter: Counter, layers: list[tuple[str, FreezeFlow | None]]
) -> None:
    """Against a plain model: a set of stopped directions for each layer, and their union."""
    customer = counter.customer()
    wallet = counter.wallet(customer)
    pot = counter.made(acts.CreateSubwallet(wallet=wallet.id, purpose=Purpose.GOAL))
    stopped: dict[str, set[str]] = {name: set() for name in ("customer", "wallet", "pot", "lock")}
    for layer, flow in layers:
        is_new = flow is not None and not _words(flow) <= stopped[layer]
        act = _act(layer, flow, customer.id, wallet.id, pot.id)
        outcome = counter.ask(act)
        is_done = not isinstance(getattr(outcome, "rejection", None), Rejection)
        is_locked = bool(stopped["lock"])
        may = (is_new if flow is not None else bool(stopped[layer])) and not (
            # A locked wallet is told nothing else; its pot and its customer may be.
            is_locked and layer == "wallet"
        )
        assert is_done is may, (layer, flow, stopped)
        if is_done and layer == "lock":
            stopped[layer] = {"in", "out"} if flow is not None else set()
        elif is_done:
            stopped[layer] = set() if flow is None else stopped[layer] | _words(flow)
        above = stopped["customer"] | stopped["wallet"] | stopped["lock"]
        for each, wanted in ((wallet, above), (pot, above | stopped["pot"])):
            status = counter.standing(each.account("USD")).status
            assert status is STATUS[_flow(wanted)], (layer, flow, stopped)
            assert _flow(wanted) is counter.wallet_now(each.id).flow


def _act(layer: str, flow: FreezeFlow | None, customer: str, wallet: str, pot: str) -> acts.Act:
    if layer == "customer":
        if flow is None:
            return acts.UnfreezeCustomer(customer=customer)
        return acts.FreezeCustomer(customer=customer, flow=flow, reason="why")
    if layer == "lock":
        if flow is None:
            return acts.UnlockWallet(wallet=wallet)
        return acts.LockWallet(wallet=wallet, reason="why")
    which = wallet if layer == "wallet" else pot
    if flow is None:
        return acts.UnfreezeWallet(wallet=which)
    return acts.FreezeWallet(wallet=which, flow=flow, reason="why")


def _words(flow: FreezeFlow) -> set[str]:
    return {"in", "out"} if flow is FreezeFlow.BOTH else {flow.value}


def _flow(words: set[str]) -> FreezeFlow | None:
    return {0: None, 2: FreezeFlow.BOTH}.get(
        len(words), FreezeFlow(next(iter(words), "both"))
    )  # fmt: skip


def test_allowed_actions_say_what_is_allowed() -> None:
    wallet = Wallet(id="wal_1", kind=acts.WalletKind.PERSONAL, base="a")
    assert "unfreeze" not in wallet.allowed_actions
    inherited = msgspec.structs.replace(wallet, inherited=FreezeFlow.OUT)
    assert (inherited.state, "unfreeze" in inherited.allowed_actions) == (WalletState.FROZEN, False)


def test_one_wallet_with_all_its_pots_always_fits_into_a_commit() -> None:
    assets = tuple(f"A{n}" for n in range(MOST_ASSETS))
    wallet = Wallet(id="wal_1", kind=acts.WalletKind.PERSONAL, base="a", assets=assets)
    assert too_wide([wallet] * (MOST_POTS + 1)) is None
    rejection = too_wide([wallet] * 2 * (MOST_POTS + 1))
    assert rejection is not None
    assert rejection.code is Code.LIMIT_EXCEEDED
