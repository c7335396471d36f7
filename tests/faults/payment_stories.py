"""Stories made from the transition tables: the shortest way to each transition of each type.

A story is the same in every process that asks for it by name, so that one may die in the middle of
it and another tell it again from the beginning, under the same keys.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from partita.kernel.moment import Moment
from partita.modules.payments.acts import BEGINNINGS, Advance, Begin, Part
from partita.modules.payments.lifecycle import Case, Lifecycle, PaymentType, State, Transition, Verb
from partita.modules.payments.lifecycles import LIFECYCLES

EUR = "EUR"
ALICE, BOB, CAROL, SHOP = (
    f"customers:{name}:wallets:main:{EUR}" for name in ("alice", "bob", "carol", "shop")
)
FAR = Moment.parse("2100-01-01T00:00:00Z")
_AMOUNT, _PART = 1_000, 400
_HELD_CASES = (Case.HELD, Case.PART_HELD)
_PARTS = (Case.PART, Case.PART_HELD)
Ids = Mapping[str, str]
"""The ids of what was made so far, by what the story calls it."""


class Asked(NamedTuple):
    """One command of a story: what it is, given what was made, and what its matter is called."""

    make: Callable[[Ids], Any]
    calls_it: str = "it"


class Story(NamedTuple):
    """Commands one after another; the last one is the transition that the story is about."""

    name: str
    commands: tuple[Asked, ...]


@cache
def stories() -> dict[str, Story]:
    """A story for each row of each table and each state that it starts from, by name."""
    told = (story for table in LIFECYCLES.values() for story in _of(table))
    return {story.name: story for story in told}


def _of(table: Lifecycle) -> Iterator[Story]:
    for row in table.transitions:
        for state in row.from_states or (None,):
            is_held = row.case in _HELD_CASES or _way(table, state, is_held=False) is None
            way = _way(table, state, is_held=is_held)
            assert way is not None, f"no way leads to {table.type.value} {state}"
            parts = (table.type.value, state.value if state else "new", row.verb.value, row.event)
            rows = (*way, row)
            yield Story(
                ".".join(dict.fromkeys(parts))
                + ("" if row.case is Case.ALWAYS else f" ({row.case.value})"),
                (*_funding(table.type), *_commands(table, rows, is_held=is_held)),
            )


def _way(table: Lifecycle, target: State | None, *, is_held: bool) -> tuple[Transition, ...] | None:
    """The fewest transitions that lead to a state, where the proceeds are held or are not."""
    waiting: deque[tuple[State | None, tuple[Transition, ...]]] = deque([(None, ())])
    seen: set[State | None] = set()
    while waiting:
        state, way = waiting.popleft()
        if state is target:
            return way
        if state in seen:
            continue
        seen.add(state)
        for row in table.transitions:
            if (state in row.from_states or (state is None and row.is_birth)) and _fits(
                table, state, row, is_held=is_held
            ):
                waiting.append((row.to_state, (*way, row)))
    return None


def _fits(table: Lifecycle, state: State | None, row: Transition, *, is_held: bool) -> bool:
    """Whether this is the row of its verb that the ledger would take."""
    if row.case in _HELD_CASES:
        return is_held
    twin = Case.HELD if row.case is Case.ALWAYS else Case.PART_HELD
    return not is_held or table.transition(state, row.verb, twin) is None


def _funding(type_: PaymentType) -> Iterator[Asked]:
    """Money on the wallets; and the payment that a refund or a dispute is about."""
    for wallet in (ALICE, SHOP):
        yield Asked(lambda _ids, wallet=wallet: _deposit(wallet), "")
    if type_ in (PaymentType.REFUND, PaymentType.DISPUTE):
        yield Asked(lambda _ids: _beginning(PaymentType.PAYMENT, Verb.PAY, {}), "parent")


def _deposit(wallet: str) -> Begin:
    return BEGINNINGS[PaymentType.DEPOSIT](
        begin=Verb.CREDIT, destination=wallet, amount=10 * _AMOUNT, asset=EUR, rail="simulator"
    )  # type: ignore[call-arg]


def _commands(table: Lifecycle, rows: tuple[Transition, ...], *, is_held: bool) -> Iterator[Asked]:
    first, *rest = rows
    yield Asked(lambda ids: _beginning(table.type, first.verb, ids, is_held=is_held))
    state = first.to_state
    for row in rest:
        yield Asked(lambda ids, row=row, state=state: _step(ids["it"], row, state))
        state = row.to_state


def _beginning(type_: PaymentType, verb: Verb, ids: Ids, *, is_held: bool = False) -> Begin:
    money = {"amount": _AMOUNT, "asset": EUR}
    held = {"available_at": FAR} if is_held else {}
    about = {"payment": ids.get("parent", ""), "amount": _PART}
    splits = (Part(CAROL, _PART),)
    given: dict[PaymentType, dict[str, Any]] = {
        PaymentType.TRANSFER: {
            **money, "source": ALICE, "destination": BOB, "splits": splits,
            "scheduled_at": FAR if verb is Verb.SCHEDULE else None,
        },
        PaymentType.DEPOSIT: {
            **money, **held, "rail": "simulator",
            "destination": None if verb is Verb.SUSPEND else ALICE,
        },
        PaymentType.WITHDRAWAL: {
            **money, "source": ALICE, "rail": "simulator", "beneficiary": "LT121000011101001000",
        },
        PaymentType.PAYMENT: {
            **money, **held, "source": ALICE, "destination": SHOP,
            "expires_at": None if verb is Verb.PAY else FAR,
        },
        PaymentType.REFUND: about,
        PaymentType.DISPUTE: {**about, "is_credited": True, "deadline": FAR},
        PaymentType.FEE: {**money, "source": ALICE},
        PaymentType.TAX: {**money, "source": ALICE},
        PaymentType.REWARD: {**money, "destination": ALICE},
        PaymentType.ADJUSTMENT: {**money, "source": ALICE, "destination": BOB},
    }  # fmt: skip
    reason = "a correction" if type_ is PaymentType.ADJUSTMENT else None
    return BEGINNINGS[type_](begin=verb, reason=reason, **given[type_])


def _step(payment: str, row: Transition, state: State) -> Advance:
    """The command that takes a payment along a row, with what that needs to be told."""
    is_handed_over = row.verb in (Verb.SUBMIT, Verb.RESUBMIT)
    finds_owner = row.verb is Verb.RELEASE and state is State.SUSPENSE
    return Advance(
        payment=payment,
        verb=row.verb,
        amount=_PART if row.case in _PARTS else None,
        destination=ALICE if finds_owner else None,
        rail="simulator" if is_handed_over else None,
        submission=f"sub-{row.verb.value}" if is_handed_over else None,
        code="AC04" if row.verb in (Verb.FAIL, Verb.RETURN) else None,
        evidence="a receipt" if row.verb is Verb.EVIDENCE else None,
        is_credited=row.verb is Verb.CHARGE_BACK,
        deadline=FAR if row.to_state is not state and row.event in _WITH_DEADLINE else None,
        reason="as the story says",
    )


_WITH_DEADLINE = ("charged_back", "contested", "escalated")
