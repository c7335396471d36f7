"""The one list of event types: nothing is recorded that is not in it, and all in it makes sense."""

from partita import wiring
from partita.config import Settings
from partita.journal.encoding import EVENT_TYPES, type_name
from partita.kernel.changing import RESERVED_KINDS, is_matter_type
from partita.surfaces.scenario import neobank
from partita.surfaces.scenario.time import SteeredClock
from partita.wiring.business import BUSINESS
from partita.wiring.event_types import HAPPENINGS, event_types


def test_a_month_of_a_neobank_records_nothing_else() -> None:
    """Every type in its journal is listed, and a good part of those that are listed occur."""
    clock = SteeredClock(neobank.START)
    application = wiring.build(Settings(memory=True), clock=clock)
    plan = neobank.Plan(300, 1, "neobank", dict(neobank.FAULTS))
    neobank.live(application, clock, plan, lambda _done, _total: None)
    info = application.ledger("neobank").info
    met = {type_name(record.event) for record in application.store.records(info, 0, 100_000)}
    application.close()
    assert met <= set(event_types())
    assert len(met) > 40


def test_no_decision_records_what_is_not_listed() -> None:
    """Every test that runs a module's commands through the wiring is held to the list by this."""
    assert BUSINESS.facts is event_types()


def test_every_type_about_a_matter_can_be_recorded() -> None:
    kinds = [each.kind for each in HAPPENINGS]
    assert len(kinds) == len(set(kinds)), "one module speaks of a kind"
    assert not RESERVED_KINDS & set(kinds)
    for name in event_types().keys() - EVENT_TYPES.keys():
        assert is_matter_type(name), name


def test_every_type_says_in_a_sentence_what_happened() -> None:
    for name, each in event_types().items():
        assert each.meaning[0].isupper(), name
        assert each.meaning.endswith("."), name
        assert (each.body is None) == (name in EVENT_TYPES), name
