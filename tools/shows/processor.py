"""A processor's charges, refunds, disputes, fees and payouts, with the fee and net of its own file.

The input are the sample objects that Stripe publishes beside its interface: one of each kind, which
point at each other and yet are no history (a dispute of 10.00 is about a charge of 1.00). So each
object is played for itself, on what it needs, and every figure of it is looked up in the ledger.
The only balance transaction in the file has a fee of 0; a second one, made up in the same form with
2.9 % + 0.30, shows the split of a fee that is not nothing.
"""

import gzip
import sys
from collections.abc import Callable
from typing import Any

import msgspec

from partita import wiring
from partita.adapters.formats import stripe
from partita.config import Settings
from partita.engine.outcome import Outcome, Refused
from partita.engine.verification import verify_ledger
from partita.kernel.moment import Moment
from partita.modules.payments import acts
from partita.modules.payments.lifecycle import Status, Verb
from partita.modules.payments.payment import Payment
from tools.asking import Books
from tools.showing import Show, main

FIXTURES = ("processors", "stripe", "fixtures3.json.gz")
KINDS = 10
RAIL = "stripe"
CARDHOLDER, MERCHANT = "customers:cardholder:wallets:card", "merchants:shop:wallets:sales"
PLATFORM, CONNECTED = "merchants:platform:wallets:main", "merchants:connected:wallets:main"
_FAR = Moment.parse("2100-01-01T00:00:00Z")
MADE_UP = stripe.BalanceTransaction(
    id="txn_made_up", amount=10_000, currency="usd", created=0, fee=320, net=9_680,
    type="charge", source="ch_made_up", status="available",
    fee_details=(stripe.FeeDetail(amount=320, currency="usd", type="stripe_fee"),),
)  # fmt: skip


class Desk(Books):
    """The books, with what all plays here need."""

    def step(self, payment: Payment, verb: Verb, **more: Any) -> Payment:
        """Take a payment one step further."""
        return self.do(acts.Advance(payment=payment.id, verb=verb, **more))

    def balance(self, path: str) -> int:
        """What is posted on an account of dollars."""
        return super().balance(f"{path}:USD")

    def custody(self) -> int:
        """What the processor holds for us."""
        return self.balance(f"custody:{RAIL}")


def play_charge(books: Desk, moved: stripe.BalanceTransaction) -> Payment:
    """The card pays gross, the merchant pays the fee, and the processor keeps it."""
    gross = _money(moved)
    books.do(acts.CreateDeposit(destination=f"{CARDHOLDER}:{moved.asset}", rail=RAIL, **gross))
    parties: dict[str, Any] = {
        "source": f"{CARDHOLDER}:{moved.asset}",
        "destination": f"{MERCHANT}:{moved.asset}",
    }
    payment = books.do(
        acts.CreatePayment(
            begin=Verb.AUTHORIZE, expires_at=_FAR, metadata={"charge": moved.source or ""},
            **parties, **gross,
        )
    )  # fmt: skip
    payment = books.step(payment, Verb.CAPTURE)
    if moved.fee:
        fee: dict[str, Any] = {"amount": moved.fee, "asset": moved.asset}
        books.do(acts.ChargeFee(source=f"{MERCHANT}:{moved.asset}", kind="processor", **fee))
        books.do(
            acts.Adjust(
                source=f"fees:processor:{moved.asset}", destination=f"custody:{RAIL}:{moved.asset}",
                reason="the processor keeps its fee", **fee,
            )
        )  # fmt: skip
    return payment


def charge(show: Show, books: Desk, found: stripe.Charge, moved: stripe.BalanceTransaction) -> None:
    """A charge, by the balance transaction that says what became of it."""
    show.equal("charge: what its balance transaction is about", moved.source, found.id)
    _charge(show, books, "charge", moved)
    _charge(show, books, "made-up charge with a fee", MADE_UP)


def _charge(show: Show, books: Desk, name: str, moved: stripe.BalanceTransaction) -> None:
    merchant, custody = books.balance(MERCHANT), books.custody()
    payment = play_charge(books, moved)
    show.equal(f"{name}: gross captured", payment.captured, moved.amount)
    net = books.balance(MERCHANT) - merchant
    show.equal(f"{name}: fee", payment.captured - net, moved.fee)
    show.equal(f"{name}: net to the merchant", net, moved.net)
    show.equal(f"{name}: net in custody at the processor", books.custody() - custody, moved.net)


def _a_charge_of(books: Desk, amount: int) -> Payment:
    plain = msgspec.structs.replace(MADE_UP, amount=amount, fee=0, net=amount, fee_details=())
    return play_charge(books, plain)


def refund(show: Show, books: Desk, found: stripe.Refund) -> None:
    """Back to the card: off the merchant, and out of what the processor holds."""
    payment = _a_charge_of(books, found.amount)
    merchant, custody = books.balance(MERCHANT), books.custody()
    made = books.do(acts.CreateRefund(payment=payment.id, amount=found.amount))
    out = books.do(
        acts.CreateWithdrawal(
            source=f"{CARDHOLDER}:USD",
            amount=found.amount,
            asset="USD",
            rail=RAIL,
            beneficiary="card",
        )
    )
    out = books.step(out, Verb.SUBMIT, rail=RAIL, submission=found.id)
    books.step(out, Verb.SETTLE)
    show.equal("refund: status", made.state.value, found.status)
    show.equal("refund: from the merchant", merchant - books.balance(MERCHANT), found.amount)
    show.equal("refund: from custody at the processor", custody - books.custody(), found.amount)
    again = books.ask(acts.CreateRefund(payment=payment.id, amount=1))[0]
    show.equal("refund: one cent more is refused", _code(again), "refund_exceeds_captured")


