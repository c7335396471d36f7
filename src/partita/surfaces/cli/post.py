"""`partita post`: one transaction, its legs one by one."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from partita.kernel.account import Side
from partita.kernel.amount import parse
from partita.kernel.commands import PostTransaction
from partita.kernel.posting import Posting
from partita.surfaces.cli.deciding import decided, pairs
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.shapes import scales, transaction, transaction_lines
from partita.surfaces.cli.talk import emit

Leg = tuple[str, str, str]
_LEG = "ACCOUNT AMOUNT ASSET, the amount in minor units; may be given several times."


@Parameter(name="*")
@dataclass(frozen=True)
class Wording:
    """What is said about a transaction besides its legs."""

    type: Annotated[str | None, Parameter(help="A word such as transfer.")] = None
    external_id: Annotated[str | None, Parameter(help="Your own reference, once a ledger.")] = None
    effective_at: Annotated[str | None, Parameter(help="When it counts; else now.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()


def post(
    *,
    debit: Annotated[list[Leg], Parameter(help=_LEG, negative="")],
    credit: Annotated[list[Leg], Parameter(help=_LEG, negative="")],
    wording: Wording = Wording(),
    key: Annotated[str | None, Parameter(help="Idempotency key: the same key posts once.")] = None,
    place: InLedger = IN_MAIN,
) -> None:
    """Post a transaction: debits equal credits for each asset.

    partita post --debit bank:usd 500 USD --credit customers:alice 500 USD --type deposit
    """
    legs = (*_postings(debit, Side.DEBIT), *_postings(credit, Side.CREDIT))
    moment = None if wording.effective_at is None else exact(wording.effective_at)
    command = PostTransaction(
        legs, wording.type, wording.external_id, moment, pairs(wording.metadata)
    )
    with books(place) as open_books:
        record = decided(open_books, command, key).record
        known = scales(open_books)
        if place.json:
            emit(transaction(open_books, record, known))
        else:
            transaction_lines(record, known)


def _postings(legs: list[Leg], side: Side) -> list[Posting]:
    postings = []
    for account, amount, asset in legs:
        try:
            postings.append(Posting(account, side, parse(amount), asset))
        except ValueError as error:
            problem = f"--{side.value} {account} {amount} {asset}: {amount!r} is {error}."
            raise CommandFailed(problem, f"write it as {_LEG}", status=USAGE) from None
    return postings
