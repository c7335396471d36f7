"""Moving: the money of one step, in kernel commands. All of a step is one transaction, or one capture.

What a step moves are the moves that its row declares, what rules add to them, and what is given
back when a payment comes to nothing. The sub-generators yield kernel commands and return what they
made; a refusal they return is the answer to the whole.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import msgspec

from partita.engine.business import Desk, Look, Try
from partita.kernel import commands
from partita.kernel.account import Side
from partita.kernel.holds import Hold
from partita.kernel.moment import Moment
from partita.kernel.posting import Posting
from partita.kernel.rejections import Code, Rejection
from partita.modules.chart.chart import Chart
from partita.modules.payments.legs import Leg, net_of, postings_of, shares
from partita.modules.payments.lifecycle import Move, Quantity, Role, Transition
from partita.modules.payments.payment import Payment
from partita.modules.payments.places import place

Moving = Generator[commands.Command | Try | Look, Any, Payment | Rejection]
"""Yields commands, and returns the payment as it is after them, or why it cannot be."""
Setting = Generator[commands.Command | Try | Look, Any, Payment]
"""The same, where a refused command ends everything by itself."""

LINK = "partita.payment"
"""The key in a transaction's and a hold's metadata that names the payment they belong to."""
_CANNOT_TAKE_PART = frozenset({
    Code.ACCOUNT_CLOSED, Code.ACCOUNT_FROZEN, Code.INSUFFICIENT_FUNDS, Code.LIMIT_EXCEEDED,
})  # fmt: skip
"""Why somebody stands in for a party, where the world has moved the money already."""


def own_legs(payment: Payment, chart: Chart, row: Transition, amount: int) -> list[Leg]:
    """What the row's moves come to for this payment; a move of nothing is left out.

    Raises:
        NoPlace: the chart has none for a role.
    """
    legs: list[Leg] = []
    for move in row.moves:
        sum_ = _how_much(payment, move.amount, amount)
        if sum_:
            debit, credit = place(payment, chart, move.debit), place(payment, chart, move.credit)
            whole = Leg(debit, credit, sum_, payment.asset)
            legs += _split(payment, whole) if _is_shared(payment, move) else [whole]
    return legs


def _how_much(payment: Payment, quantity: Quantity, step: int) -> int:
    if quantity is Quantity.STEP:
        return step
    if quantity is Quantity.AMOUNT:
        return payment.amount
    credited = payment.credited
    return credited if quantity is Quantity.CREDITED else payment.amount - credited


def _is_shared(payment: Payment, move: Move) -> bool:
    return bool(payment.splits) and move.credit is Role.DESTINATION


def _split(payment: Payment, whole: Leg) -> Iterator[Leg]:
    """The parts of those who share in it, and the rest for the destination."""
    parts = shares(whole.amount, [split.amount for split in payment.splits], payment.amount)
    for split, part in zip(payment.splits, parts, strict=True):
        if part:
            yield Leg(whole.debit, split.party.account, part, whole.asset)
    if rest := whole.amount - sum(parts):
        yield Leg(whole.debit, whole.credit, rest, whole.asset)


def post(payment: Payment, chart: Chart, row: Transition, legs: Sequence[Leg], own: int) -> Moving:
    """One transaction with all legs; the first `own` of them are what the row declares.

    Where the row says so, somebody stands in for a party whose account cannot take part.
    """
    wanted = [move for move in row.moves if move.instead is not None]
    if not wanted:
        return (yield from _post(payment, legs))
    refused: Rejection | None = None
    for stand_ins in _choices(wanted):
        trial = msgspec.structs.replace(payment, stand_ins={**payment.stand_ins, **stand_ins})
        amount = payment.amount
        tried = [*own_legs(trial, chart, row, amount), *legs[own:]]
        answer = yield Try(_transaction(trial, postings_of(tried)))
        if not isinstance(answer, Rejection):
            return _with_transaction(trial, answer.id)
        refused = refused or answer
        if answer.code not in _CANNOT_TAKE_PART:
            break
    assert refused is not None, "at least nobody standing in was tried"
    return refused


def _choices(moves: Sequence[Move]) -> Iterator[dict[Role, Role]]:
    """Nobody stands in, then one, then all: the fewest that will do."""
    pairs = [(_party_of(move), move.instead) for move in moves if move.instead is not None]
    for count in range(len(pairs) + 1):
        yield from (dict(chosen) for chosen in combinations(pairs, count))


def _party_of(move: Move) -> Role:
    parties = (Role.SOURCE, Role.DESTINATION)
    return move.debit if move.debit in parties else move.credit


def _post(payment: Payment, legs: Sequence[Leg]) -> Moving:
    postings = postings_of(legs)
    if not postings:
        detail = "Source and destination are one account: nothing would move."
        return Rejection(Code.SAME_ACCOUNT, detail, "/destination")
    event = yield _transaction(payment, postings)
    return _with_transaction(payment, event.id)


def _transaction(payment: Payment, postings: tuple[Posting, ...]) -> commands.PostTransaction:
    return commands.PostTransaction(postings, type=payment.type.value, metadata={LINK: payment.id})


def _with_transaction(payment: Payment, identifier: str) -> Payment:
    made = (*payment.transactions, identifier)
    return msgspec.structs.replace(payment, transactions=made)


def capture(payment: Payment, legs: Sequence[Leg], own: int, *, is_final: bool) -> Moving:
    """Spend the hold by the first `own` legs, and do the others with it as far as that goes.

    What is charged to those who are paid is netted with what they get; whatever else there is to
    move, such as a reward of the house, is one more transaction of the same commit.
    """
    assert payment.hold is not None, "what is captured was held"
    paid, rest = _within(legs, own)
    credits = tuple(
        Posting(account, Side.CREDIT, -net, asset)
        for (account, asset), net in net_of(paid).items()
        if net < 0
    )
    event = yield commands.CaptureHold(
        payment.hold, credits, is_final=is_final, type=payment.type.value,
        metadata={LINK: payment.id},
    )  # fmt: skip
    payment = _with_transaction(payment, event.id)
    return (yield from _post(payment, rest)) if postings_of(rest) else payment


def _within(legs: Sequence[Leg], own: int) -> tuple[list[Leg], list[Leg]]:
    """The legs that fit into one capture, and those that need a transaction of their own."""
    paid, rest = list(legs[:own]), list[Leg]()
    held = {leg.debit for leg in paid}
    for leg in legs[own:]:
        trial = net_of([*paid, leg])
        takers = [account for (account, _asset), net in trial.items() if net > 0]
        fits = leg.asset == paid[0].asset and leg.debit not in held and set(takers) <= held
        (paid if fits and leg.credit not in held else rest).append(leg)
    return paid, rest


def place_hold(desk: Desk, payment: Payment) -> Setting:
    """Set all of the payment's amount aside with its source."""
    assert payment.source is not None, "what is held has a source"
    later = payment.expires_at
    event = yield commands.PlaceHold(
        payment.source.account, payment.amount, payment.asset,
        later if later is not None and later > desk.now else None,
        metadata={LINK: payment.id},
    )  # fmt: skip
    return msgspec.structs.replace(payment, hold=event.id)


def hold_proceeds(payment: Payment, legs: Iterable[Leg], until: Moment) -> Setting:
    """Set aside what the destination has just been given, until it is available."""
    assert payment.destination is not None, "proceeds are somebody's"
    account = payment.destination.account
    received = -net_of(legs).get((account, payment.asset), 0)
    if received <= 0:
        return payment
    event = yield commands.PlaceHold(
        account, received, payment.asset, until, metadata={LINK: payment.id}
    )
    return msgspec.structs.replace(
        payment, proceeds=(*payment.proceeds, event.id), available_at=until
    )


def release(desk: Desk, holds: Iterable[str], most: int | None = None) -> Generator[Any, Any, None]:
    """Let holds go: all that remains of them, or `most` in all. What has expired is free already."""
    for identifier in holds:
        hold = desk.resource(Hold.kind, identifier)
        assert isinstance(hold, Hold), "the holds of a payment are loaded with it"
        remaining = hold.remaining if hold.is_open else 0
        part = remaining if most is None else min(remaining, most)
        if part:
            yield commands.ReleaseHold(identifier, part)
        most = None if most is None else most - part
