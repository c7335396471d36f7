"""The table of dispatching: nothing leads from doubt to another rail but an answer."""

from partita.modules.rails.dispatching import AFTER, MAY_FAIL_OVER, WHEN_DUE, Stage, Todo
from partita.modules.rails.line import Certainty

CALLED_IN = {Stage.SENDING, Stage.WAITING, Stage.IN_DOUBT, Stage.TAKEN}
ENDS = {Stage.ABANDONED, Stage.FAULTY, Stage.CLOSED}


def test_every_certainty_leads_somewhere_from_every_stage_in_which_a_rail_is_called() -> None:
    assert set(AFTER) == {(stage, certainty) for stage in CALLED_IN for certainty in Certainty}
    assert set(WHEN_DUE) == set(Stage)


def test_nothing_is_due_at_an_end_and_something_everywhere_else() -> None:
    assert {stage for stage, todo in WHEN_DUE.items() if todo is Todo.NOTHING} == ENDS
    assert set(Stage) == CALLED_IN | ENDS | {Stage.REFUSED}


def test_an_order_that_may_be_under_way_is_asked_about_before_it_is_sent() -> None:
    assert WHEN_DUE[Stage.SENDING] is WHEN_DUE[Stage.IN_DOUBT] is Todo.ASK
    assert [stage for stage, todo in WHEN_DUE.items() if todo is Todo.SEND] == [Stage.WAITING]


def test_only_certainty_leads_out_of_doubt() -> None:
    sure = {c for (stage, c), after in AFTER.items() if stage is Stage.IN_DOUBT is not after}
    assert sure == {Certainty.TAKEN, Certainty.REFUSED, Certainty.NOT_TAKEN, Certainty.FAULTY}
    assert Stage.IN_DOUBT not in MAY_FAIL_OVER
    assert Stage.SENDING not in MAY_FAIL_OVER


def test_a_call_that_did_not_get_through_says_nothing_of_one_before_it() -> None:
    assert AFTER[Stage.IN_DOUBT, Certainty.NOT_REACHED] is Stage.IN_DOUBT
    assert AFTER[Stage.SENDING, Certainty.NOT_REACHED] is Stage.WAITING


def test_what_was_taken_never_goes_elsewhere() -> None:
    after = {AFTER[Stage.TAKEN, certainty] for certainty in Certainty}
    assert after == {Stage.TAKEN, Stage.FAULTY}
    assert not after & MAY_FAIL_OVER
