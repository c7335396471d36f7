"""The process of rails: what is due is handed over, asked about or given up; what is told is taken in.

    due payments ─► order written down ─► rail called ─► outcome noted
    due orders   ─► sent again, asked about, passed on to another rail, or failed
    rails        ─► messages taken in, cursor moved

Everything it knows stands in the journal; what it keeps in memory are the breakers. So it can be
killed between any two lines: an order is written down before its rail is called, and one that is
found under way is asked about before anything else is done. Two servers may run it on one ledger:
the keys of commands and the count of contacts let the first one through.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from copy import copy
from typing import NamedTuple

import msgspec

from partita.engine.clerk import Clerk, is_new
from partita.engine.errors import PartitaError
from partita.engine.ledger import Ledger
from partita.engine.listing import ResourceFilter
from partita.engine.outcome import Accepted, Refused
from partita.engine.ports import Clock, Entropy, LedgerInfo, Reader
from partita.kernel.events import MatterChanged
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection
from partita.modules.payments.acts import Advance, step_key
from partita.modules.payments.lifecycle import PaymentType, Verb
from partita.modules.payments.payment import Payment, read_payment
from partita.modules.payments.rail import Objection, Rail
from partita.modules.rails import order as orders
from partita.modules.rails import rail_state
from partita.modules.rails.acts import NoteContact, SendAgain
from partita.modules.rails.backoff import CHANCE_BYTES, Backoff
from partita.modules.rails.dispatching import AFTER, WHEN_DUE, Stage, Todo
from partita.modules.rails.intake import move_cursor, read_on, take_in
from partita.modules.rails.line import Certainty, Contact, Line, LinePolicy
from partita.modules.rails.order import Order, read_order, stage_of, submission_for
from partita.modules.rails.routing import Routes
from partita.modules.rails.sharing import Share, verb_of_clock
from partita.modules.rails.status_message import FINAL, message_of

_log = logging.getLogger(__name__)
_KINDS = (orders.KIND, *(type_.value for type_ in PaymentType))
_MOST_LOOKED_AT = 20_000
_SOMEBODY_ELSE = frozenset({Code.INVALID_STATE, Code.IDEMPOTENCY_KEY_REUSED})
"""How a ledger says that another process, or a person, went on with it first."""


class Policy(msgspec.Struct, frozen=True):
    """How patient a process is.

    `doubt_seconds` must be longer than any call can last: an order that is under way for so long
    was cut off. After `tries` calls that did not get through another rail is tried, if there is one.
    """

    line: LinePolicy = LinePolicy()
    doubt_seconds: int = 60
    tries: int = 3
    unreached: Backoff = Backoff(first_seconds=1, most_seconds=900)
    silent: Backoff = Backoff(first_seconds=60, most_seconds=21_600)
    most_at_once: int = 500


class _Step(NamedTuple):
    """A payment that is due, and what the clock says to it."""

    matter: Matter
    payment: Payment
    verb: Verb


class _Call(NamedTuple):
    """An order that is about to be sent or asked about, and where it stands."""

    order: Order
    stage: Stage
    is_question: bool = False


class RailsProcess:
    """Carries the payments of one ledger to its rails, and brings back what became of them."""

    def __init__(
        self,
        ledger: Ledger,
        reader: Reader,
        rails: Mapping[str, Rail],
        *,
        clock: Clock,
        entropy: Entropy,
        policy: Policy | None = None,
    ) -> None:
        """Work for this ledger, with these rails."""
        self.name = f"rails-{ledger.info.name}"
        self._info, self._reader, self._clerk = ledger.info, reader, Clerk(ledger, "rails")
        self._entropy, self.policy = entropy, policy or Policy()
        self.lines = {name: Line(rail, clock, self.policy.line) for name, rail in rails.items()}
        self._put_off: dict[str, tuple[Moment, int]] = {}
        self._share = Share(None, self.lines)
        self._pool: Executor | None = None

    def part(self, rail: str) -> "RailsProcess":
        """The share of one rail (or "", of none), on the same lines; it calls several at once."""
        part = copy(self)
        part.name = f"{self.name}-{rail or 'clock'}"
        part._share, part._put_off = Share(rail, self.lines), {}
        part._pool = ThreadPoolExecutor(self.policy.line.calls_at_once, part.name)
        return part

    def run_once(self, now: Moment) -> int:
        """Do what is due by now, and take in what was told; how many things were done."""
        kept = self.kept()
        told = self._take_in(kept)
        due = self._due_here(now)
        if not due:
            return told
        routes = Routes(self.lines, kept)
        self._hand_over(routes, [each for each in due if each.kind != orders.KIND], now)
        self._go_on(routes, [each for each in due if each.kind == orders.KIND], now)
        return told + len(due) + self._take_in(self.kept())

    def due(self, now: Moment, limit: int) -> list[Matter]:
        """The payments and orders that are due by now, those first that wait longest."""
        return self._reader.matters_due(self._info, now, limit, _KINDS)

    def _due_here(self, now: Moment) -> list[Matter]:
        """What is due of this process's share, also where others left much lying."""
        limit = self.policy.most_at_once
        while True:
            found = self.due(now, limit)
            mine = [matter for matter in found if self._share.has(matter)]
            if mine or len(found) < limit or limit > _MOST_LOOKED_AT:
                return mine[: self.policy.most_at_once]
            limit *= 4

    # Messages.

    def _take_in(self, kept: Mapping[str, Matter]) -> int:
        done = 0
        for name, line in self.lines.items():
            if not self._share.calls(name):
                continue
            cursor = rail_state.read_state(kept.get(name)).cursor
            while (page := read_on(line.rail, cursor)) is not None and page.messages:
                done += take_in(self._clerk, name, page.messages)
                move_cursor(self._clerk, name, page.cursor)
                cursor = page.cursor
        return done

    def kept(self) -> dict[str, Matter]:
        """What the ledger says of rails, by name; one that it never heard of is not there."""
        found = self._reader.resources(self._info, ResourceFilter(rail_state.KIND), None, 1_000)
        return {each.title: each for each in found if isinstance(each, Matter) and each.title}

    # Payments that are due.

    def _hand_over(self, routes: Routes, due: Sequence[Matter], now: Moment) -> None:
        """Take the next step of every payment that waits for the clock: all in one batch."""
        steps = [
            _Step(matter, payment, verb)
            for matter in due
            if self._is_up(matter, now)
            and (verb := verb_of_clock(payment := read_payment(matter.body))) is not None
        ]
        acts = [self._act(routes, step, now) for step in steps]
        keys = [
            self._step_key(step.matter, act.verb) for step, act in zip(steps, acts, strict=True)
        ]
        outcomes = self._clerk.write(list(zip(acts, keys, strict=True)))
        calls: list[_Call] = []
        for step, act, outcome in zip(steps, acts, outcomes, strict=True):
            if isinstance(outcome, Refused):
                self._fail(step.matter, outcome.rejection, now)
                continue
            self._put_off.pop(step.matter.id, None)
            if is_new(outcome) and act.wakes_at is not None:
                calls.append(_Call(_order_in(outcome), Stage.SENDING))
        self._call(calls, now)

    def _act(self, routes: Routes, step: _Step, now: Moment) -> Advance:
        """What the clock says; an order is written down for a rail that can carry it."""
        payment = step.payment
        if step.verb is not Verb.SUBMIT:
            return Advance(payment=payment.id, verb=step.verb)
        try:
            submission = submission_for(payment, payment.id)
        except ValueError as error:
            return _failing(payment, Objection("unfit", str(error)))
        found = routes.first(payment.rail or "", submission, now)
        if isinstance(found, Objection):
            return _failing(payment, found)
        is_open = self._share.calls(found) and routes.is_open(found)
        is_open = is_open and routes.opening(found, submission, now) <= now
        wakes_at = self._after_doubt(now) if is_open else None
        return Advance(payment=payment.id, verb=Verb.SUBMIT, rail=found, wakes_at=wakes_at)

    def _step_key(self, matter: Matter, verb: Verb) -> str:
        _until, tries = self._put_off.get(matter.id, (0, 0))
        return f"{step_key(matter.id, verb, matter.version)}:{tries}"

    def _fail(self, matter: Matter, rejection: Rejection, now: Moment) -> None:
        """What the rules refuse comes to nothing where the table allows it; else it is put off."""
        payment = read_payment(matter.body)
        reason = f"{rejection.code.value}: {rejection.detail}"
        if rejection.code not in _SOMEBODY_ELSE and Verb.FAIL in payment.allowed:
            act = Advance(payment=payment.id, verb=Verb.FAIL, reason=reason)
            key = f"{self._step_key(matter, Verb.FAIL)}:refused"
            if isinstance(self._clerk.write_one(act, key), Accepted):
                return
        _until, tries = self._put_off.get(matter.id, (now, 0))
        self._put_off[matter.id] = (self._after(tries, now), tries + 1)
        _log.info("%s cannot go on now: %s", matter.id, reason)

    def _is_up(self, matter: Matter, now: Moment) -> bool:
        until, _tries = self._put_off.get(matter.id, (now, 0))
        return until <= now

    # Orders that are due.

    def _go_on(self, routes: Routes, due: Sequence[Matter], now: Moment) -> None:
        """Send, ask about, pass on or give up every order whose moment has come."""
        calls: list[_Call] = []
        for matter in due:
            order, todo = read_order(matter), WHEN_DUE[stage_of(matter)]
            if todo is Todo.ASK:
                calls.append(_Call(order, stage_of(matter), is_question=True))
            elif todo is Todo.SEND:
                calls += self._send(routes, order, now)
            elif todo is Todo.REPLACE:
                calls += self._replace(routes, order, now)
        self._call(calls, now)

    def _send(self, routes: Routes, order: Order, now: Moment) -> Iterable[_Call]:
        """Send an order that waits, on its own rail or, since it was not taken, on another."""
        objection = routes.objection(order.rail, order.submission, now)
        if objection is not None:
            return self._replace(routes, order, now, objection)
        opening = routes.opening(order.rail, order.submission, now)
        is_open = routes.is_open(order.rail)
        if not is_open or opening > now or order.failures >= self.policy.tries:
            other = routes.another(order.rails, order.submission, now)
            if other is not None:
                return self._pass_on(order, other, now)
        if not is_open or opening > now:
            wakes_at = max(opening, self._after(order.failures, now))
            closed = Contact(Certainty.NOT_REACHED, code="rail_closed")
            act, key = _noted(order, closed, wakes_at)
            self._clerk.write_one(act, key)
            return ()
        again = SendAgain(
            submission=order.id, contacts=order.contacts, wakes_at=self._after_doubt(now)
        )
        outcome = self._clerk.write_one(again, f"{order.id}:send:{order.contacts}")
        return [_Call(order, Stage.SENDING)] if is_new(outcome) else ()

    def _replace(
        self, routes: Routes, order: Order, now: Moment, objection: Objection | None = None
    ) -> Iterable[_Call]:
        """Hand what a rail certainly did not take to another one; without one, the payment fails."""
        other = routes.another(order.rails, order.submission, now)
        if other is not None:
            return self._pass_on(order, other, now)
        code = order.code if objection is None else objection.code
        detail = order.detail if objection is None else objection.detail
        reason = f"{order.rail} did not take it: {code or 'no reason given'} {detail}".strip()
        act = Advance(payment=order.submission.payment, verb=Verb.FAIL, code=code, reason=reason)
        self._clerk.write_one(act, f"{order.id}:fail")
        return ()

    def _pass_on(self, order: Order, rail: str, now: Moment) -> Iterable[_Call]:
        # Whoever calls that rail finds an order that waits, and sends it.
        is_ours = self._share.calls(rail)
        act = Advance(
            payment=order.submission.payment, verb=Verb.RESUBMIT, rail=rail,
            wakes_at=self._after_doubt(now) if is_ours else None,
        )  # fmt: skip
        outcome = self._clerk.write_one(act, f"{order.id}:next")
        if not is_new(outcome) or not is_ours:
            return ()
        return [_Call(_order_in(outcome, order.rails), Stage.SENDING)]

    # Calls, and what came of them.

    def _call(self, calls: Sequence[_Call], now: Moment) -> None:
        """Call the rails, then note the outcomes; what a status tells is taken in as a message."""
        notes: list[tuple[NoteContact, str]] = []
        for call, contact in zip(calls, self._contacts(calls), strict=True):
            told = message_of(call.order, contact)
            if told is not None:
                take_in(self._clerk, call.order.rail, [told])
            if contact.progress not in FINAL:
                notes.append(_noted(call.order, contact, self._wakes_at(call, contact, now)))
        self._clerk.write(notes)

    def _contacts(self, calls: Sequence[_Call]) -> list[Contact]:
        """What came of each call; several at once, if somebody lends a hand."""
        run = map if self._pool is None else self._pool.map
        return list(run(self._contact, calls))

    def _contact(self, call: _Call) -> Contact:
        line, order = self.lines.get(call.order.rail), call.order
        if line is None:
            return Contact(Certainty.IN_DOUBT, code="rail_not_found", detail="it is not wired")
        if not call.is_question:
            return line.submit(order.submission)
        contact = line.status(order.id)
        is_lost = contact.certainty is Certainty.NOT_SEEN and call.stage is not Stage.TAKEN
        # The same id on the same rail moves nothing twice, whatever became of the first call.
        return line.submit(order.submission) if is_lost else contact

    def _wakes_at(self, call: _Call, contact: Contact, now: Moment) -> Moment | None:
        after = AFTER[call.stage, contact.certainty]
        if after is Stage.TAKEN:
            failures = call.order.failures if call.stage is Stage.TAKEN else 0
            chance = self._entropy.bytes(CHANCE_BYTES)
            return Moment(now + self.policy.silent.microseconds(failures, chance))
        if after is Stage.REFUSED or contact.certainty is Certainty.NOT_TAKEN:
            return now
        if after in {Stage.WAITING, Stage.IN_DOUBT}:
            return self._after(call.order.failures, now)
        return None

    def _after(self, failures: int, now: Moment) -> Moment:
        chance = self._entropy.bytes(CHANCE_BYTES)
        return Moment(now + self.policy.unreached.microseconds(failures, chance))

    def _after_doubt(self, now: Moment) -> Moment:
        return Moment(now + self.policy.doubt_seconds * 1_000_000)


