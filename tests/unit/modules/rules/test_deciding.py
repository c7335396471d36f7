"""Rules in a ledger: versions, their states, and what runs inside a payment's own decision."""

from typing import ClassVar

import msgspec
import pytest

from partita.engine.business import Act, Business, Deciders, Desk, Steps
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Outcome
from partita.engine.verification import verify_ledger
from partita.kernel.commands import ChangeMatter
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code
from partita.modules.chart import applying as chart
from partita.modules.chart.applying import apply_command
from partita.modules.chart.document import read_document
from partita.modules.rules import deciding
from partita.modules.rules.commands import (
    ActivateRule,
    NoteBacktest,
    RetireRule,
    RollBackRule,
    SaveRule,
    ShadowRule,
)
from partita.modules.rules.document import read_rule
from partita.modules.rules.kept import RULE_ACTIONS, Backtest, KeptRule, read_kept
from partita.modules.rules.occasion import Applied, Counter
from partita.modules.rules.rule import RuleStatus
from partita.modules.rules.rulebook import Rulebook
from partita.modules.rules.usage import read_counter
from partita.wiring import Application, FullStore
from partita.wiring.event_types import event_types
from tests.plugins.steering import SeededEntropy, StandingClock, ask_one
from tests.unit.engine.bookkeeping import accepted, refused
from tests.unit.modules.rules.paper import NOW, Equalities, occasion

BOOK = Rulebook(Equalities())
TRIED = Backtest(at=NOW, begins_at=NOW, ends_at=NOW, payments=0)
_encode = msgspec.json.Encoder(enc_hook=Moment.text).encode
_decode = msgspec.json.Decoder(Applied, dec_hook=lambda _type, text: Moment.parse(text)).decode


class Sell(Act, frozen=True, tag="sale.make"):
    """A payment as far as rules go: it keeps what they said."""

    operation: ClassVar[str] = "sales"
    amount: int = 10_000
    subject: str = "cus_anna"
    keeps: bool = True


def sell(desk: Desk, command: Sell) -> Steps:
    moment = occasion(command.amount, subject=command.subject, now=desk.now)
    applied = yield from BOOK.run(desk, moment)
    if applied.denied is not None:
        return applied.denied
    body = _encode(applied).decode() if command.keeps else "{}"
    yield ChangeMatter(type="sale.made", kind="sale", prefix="sal_", status="made", body=body)
    return None


DECIDERS: Deciders = {**deciding.DECIDERS, **chart.DECIDERS, Sell: sell}
FACTS = {*event_types(), "sale.made"}


@pytest.fixture
def house(application: Application, ledger: Ledger, clock: StandingClock) -> Ledger:
    business = Business(DECIDERS, facts=FACTS)
    return Ledger(ledger.info, application.store, clock, SeededEntropy(4), business=business)


def fee(basis_points: int, **rest: str) -> SaveRule:
    """A card fee of so many basis points."""
    effect = {"to": "fees:card", "percentage": f"{basis_points}bp"}
    value = {"name": "card-fee", "on": "payment.captured", "fee": effect}
    return BOOK.save_command(read_rule(value | rest))


def cashback() -> SaveRule:
    effect = {"asset": "POINTS", "percentage": "5%", "cap_per_month": "700"}
    return BOOK.save_command(
        read_rule({"name": "cashback", "on": "payment.captured", "reward": effect})
    )


def matter_of(outcome: Outcome) -> Matter:
    event = accepted(outcome).event
    assert isinstance(event, MatterChanged)
    return event.matter


def kept(outcome: Outcome) -> KeptRule:
    return read_kept(matter_of(outcome).body)


def sold(outcome: Outcome) -> Applied:
    return _decode(matter_of(outcome).body)


def in_force(house: Ledger, *saves: SaveRule) -> None:
    for each in saves:
        accepted(ask_one(house, each))
        accepted(ask_one(house, ActivateRule(each.name, without_backtest=True)))


def states(rule: KeptRule) -> list[str]:
    return [f"{each.version} {each.status.value}" for each in rule.versions]


