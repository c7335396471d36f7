"""The tables of lifecycles, held against what must be true of every path through them."""

from collections import Counter
from collections.abc import Iterator

import pytest

from partita.modules.payments.lifecycle import (
    Case,
    HoldStep,
    Lifecycle,
    PaymentType,
    Quantity,
    Role,
    State,
    Status,
    Transition,
    Verb,
)
from partita.modules.payments.lifecycles import LIFECYCLES, TYPE_OF_PREFIX

Path = tuple[Transition, ...]
_PASSED_THROUGH = (
    Role.IN_TRANSIT, Role.AWAITING, Role.CLEARING, Role.CHARGEBACKS, Role.PROVISIONAL,
)  # fmt: skip
_ALL = pytest.mark.parametrize("table", LIFECYCLES.values(), ids=lambda each: each.type.value)


def _paths(table: Lifecycle) -> Iterator[Path]:
    """Every path from a birth to each terminal state, without going in circles."""
    waiting: list[Path] = [(row,) for row in table.transitions if row.is_birth]
    while waiting:
        path = waiting.pop()
        at = path[-1].to_state
        if at in table.terminal:
            yield path
        seen = {row.to_state for row in path}
        waiting += [
            (*path, row)
            for row in table.transitions
            if at in row.from_states and row.to_state not in seen
        ]


def _net(path: Path, *, amount: int, credited: int) -> Counter[Role]:
    """What each role has lost (debits) or gained, by a path."""
    sums = {
        Quantity.AMOUNT: amount, Quantity.STEP: amount, Quantity.CREDITED: credited,
        Quantity.UNCREDITED: amount - credited,
    }  # fmt: skip
    net: Counter[Role] = Counter()
    for move in (move for row in path for move in row.moves):
        net[move.debit] -= sums[move.amount]
        net[move.credit] += sums[move.amount]
    return net


def test_every_type_has_a_table_and_a_prefix_of_its_own() -> None:
    assert set(LIFECYCLES) == set(PaymentType)
    assert len(TYPE_OF_PREFIX) == len(PaymentType)


@_ALL
def test_every_state_can_be_reached_and_left_for_an_end(table: Lifecycle) -> None:
    reached = {row.to_state for path in _paths(table) for row in path}
    assert reached == set(table.states)
    for state in table.states:
        assert state in table.terminal or table.allowed(state)


@_ALL
def test_states_of_rows_are_states_of_the_table(table: Lifecycle) -> None:
    for row in table.transitions:
        assert {row.to_state, *row.from_states} <= set(table.states)


@_ALL
def test_what_is_passed_through_is_empty_at_every_end(table: Lifecycle) -> None:
    for path in _paths(table):
        for credited in (0, 30, 100):
            net = _net(path, amount=100, credited=credited)
            left = {role: net[role] for role in _PASSED_THROUGH if net[role]}
            assert not left, [row.event for row in path]


@_ALL
def test_every_hold_on_a_source_is_captured_or_released(table: Lifecycle) -> None:
    for path in _paths(table):
        open_holds = 0
        for row in path:
            is_part = row.case in {Case.PART, Case.PART_HELD}
            open_holds += {HoldStep.PLACE: 1, None: 0}.get(row.hold, 0 if is_part else -1)
            assert open_holds in (0, 1), [row.event for row in path]
        assert open_holds == 0, [row.event for row in path]


@_ALL
def test_every_hold_on_proceeds_is_released(table: Lifecycle) -> None:
    for path in _paths(table):
        steps = [row.proceeds for row in path if row.proceeds is not None]
        is_free = not steps or steps[-1] is HoldStep.RELEASE
        # What a part was given is still held when the rest was captured and nothing holds that.
        assert is_free or table.type is PaymentType.PAYMENT, [row.event for row in path]


@_ALL
def test_what_is_taken_back_leaves_everybody_as_before(table: Lifecycle) -> None:
    back = {Status.REVERSED, Status.FAILED, Status.CANCELED} - (
        # The payer of a payment that was captured in part has paid that part.
        {Status.CANCELED} if table.type is PaymentType.PAYMENT else set()
    )
    for path in _paths(table):
        if table.states[path[-1].to_state] in back:
            net = _net(path, amount=100, credited=40)
            assert not any(net.values()), [row.event for row in path]


def test_a_verb_that_the_table_lacks_has_no_row() -> None:
    table = LIFECYCLES[PaymentType.WITHDRAWAL]
    assert table.transition(State.SETTLED, Verb.CANCEL) is None
    assert table.transition(State.RESERVED, Verb.SUBMIT) is not None
    assert table.allowed(State.SETTLED) == (Verb.RETURN,)
    assert table.births == (Verb.RESERVE,)


def test_two_rows_for_one_case_are_refused() -> None:
    row = Transition(Verb.POST, (), State.POSTED, "posted")
    with pytest.raises(AssertionError, match="two rows"):
        Lifecycle(PaymentType.FEE, "x_", {State.POSTED: Status.SETTLED}, (row, row))


@_ALL
def test_the_clock_says_only_what_the_table_allows(table: Lifecycle) -> None:
    for state, verb in table.waits_for_clock.items():
        assert verb in table.allowed(state)