class RailsOfAllLedgers:
    """The processes of all ledgers as one: a ledger that cannot go on keeps no other waiting."""

    def __init__(
        self,
        rail: str,
        ledgers: Callable[[], list[LedgerInfo]],
        process: Callable[[str], RailsProcess],
    ) -> None:
        """Do the share of one rail, or of none (""), in each of these ledgers."""
        self.name = f"rails-{rail or 'clock'}"
        self._rail, self._ledgers, self._process = rail, ledgers, process
        self._parts: dict[str, RailsProcess] = {}

    def run_once(self, now: Moment) -> int:
        """Do what is due in every ledger; how many things were done."""
        done = 0
        for info in self._ledgers():
            try:
                done += self._part(info.name).run_once(now)
            except PartitaError as error:
                _log.warning("the rails of %s stand still: %s", info.name, error)
        return done

    def _part(self, ledger: str) -> RailsProcess:
        if ledger not in self._parts:
            self._parts[ledger] = self._process(ledger).part(self._rail)
        return self._parts[ledger]


def _failing(payment: Payment, objection: Objection) -> Advance:
    reason = f"no rail can carry it: {objection}"
    return Advance(payment=payment.id, verb=Verb.FAIL, code=objection.code, reason=reason)


def _order_in(outcome: Accepted | Refused, tried: tuple[str, ...] = ()) -> Order:
    """The order that was written down with a payment's step."""
    assert isinstance(outcome, Accepted), "it was accepted"
    event = outcome.record.event
    assert isinstance(event, MatterChanged), "a business command ends with its matter"
    payment = read_payment(event.matter.body)
    assert payment.submission is not None, "it was written down with its order"
    submission = submission_for(payment, payment.submission)
    return Order(submission, payment.rail or "", outcome.record.recorded_at, tried)


def _noted(order: Order, contact: Contact, wakes_at: Moment | None) -> tuple[NoteContact, str]:
    """The command that notes what came of a call, and its key."""
    act = NoteContact(
        submission=order.id,
        contacts=order.contacts,
        certainty=contact.certainty,
        reference=contact.reference,
        code=contact.code,
        detail=contact.detail,
        wakes_at=wakes_at,
    )
    return act, f"{order.id}:contact:{order.contacts}"
