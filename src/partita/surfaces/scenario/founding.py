"""Founding a bank: its customers, their wallets, the rate at which it exchanges, its card fee."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from partita.engine.asking import ask_all
from partita.engine.errors import PartitaError
from partita.engine.idempotency import wish
from partita.engine.ledger import Ledger
from partita.engine.outcome import Accepted
from partita.engine.wanting import Act
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.modules.fx.ledger_rates import DayOfRates, PublishRates
from partita.modules.fx.policy import Policy, SetPolicy
from partita.modules.fx.rates import ALWAYS
from partita.modules.rules.commands import ActivateRule
from partita.modules.rules.document import read_rule
from partita.modules.wallets.acts import CreateCustomer, CreateWallet
from partita.modules.wallets.customer import CustomerKind
from partita.modules.wallets.wallet import WalletKind
from partita.surfaces.scenario.month import ASSET, OTHER_ASSET, Town
from partita.wiring import RULEBOOK

PROVIDER = "bank"
CARD_FEE: Mapping[str, Any] = {
    "name": "card-fee",
    "on": "payment.captured",
    "asset": ASSET,
    "fee": {"to": "fees:card", "percentage": "1.5%", "fixed": "30", "cap": "500"},
}
"""What merchants pay for a captured payment: 1.5 % and 30 cents, 5 euros at most."""
_RATE = "1.0850"
_WAVE = 500


def found(ledger: Ledger, people: int, merchants: int) -> Town:
    """Let so many people and merchants come, each with a wallet; who lives there."""
    persons = _wallets(ledger, "p", people, CustomerKind.PERSON, WalletKind.PERSONAL)
    shops = _wallets(ledger, "m", merchants, CustomerKind.BUSINESS, WalletKind.MERCHANT)
    days = (DayOfRates(ALWAYS, {f"{ASSET}/{OTHER_ASSET}": _RATE}),)
    policy = Policy(base=ASSET, provider=PROVIDER, spread_bps=50)
    _all(ledger, "exchange", [PublishRates(PROVIDER, days), SetPolicy(policy)])
    fee = RULEBOOK.save_command(read_rule(CARD_FEE))
    _all(ledger, "rules", [fee, ActivateRule(fee.name, without_backtest=True)])
    return Town(persons, shops)


def _wallets(
    ledger: Ledger, letter: str, count: int, kind: CustomerKind, wallet: WalletKind
) -> tuple[str, ...]:
    """Customers of a kind with a wallet each; the wallets' ids."""
    wanted = [CreateCustomer(kind=kind, external_id=f"{letter}{n}") for n in range(count)]
    customers = _all(ledger, f"customers:{letter}", wanted)
    assets = (ASSET, OTHER_ASSET) if wallet is WalletKind.PERSONAL else (ASSET,)
    opened = _all(
        ledger, f"wallets:{letter}",
        [CreateWallet(kind=wallet, customer=each.id, assets=assets) for each in customers],
    )  # fmt: skip
    return tuple(each.id for each in opened)


def _all(ledger: Ledger, key: str, acts: Sequence[Act]) -> list[Matter]:
    """Have all of these decided; what they made."""
    made: list[Matter] = []
    for start in range(0, len(acts), _WAVE):
        made += _wave(ledger, key, start, acts[start : start + _WAVE])
    return made


def _wave(ledger: Ledger, key: str, start: int, acts: Iterable[Act]) -> Iterable[Matter]:
    wishes = [wish(act, key=f"{key}:{start + n}") for n, act in enumerate(acts)]
    for outcome in ask_all(ledger, wishes):
        if not isinstance(outcome, Accepted):
            raise PartitaError(f"the town cannot be founded: {outcome}")
        assert isinstance(outcome.record.event, MatterChanged), (
            "business commands end with a matter"
        )
        yield outcome.record.event.matter
