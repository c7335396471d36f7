"""Deciding one side of a transfer between two ledgers: a posting, and the transfer's own record."""

from collections.abc import Generator
from typing import Any, ClassVar

from partita.engine.business import Act, Deciders, Desk, Look, Named, Steps
from partita.kernel.account import AccountType
from partita.kernel.account import Side as Direction
from partita.kernel.commands import ChangeMatter, OpenAccount, PostTransaction
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.errors import RoleNotInChart
from partita.modules.chart.in_force import chart_of
from partita.modules.ledger_transfers.transfer import COMPLETED, KIND, Side, Terms, body_of
from partita.modules.wallets.wallet import WALLET, read_wallet


class SendToLedger(Act, frozen=True, tag="ledger_transfer.send"):
    """Take the money from the payer; from now on the other ledger has it."""

    operation: ClassVar[str] = "ledger_transfers"

    id: str
    terms: Terms
    external_id: str | None = None

    def names(self, named: Named) -> None:
        """The payer, the account of the other ledger, the asset."""
        order = self.terms.order
        _name(named, order.source, order.destination_ledger, order.asset)


class ReceiveFromLedger(Act, frozen=True, tag="ledger_transfer.receive"):
    """Give the payee what the other ledger has taken from the payer."""

    operation: ClassVar[str] = "ledger_transfers/receive"

    id: str
    terms: Terms

    def names(self, named: Named) -> None:
        """The payee, the account of the other ledger, the asset."""
        order = self.terms.order
        _name(named, order.destination, order.source_ledger, order.asset)


def _name(named: Named, party: str, other_ledger: str, asset: str) -> None:
    (named.resources if is_wallet(party) else named.accounts)[party] = None
    named.accounts[due_path(other_ledger, asset)] = None
    named.assets[asset] = None


def due_path(ledger: str, asset: str) -> str:
    """The account that says what another ledger owes.

    >>> due_path("loyalty", "USD")
    'interledger:loyalty:USD'
    """
    return f"interledger:{ledger}:{asset}"


def send(desk: Desk, command: SendToLedger) -> Steps:
    """Debit the payer, credit the account of the other ledger."""
    order = command.terms.order
    payer = _party(desk, order.source, order.asset)
    if isinstance(payer, Rejection):
        return payer
    due = yield from _due(desk, order.destination_ledger, order.asset)
    return (yield from _side(desk, command, Side.SENT, (payer, due)))


def receive(desk: Desk, command: ReceiveFromLedger) -> Steps:
    """Debit the account of the other ledger, credit the payee."""
    order = command.terms.order
    payee = _party(desk, order.destination, order.asset)
    if isinstance(payee, Rejection):
        return payee
    due = yield from _due(desk, order.source_ledger, order.asset)
    return (yield from _side(desk, command, Side.RECEIVED, (due, payee)))


def is_wallet(party: str) -> bool:
    """Whether a party is named by its wallet; else by an account's path or id."""
    return party.startswith("wal_")


def _party(desk: Desk, party: str, asset: str) -> str | Rejection:
    """The account of whoever pays or is paid; of a wallet the one for this asset."""
    if not is_wallet(party):
        return party
    wallet = read_wallet(desk.matter(WALLET, party))
    if wallet is None:
        return Rejection(Code.WALLET_NOT_FOUND, f"There is no wallet {party!r} in this ledger.")
    if wallet.closed_at is not None:
        return Rejection(Code.WALLET_CLOSED, f"The wallet {party!r} is closed.")
    if asset in wallet.assets:
        return wallet.account(asset)
    facts = {"assets": ",".join(wallet.assets)}
    return Rejection(
        Code.ASSET_NOT_IN_WALLET, f"The wallet {party!r} holds no {asset}.", None, facts
    )


def _due(desk: Desk, ledger: str, asset: str) -> Generator[Any, Any, str]:
    """The account of the other ledger, where the chart puts it; a chart need not foresee it."""
    chart = chart_of(desk)
    try:
        path = chart.place("interledger", ledger=ledger, asset=asset)
    except (RoleNotInChart, ValueError):
        path = due_path(ledger, asset)
    yield Look(accounts=[path])
    if desk.account(path) is None and chart.opening(path) is None and desk.asset(asset) is not None:
        yield OpenAccount(path, asset, AccountType.ASSET)
    return path


def _side(
    desk: Desk, command: SendToLedger | ReceiveFromLedger, side: Side, accounts: tuple[str, str]
) -> Steps:
    terms, order = command.terms, command.terms.order
    if (refused := _objection(desk, terms)) is not None:
        return refused
    debited, credited = accounts
    posted = yield PostTransaction(
        (
            Posting(debited, Direction.DEBIT, order.amount, order.asset),
            Posting(credited, Direction.CREDIT, order.amount, order.asset),
        ),
        type=KIND,
        metadata={**order.metadata, "partita.ledger_transfer": command.id},
    )
    yield ChangeMatter(
        type=f"{KIND}.{side.value}", kind=KIND, id=command.id, is_new=True, status=COMPLETED,
        external_id=getattr(command, "external_id", None),
        body=body_of(side, terms, posted.id, desk.now),
    )  # fmt: skip
    return None


def _objection(desk: Desk, terms: Terms) -> Rejection | None:
    """Why this ledger cannot take part: a minor unit of it is not a minor unit of the other."""
    order = terms.order
    asset = desk.asset(order.asset)
    if asset is None:
        detail = f"There is no asset {order.asset!r} in this ledger."
        return Rejection(Code.ASSET_NOT_FOUND, detail)
    if asset.scale == terms.scale:
        return None
    detail = (
        f"{order.asset} has a scale of {terms.scale} in {order.source_ledger!r} and of"
        f" {asset.scale} in {order.destination_ledger!r}: an amount of one is none of the other."
    )
    return Rejection(Code.ASSET_MISMATCH, detail)


DECIDERS: Deciders = {SendToLedger: send, ReceiveFromLedger: receive}