def dispute(show: Show, books: Desk, found: stripe.Dispute, charged: stripe.Charge) -> None:
    """An inquiry moves nothing, which is why the file has no balance transaction for it."""
    small = _a_charge_of(books, charged.amount)
    opening: dict[str, Any] = {"amount": found.amount, "begin": Verb.INQUIRE}
    refused = books.ask(acts.OpenDispute(payment=small.id, **opening))[0]
    show.equal("dispute: of more than its charge", _code(refused), "dispute_exceeds_captured")
    payment = _a_charge_of(books, found.amount)
    before = books.balance(MERCHANT)
    due = Moment((found.evidence_details.due_by or 0) * 1_000_000)
    made = books.do(acts.OpenDispute(payment=payment.id, deadline=max(due, _FAR), **opening))
    show.equal("dispute: stage", made.state.value, found.stage.value)
    show.equal("dispute: amount", made.amount, found.amount)
    show.equal(
        "dispute: moved by it", before - books.balance(MERCHANT), len(found.balance_transactions)
    )
    show.equal("dispute: status", made.status.value, Status.DISPUTED.value)


def application_fee(
    show: Show, books: Desk, found: stripe.ApplicationFee, back: stripe.FeeRefund
) -> None:
    """What a platform keeps of a charge, and gives back."""
    _a_charge_of(books, found.amount)
    before, earned = books.balance(MERCHANT), books.balance("fees:application")
    fee = {**_money(found), "kind": "application"}
    made = books.do(acts.ChargeFee(source=f"{MERCHANT}:USD", **fee))
    show.equal("application fee: from the merchant", before - books.balance(MERCHANT), found.amount)
    show.equal("application fee: earned", books.balance("fees:application") - earned, found.amount)
    made = books.step(made, Verb.REVERSE)
    show.equal("fee refund: back with the merchant", books.balance(MERCHANT), before)
    show.equal("fee refund: amount", made.amount, back.amount)


def transfer(
    show: Show, books: Desk, found: stripe.Transfer, back: stripe.TransferReversal
) -> None:
    """From the platform to a connected account, and back."""
    money = _money(found)
    books.do(acts.CreateDeposit(destination=f"{PLATFORM}:USD", rail=RAIL, **money))
    parties: dict[str, Any] = {"source": f"{PLATFORM}:USD", "destination": f"{CONNECTED}:USD"}
    made = books.do(acts.CreateTransfer(**parties, **money))
    show.equal("transfer: to the connected account", books.balance(CONNECTED), found.amount)
    made = books.step(made, Verb.REVERSE)
    show.equal("transfer reversal: left there", books.balance(CONNECTED), 0)
    show.equal("transfer reversal: back with the platform", books.balance(PLATFORM), back.amount)


def payout(show: Show, books: Desk, found: stripe.Payout) -> None:
    """In transit: gone from the merchant, and not yet from custody."""
    _a_charge_of(books, found.amount)
    merchant, custody = books.balance(MERCHANT), books.custody()
    made = books.do(
        acts.CreateWithdrawal(
            source=f"{MERCHANT}:USD",
            amount=found.amount,
            asset=found.asset,
            rail=RAIL,
            beneficiary="bank",
        )
    )
    made = books.step(made, Verb.SUBMIT, rail=RAIL, submission=found.id)
    made = books.step(made, Verb.ACCEPT)
    show.equal("payout: from the merchant", merchant - books.balance(MERCHANT), found.amount)
    show.equal(f"payout: {found.status}", books.balance(f"in_transit:{RAIL}"), found.amount)
    show.equal("payout: from custody so far", custody - books.custody(), 0)
    show.equal("payout: status", made.status.value, Status.PROCESSING.value)


def top_up(show: Show, books: Desk, found: stripe.TopUp) -> None:
    """Pending: announced, and not yet there."""
    custody = books.custody()
    money = _money(found)
    made = books.do(
        acts.CreateDeposit(begin=Verb.RECEIVE, destination=f"{PLATFORM}:USD", rail=RAIL, **money)
    )
    show.equal(f"top-up: {found.status}", books.balance(f"awaiting:{RAIL}"), found.amount)
    show.equal("top-up: in custody so far", books.custody() - custody, 0)
    show.equal("top-up: status", made.status.value, Status.INITIATED.value)


def _money(found: Any) -> dict[str, Any]:
    return {"amount": found.amount, "asset": found.asset}


def _code(outcome: Outcome) -> str:
    return outcome.rejection.code.value if isinstance(outcome, Refused) else "accepted"


def tell(show: Show) -> None:
    """Play each object, and compare each of its figures."""
    with gzip.open(show.input(*FIXTURES)) as opened:
        found: dict[type, Any] = {type(o): o for o in stripe.read_fixtures(opened.read())}
    show.equal("kinds of objects that move money", len(found), KINDS)
    books = Desk(wiring.build(Settings(memory=True)))
    plays: tuple[tuple[Callable[..., None], tuple[type, ...]], ...] = (
        (charge, (stripe.Charge, stripe.BalanceTransaction)),
        (refund, (stripe.Refund,)),
        (dispute, (stripe.Dispute, stripe.Charge)),
        (application_fee, (stripe.ApplicationFee, stripe.FeeRefund)),
        (transfer, (stripe.Transfer, stripe.TransferReversal)),
        (payout, (stripe.Payout,)),
        (top_up, (stripe.TopUp,)),
    )
    try:
        for play, kinds in plays:
            play(show, books, *(found[kind] for kind in kinds))
        report = verify_ledger(books.application.store, books.ledger.info)
        show.equal("journal verified", report.ok, True)
    finally:
        books.application.close()


if __name__ == "__main__":
    sys.exit(main(tell, __doc__))