def test_a_rule_is_drafted_shadowed_activated_and_retired_by_version(house: Ledger) -> None:
    first = matter_of(ask_one(house, fee(150)))
    assert (first.title, first.status, first.id[:4]) == ("card-fee", "draft", "rul_")
    assert states(kept(ask_one(house, ShadowRule("card-fee")))) == ["1 shadow"]
    accepted(ask_one(house, NoteBacktest("card-fee", version=1, backtest=TRIED)))
    active = kept(ask_one(house, ActivateRule(first.id)))
    assert states(active) == ["1 active"]
    assert not active.newest.without_backtest
    assert states(kept(ask_one(house, fee(200)))) == ["1 active", "2 draft"]
    assert states(kept(ask_one(house, ShadowRule("card-fee", version=2)))) == [
        "1 active",
        "2 shadow",
    ]
    second = kept(ask_one(house, ActivateRule("card-fee", without_backtest=True)))
    assert states(second) == ["1 retired", "2 active"]
    assert second.newest.without_backtest
    back = ask_one(house, RollBackRule("card-fee", reason="too dear"))
    assert states(kept(back)) == ["1 active", "2 retired"]
    assert refused(ask_one(house, RollBackRule("card-fee"))) is Code.INVALID_STATE
    retired = ask_one(house, RetireRule("card-fee"))
    assert states(kept(retired)) == ["1 retired", "2 retired"]
    assert matter_of(retired).status == "retired"


def test_a_rule_is_not_activated_without_a_backtest_unless_that_is_said(house: Ledger) -> None:
    accepted(ask_one(house, fee(150)))
    assert refused(ask_one(house, ActivateRule("card-fee"))) is Code.RULE_NOT_BACKTESTED
    accepted(ask_one(house, NoteBacktest("card-fee", version=1, backtest=TRIED)))
    assert states(kept(ask_one(house, ActivateRule("card-fee")))) == ["1 active"]


def test_a_rule_without_a_place_in_the_chart_is_not_put_in_force(house: Ledger) -> None:
    bare = {"name": "bare", "accounts": {"cash:{asset}": {"type": "asset", "class": "custody"}}}
    accepted(ask_one(house, apply_command(read_document(bare))))
    accepted(ask_one(house, fee(150, asset="USD")))
    refusal = ask_one(house, ActivateRule("card-fee", without_backtest=True))
    assert refused(refusal) is Code.RULE_FAILED


def test_the_backtest_of_one_version_is_none_of_the_next(house: Ledger) -> None:
    accepted(ask_one(house, fee(150)))
    accepted(ask_one(house, NoteBacktest("card-fee", version=1, backtest=TRIED)))
    accepted(ask_one(house, fee(200)))
    assert refused(ask_one(house, ActivateRule("card-fee"))) is Code.RULE_NOT_BACKTESTED


def test_the_same_words_are_no_new_version(house: Ledger) -> None:
    accepted(ask_one(house, fee(150)))
    assert refused(ask_one(house, fee(150))) is Code.DOCUMENT_UNCHANGED
    assert kept(ask_one(house, fee(151))).newest.version == 2


_TAKES = {
    "backtest": NoteBacktest("card-fee", version=1, backtest=TRIED),
    "shadow": ShadowRule("card-fee", version=1),
    "promote": ActivateRule("card-fee", version=1, without_backtest=True),
    "retire": RetireRule("card-fee", version=1),
}
_LEADS_TO: dict[RuleStatus, list[Act]] = {
    RuleStatus.DRAFT: [],
    RuleStatus.SHADOW: [_TAKES["shadow"]],
    RuleStatus.ACTIVE: [_TAKES["promote"]],
    RuleStatus.RETIRED: [_TAKES["retire"]],
}


@pytest.mark.parametrize("action", _TAKES)
@pytest.mark.parametrize("status", RuleStatus)
def test_every_state_and_action_is_allowed_or_an_invalid_state(
    house: Ledger, status: RuleStatus, action: str
) -> None:
    accepted(ask_one(house, fee(150)))
    for step in _LEADS_TO[status]:
        accepted(ask_one(house, step))
    outcome = ask_one(house, _TAKES[action])
    if action in RULE_ACTIONS[status]:
        assert isinstance(outcome, Accepted)
    else:
        assert refused(outcome) is Code.INVALID_STATE


