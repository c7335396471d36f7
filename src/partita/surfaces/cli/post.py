"""`partita post`: one transaction, its legs one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from partita.journal.record import Record
from partita.kernel.account import Side
from partita.kernel.amount import parse
from partita.kernel.commands import PendTransaction, PostTransaction
from partita.kernel.conditions import BalanceCondition, Condition, Field, Operator
from partita.kernel.moment import Moment
from partita.kernel.periods import Late
from partita.kernel.posting import Posting
from partita.surfaces.cli.deciding import IN_EARNEST, Asking, asked, pairs, shown, whole
from partita.surfaces.cli.failures import USAGE, CommandFailed
from partita.surfaces.cli.moments import exact
from partita.surfaces.cli.place import IN_MAIN, InLedger, books
from partita.surfaces.cli.shapes import as_recorded, for_programs, transaction_lines
from partita.surfaces.cli.talk import emit
from partita.surfaces.http.shapes.transactions import Transaction

Leg = tuple[str, str, str]
_LEG = "ACCOUNT AMOUNT ASSET, the amount in minor units; may be given several times."
Debits = Annotated[list[Leg], Parameter(help=_LEG, negative="")]
Credits = Annotated[list[Leg], Parameter(help=_LEG, negative="")]


@Parameter(name="*")
@dataclass(frozen=True)
class Wording:
    """What is said about a transaction besides its legs."""

    type: Annotated[str | None, Parameter(help="A word such as transfer.")] = None
    external_id: Annotated[str | None, Parameter(help="Your own reference, once a ledger.")] = None
    effective_at: Annotated[str | None, Parameter(help="When it counts; else now.")] = None
    metadata: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE", negative="")] = ()

    def said(self) -> tuple[str | None, str | None, Moment | None, dict[str, str]]:
        """The same, as commands take it."""
        moment = None if self.effective_at is None else exact(self.effective_at)
        return self.type, self.external_id, moment, pairs(self.metadata)


NO_WORDS = Wording()
LateWay = Annotated[
    Late,
    Parameter(help="If its period is not open: adjust a softly closed one, or move behind it."),
]


@Parameter(name="*")
@dataclass(frozen=True)
class Manner:
    """Whether it is to be posted at once, and what must be true of its accounts for that."""

    pending: Annotated[
        bool, Parameter(negative="", help="Set aside on both sides, to be posted later.")
    ] = False
    if_version: Annotated[
        list[tuple[str, int]] | None,
        Parameter(help="ACCOUNT VERSION: its version before.", negative=""),
    ] = None
    if_balance: Annotated[
        list[tuple[str, str, str, str]] | None,
        Parameter(
            help="ACCOUNT FIELD gte|lte|gt|lt|eq AMOUNT: of its balance after, in minor units.",
            negative="",
        ),
    ] = None
    late: LateWay = Late.REFUSE

    def command(
        self, postings: tuple[Posting, ...], wording: Wording
    ) -> PostTransaction | PendTransaction:
        """The command that moves these postings in this manner."""
        conditions = self._conditions(postings)
        if not self.pending:
            return PostTransaction(postings, *wording.said(), conditions, self.late)
        if conditions or self.late is not Late.REFUSE:
            problem = "A pending transaction takes no conditions, and is not late yet."
            raise CommandFailed(problem, "leave them out, or --pending.", status=USAGE)
        return PendTransaction(postings, *wording.said())

    def _conditions(self, postings: Sequence[Posting]) -> tuple[Condition, ...]:
        versions = [
            Condition(_place(account, postings), version)
            for account, version in self.if_version or ()
        ]
        bounds = [
            Condition(_place(account, postings), None, (_bound(*bound),))
            for account, *bound in self.if_balance or ()
        ]
        return (*versions, *bounds)


def _bound(field: str, operator: str, bound: str) -> BalanceCondition:
    try:
        return BalanceCondition(Field(field), Operator(operator), whole(bound, "--if-balance"))
    except ValueError:
        fields = ", ".join(each.value for each in Field)
        mend = f"write ACCOUNT, one of {fields}, then gte, lte, gt, lt or eq, then an amount."
        problem = f"--if-balance {field} {operator} {bound} is no condition."
        raise CommandFailed(problem, mend, status=USAGE) from None


def _place(account: str, postings: Sequence[Posting]) -> int:
    for place, posting in enumerate(postings):
        if posting.account == account:
            return place
    problem = f"A condition names {account!r}, which no leg does."
    raise CommandFailed(problem, "name it as the leg does.", status=USAGE)


def post(
    *,
    debit: Debits,
    credit: Credits,
    wording: Wording = NO_WORDS,
    manner: Manner = Manner(),
    asking: Asking = IN_EARNEST,
    place: InLedger = IN_MAIN,
) -> None:
    """Post a transaction: debits equal credits for each asset.

    partita post --debit bank:usd 500 USD --credit customers:alice 500 USD --type deposit
    """
    command = manner.command(both_sides(debit, credit), wording)
    with books(place) as open_books:
        record = asked(open_books, command, asking)
        print_transaction(as_recorded(open_books, record), (record, asking), json=place.json)


def print_transaction(told: Transaction, of: tuple[Record, Asking], *, json: bool) -> None:
    """Print a transaction that a record led to, for programs or for people."""
    if json:
        emit(shown(for_programs(told), *of))
    else:
        transaction_lines(told)


def both_sides(debit: list[Leg], credit: list[Leg]) -> tuple[Posting, ...]:
    """The postings that legs on the command line are.

    Raises:
        CommandFailed: an amount is none.
    """
    return (*_postings(debit, Side.DEBIT), *_postings(credit, Side.CREDIT))


def _postings(legs: list[Leg], side: Side) -> list[Posting]:
    postings = []
    for account, amount, asset in legs:
        try:
            postings.append(Posting(account, side, parse(amount), asset))
        except ValueError as error:
            problem = f"--{side.value} {account} {amount} {asset}: {amount!r} is {error}."
            raise CommandFailed(problem, f"write it as {_LEG}", status=USAGE) from None
    return postings
