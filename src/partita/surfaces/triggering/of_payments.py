"""How events of payments are made to happen: by the shortest way through the table of their life.

The verbs of each way are read out of `LIFECYCLES`, so that an event which the tables learn can be
triggered without a word here; only what a verb needs to be told stands below.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from partita.modules.payments.acts import Adjust, ChargeFee, ChargeTax, GiveReward, OpenDispute
from partita.modules.payments.lifecycle import Lifecycle, PaymentType, Transition, Verb
from partita.modules.payments.lifecycles import LIFECYCLES
from partita.modules.payments.payment import Payment
from partita.surfaces.triggering.stage import AMOUNT, ASSET, PLENTY, REASON, Play, Stage

Way = tuple[Verb, ...]
Beginning = Callable[[Stage, Verb, Way], Awaitable[Payment]]
_A_DAY_SECONDS = 86_400


def ways(life: Lifecycle, name: Callable[[Transition], str | None]) -> Mapping[str, Way]:
    """The shortest way to each thing that rows of a lifecycle are named for, breadth first."""
    found: dict[str, Way] = {}
    seen: set[object] = set()
    waiting: deque[tuple[Transition, Way]] = deque(
        (row, (row.verb,)) for row in life.transitions if row.is_birth
    )
    while waiting:
        row, way = waiting.popleft()
        if (named := name(row)) is not None:
            found.setdefault(named, way)
        # A capture leads on in part, which it says by its amount; all other states are as they are.
        if row.to_state in seen:
            continue
        seen.add(row.to_state)
        waiting += [
            (after, (*way, after.verb))
            for after in life.transitions
            if row.to_state in after.from_states
        ]
    return found


async def _funded(stage: Stage) -> str:
    wallet = stage.wallet_account("payer")
    await stage.ledger.deposit(wallet, PLENTY, ASSET)
    return wallet


async def _transfer(stage: Stage, begin: Verb, _way: Way) -> Payment:
    at = stage.later(_A_DAY_SECONDS) if begin is Verb.SCHEDULE else None
    return await stage.ledger.transfer(
        await _funded(stage), stage.wallet_account("payee"), AMOUNT, ASSET, scheduled_at=at
    )


async def _deposit(stage: Stage, begin: Verb, way: Way) -> Payment:
    held = stage.later(_A_DAY_SECONDS) if Verb.RELEASE in way else None
    whose = None if begin is Verb.SUSPEND else stage.wallet_account("payee")
    return await stage.ledger.deposit(whose, AMOUNT, ASSET, begin=begin, available_at=held)


async def _withdrawal(stage: Stage, _begin: Verb, _way: Way) -> Payment:
    return await stage.ledger.withdraw(await _funded(stage), AMOUNT, ASSET, beneficiary="triggered")


async def _payment(stage: Stage, begin: Verb, way: Way) -> Payment:
    held = stage.later(_A_DAY_SECONDS) if Verb.SETTLE in way else None
    return await stage.ledger.pay(
        await _funded(stage), stage.wallet_account("payee"), AMOUNT, ASSET,
        begin=begin, available_at=held,
    )  # fmt: skip


async def _refund(stage: Stage, begin: Verb, _way: Way) -> Payment:
    paid = await _payment(stage, Verb.PAY, ())
    return await stage.ledger.refund(paid, begin=begin)


async def _dispute(stage: Stage, begin: Verb, _way: Way) -> Payment:
    paid = await _payment(stage, Verb.PAY, ())
    return await stage.ledger.begin(OpenDispute(payment=paid.id, begin=begin))


async def _fee(stage: Stage, _begin: Verb, _way: Way) -> Payment:
    act = ChargeFee(source=await _funded(stage), amount=AMOUNT, asset=ASSET)
    return await stage.ledger.begin(act)


async def _tax(stage: Stage, _begin: Verb, _way: Way) -> Payment:
    act = ChargeTax(source=await _funded(stage), amount=AMOUNT, asset=ASSET)
    return await stage.ledger.begin(act)


async def _reward(stage: Stage, _begin: Verb, _way: Way) -> Payment:
    wallet = stage.wallet_account("payee")
    return await stage.ledger.begin(GiveReward(destination=wallet, amount=AMOUNT, asset=ASSET))


async def _adjustment(stage: Stage, _begin: Verb, _way: Way) -> Payment:
    source, destination = await _funded(stage), stage.wallet_account("payee")
    act = Adjust(
        source=source, destination=destination, amount=AMOUNT, asset=ASSET, reason=REASON
    )  # fmt: skip
    return await stage.ledger.begin(act)


_BEGINNINGS: Mapping[PaymentType, Beginning] = {
    PaymentType.TRANSFER: _transfer,
    PaymentType.DEPOSIT: _deposit,
    PaymentType.WITHDRAWAL: _withdrawal,
    PaymentType.PAYMENT: _payment,
    PaymentType.REFUND: _refund,
    PaymentType.DISPUTE: _dispute,
    PaymentType.FEE: _fee,
    PaymentType.TAX: _tax,
    PaymentType.REWARD: _reward,
    PaymentType.ADJUSTMENT: _adjustment,
}


def _told(verb: Verb, rest: Way) -> dict[str, Any]:
    """What a verb is told: a capture that something follows takes only a part."""
    if verb is Verb.CAPTURE and rest:
        return {"amount": AMOUNT // 2}
    return {"evidence": "a receipt"} if verb is Verb.EVIDENCE else {}


def _play(type_: PaymentType, way: Way) -> Play:
    async def play(stage: Stage) -> None:
        payment = await _BEGINNINGS[type_](stage, way[0], way)
        for at, verb in enumerate(way[1:], 2):
            said = {"reason": REASON, **_told(verb, way[at:])}
            payment = await stage.ledger.advance(payment, verb, **said)

    return play


def _tallied(type_: PaymentType) -> Callable[[Transition], str | None]:
    """What refunds and disputes do to their payment is told of the payment too."""
    return lambda row: f"payment.{type_.value}_{row.to_state.value}" if row.tallies else None


def _named(type_: PaymentType) -> Callable[[Transition], str | None]:
    return lambda row: f"{type_.value}.{row.event}"


PLAYS: Mapping[str, Play] = {
    name: _play(type_, way)
    for type_, life in LIFECYCLES.items()
    for names in (_named(type_), _tallied(type_))
    for name, way in ways(life, names).items()
}
"""What is done for each type of event to happen."""
