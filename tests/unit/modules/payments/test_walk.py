"""The whole table of every type, walked: each state with each verb is allowed or told what is."""

import pytest

from partita.kernel.rejections import Code
from partita.modules.payments.acts import Advance
from partita.modules.payments.lifecycle import (
    Lifecycle,
    PaymentType,
    State,
    Transition,
    Verb,
)
from partita.modules.payments.lifecycles import LIFECYCLES
from tests.properties.accountant import assert_sound
from tests.unit.modules.payments.till import Till, options_of, walk, way_before, way_to

_STATES = [(table, state) for table in LIFECYCLES.values() for state in table.states]
_ROWS = [
    (table, row) for table in LIFECYCLES.values() for row in table.transitions if row.from_states
]


@pytest.mark.parametrize(
    ("table", "state"), _STATES, ids=[f"{t.type.value}-{s.value}" for t, s in _STATES]
)
def test_each_verb_is_allowed_or_told_what_is(till: Till, table: Lifecycle, state: State) -> None:
    path = way_to(table, state)
    payment = walk(till, table.type, path)
    allowed = ",".join(verb.value for verb in table.allowed(state))
    for verb in Verb:
        if verb in table.allowed(state):
            continue
        rejection = till.step_refusal(payment, verb)
        assert rejection.code is Code.INVALID_STATE
        assert rejection.facts == {"status": state.value, "allowed_actions": allowed}
    assert till.now(payment) == payment


@pytest.mark.parametrize(
    ("table", "row"), _ROWS,
    ids=[f"{t.type.value}-{r.from_states[0].value}-{r.verb.value}-{r.case.name}" for t, r in _ROWS],
)  # fmt: skip
def test_each_row_leads_from_each_of_its_states_to_where_it_says(
    till: Till, table: Lifecycle, row: Transition
) -> None:
    for state in row.from_states:
        payment = walk(till, table.type, way_before(table, state, row))
        event = till.event(
            Advance(payment=payment.id, verb=row.verb, **options_of(till, payment, row))
        )
        assert event.type == f"{table.type.value}.{row.event}"
        assert till.now(payment).state is row.to_state
    assert_sound(till.store, till.info)


def test_all_types_are_walked() -> None:
    assert {table.type for table, _state in _STATES} == set(PaymentType)