def test_what_is_not_there_is_not_found(house: Ledger) -> None:
    assert refused(ask_one(house, ShadowRule("nobody"))) is Code.RULE_NOT_FOUND
    accepted(ask_one(house, fee(150)))
    assert refused(ask_one(house, ShadowRule("card-fee", version=9))) is Code.RULE_NOT_FOUND
    assert refused(ask_one(house, RetireRule("card-fee", version=9))) is Code.RULE_NOT_FOUND


def test_the_active_version_is_recorded_on_what_it_did(house: Ledger) -> None:
    assert sold(ask_one(house, Sell())) == Applied()
    in_force(house, fee(150))
    accepted(ask_one(house, fee(200)))
    assert [
        (f.name, f.version, m.amount)
        for f in sold(ask_one(house, Sell())).facts
        for m in f.moves
    ] == [("card-fee", 1, 150)]  # fmt: skip
    accepted(ask_one(house, ShadowRule("card-fee")))
    both = sold(ask_one(house, Sell()))
    assert [(f.version, f.outcome.value) for f in both.facts] == [(1, "applied"), (2, "shadowed")]
    assert [move.amount for move in both.moves] == [150]
    accepted(ask_one(house, ActivateRule("card-fee", without_backtest=True)))
    assert [move.amount for move in sold(ask_one(house, Sell())).moves] == [200]


def test_a_monthly_cap_holds_over_batches_and_restarts(
    house: Ledger, application: Application, clock: StandingClock, store: FullStore
) -> None:
    in_force(house, cashback())
    assert [sum(m.amount for m in sold(ask_one(house, Sell())).moves)] == [500]
    house.close()
    again = Ledger(
        house.info,
        application.store,
        clock,
        SeededEntropy(5),
        business=Business(DECIDERS, facts=FACTS),
    )
    assert [sum(m.amount for m in sold(ask_one(again, Sell())).moves)] == [200]
    assert sold(ask_one(again, Sell())).moves == ()
    other = sold(ask_one(again, Sell(subject="cus_boris")))
    assert sum(m.amount for m in other.moves) == 500
    usages = store.resources(again.info, ResourceFilter("rule_usage"), None, 9)
    counted = {u.title: read_counter(u) for u in usages if isinstance(u, Matter)}
    month = occasion(now=clock.now()).now.text()[:7]
    assert counted == {
        f"cashback/cus_anna/{month}": Counter(3, 700),
        f"cashback/cus_boris/{month}": Counter(1, 500),
    }
    assert verify_ledger(store, again.info).ok
    again.close()


def test_a_counter_has_room_for_38_digits(house: Ledger) -> None:
    value = {"name": "gift", "on": "payment.captured",
             "reward": {"asset": "POINTS", "percentage": "1%", "cap_per_month": "9" * 37}}  # fmt: skip
    in_force(house, BOOK.save_command(read_rule(value)))
    for _payment in range(2):
        # What the test keeps of a sale has no room for such figures; the counter has.
        accepted(ask_one(house, Sell(amount=10**37, keeps=False)))


@pytest.mark.parametrize(
    ("when", "code"),
    [("rail == card", Code.RULE_DENIED), ("broken", Code.RULE_FAILED)],
)
def test_a_payment_that_a_rule_refuses_leaves_nothing(
    house: Ledger, store: FullStore, when: str, code: Code
) -> None:
    value = {"name": "no", "on": "payment.captured", "when": when, "deny": {"reason": "because"}}
    in_force(house, cashback(), BOOK.save_command(read_rule(value)))
    before = store.head(house.info).sequence
    assert refused(ask_one(house, Sell())) is code
    assert store.head(house.info).sequence == before
    assert store.resources(house.info, ResourceFilter("rule_usage"), None, 9) == []
