"""The decider: a batch of wishes becomes a draft of what one commit will add, and an answer each.

It owns the book. It works ahead of the store: the draft it makes stands on the head that its
last draft will have left, whether or not that one is committed yet. The writer checks under
the lock that the head is indeed there, and otherwise has the batch decided again (`ledger.py`
tells the whole story). Two things make working ahead sound:

- accounts that the last draft touched stay in the book, and its answers stay known, until the
  next draft is made; everything older is in the store for `load` to find;
- the head names the whole history and counts the answers beside it, so a draft cannot be
  written onto any other.
"""

from collections.abc import Sequence
from itertools import pairwise

from partita.engine.answering import Answer, replay
from partita.engine.business import NO_BUSINESS, Business
from partita.engine.expanding import Expansion, decide_past_gate
from partita.engine.gathering import Gatherer, Load, commands_of
from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused, StoredOutcome, Wish
from partita.engine.ports import Clock, Draft, Entropy, LedgerInfo
from partita.engine.sealing import Sealer
from partita.engine.wanting import Act, Named, name
from partita.journal.record import NO_CAUSE, Cause, Head, Record
from partita.kernel import commands
from partita.kernel.account import Account
from partita.kernel.book import Book, evolve, external_id_of
from partita.kernel.decide import decide_atomically
from partita.kernel.events import (
    AccountChanged,
    AccountOpened,
    Event,
    TransactionPosted,
    entries_in,
    resource_in,
)
from partita.kernel.holding import expire
from partita.kernel.holds import Hold
from partita.kernel.moment import Moment
from partita.kernel.rejections import Code, Rejection

_IDS_OF_BUSINESS = 3


class Decider:
    """Makes drafts, one after another, for one ledger. Not safe for several threads at once."""

    def __init__(
        self,
        ledger: LedgerInfo,
        clock: Clock,
        entropy: Entropy,
        business: Business = NO_BUSINESS,
        *,
        accounts_kept: int = 100_000,
    ) -> None:
        """`accounts_kept` bounds the book: memory does not grow with the ledger."""
        self._ledger, self._clock, self._entropy = ledger, clock, entropy
        self._business = business
        self._accounts_kept = accounts_kept
        self._book = Book()
        self._gatherer = Gatherer(self._book)
        self._answers: dict[bytes, Answer] = {}
        self._last: list[Record] = []
        self._last_others: list[Event] = []
        self.base: Head | None = None
        """The head that the next draft will stand on.

        None before the first `restart`, and when a draft broke off half-way: then the book is
        ahead of every head and must not be used.
        """

    def account_in_memory(self, reference: str) -> Account | None:
        """An account of the book by path or id; any thread may ask, and None says nothing."""
        standing = self._book.standings.get(reference)
        return None if standing is None else standing.account

    def seconds_until_due(self) -> float | None:
        """How long until a hold expires, as far as is known; any thread may ask."""
        due = self._gatherer.next_due
        return None if due is None else (due - self._clock.now()) / 1_000_000

    def restart(self, head: Head) -> None:
        """Forget everything and stand on this head, which must be read under the lock."""
        self._gatherer.forget()
        self._book.is_open = head.sequence > 0
        self._answers, self._last, self._last_others = {}, [], []
        self.base = head

    def prepare(self, wishes: Sequence[Wish], load: Load) -> tuple[Draft, list[Outcome]]:
        """Decide the wishes in order; the draft of what to write, and an outcome for each."""
        base, self.base = self.base, None
        assert base is not None, "restart comes first"
        self._make_room()
        now = Moment(max(self._clock.now(), base.recorded_at))
        self._book.now = now
        gatherer = self._gatherer
        known = gatherer.gather(load, wishes, now)
        known_before, self._answers = self._answers, known
        due = [] if gatherer.next_due is None or gatherer.next_due > now else self._due(now)
        likely = len(due) + sum(_likely(wish) for wish in wishes)
        sealer = Sealer(self._ledger.name, base, now, self._entropy, likely)
        self._expire(due, sealer)
        outcomes = []
        for wish in wishes:
            key = wish.key
            answer = None if key is None else known.get(key) or known_before.get(key)
            if answer is not None:
                outcome = replay(answer, wish.cause)
            else:
                outcome = self._decide(wish, sealer)
                if key is not None:
                    known[key] = Answer(wish.cause.fingerprint, outcome)
            outcomes.append(outcome)
        draft = sealer.draft()
        velocity = self._book.velocity
        draft.usages = [velocity.usages[name] for name in velocity.touched]
        self._last_others = [record.event for record in draft.others]
        changed = (resource_in(event) for event in self._last_others)
        gatherer.note_due(resource for resource in changed if resource is not None)
        self._last, self.base = draft.records, draft.head
        return draft, outcomes

    def _make_room(self) -> None:
        """Keep of the book what the last draft touched; drop the rest once it is too much."""
        book, last = self._book, self._last
        book.external_ids = {
            event.external_id
            for record in last
            if type(event := record.event) is TransactionPosted and event.external_id is not None
        }
        book.velocity.settle()
        self._gatherer.remember()
        book.resources = {}
        for event in self._last_others:
            if (reference := external_id_of(event)) is not None:
                book.external_ids.add(reference)
            if (resource := resource_in(event)) is not None:
                book.keep(resource)
        if len(book.standings) > 2 * self._accounts_kept:
            standings = book.standings
            book.standings = {}
            for path in {path for record in last for path in _touched(record.event)}:
                book.put(standings[path])

    def _due(self, now: Moment) -> list[Hold]:
        """The holds that have come to their moment, in the order of their moments."""
        found = self._book.resources.values()
        due = {r.id: r for r in found if isinstance(r, Hold) and r.due_at is not None}
        over = [hold for hold in due.values() if hold.due_at is not None and hold.due_at <= now]
        return sorted(over, key=lambda hold: (hold.due_at, hold.number))

    def _expire(self, due: Sequence[Hold], sealer: Sealer) -> None:
        """Before anything is decided, what is due by now is over: so no timer is needed for that."""
        for hold in due:
            event = expire(self._book, hold, sealer.context)
            evolve(self._book, event)
            sealer.seal(event, NO_CAUSE, None)

    def _decide(self, wish: Wish, sealer: Sealer) -> Outcome:
        command = wish.command
        if wish.is_dry:
            return self._try(wish, sealer)
        if type(command) is commands.Bulk:
            return self._decide_bulk(wish, command, sealer)
        if isinstance(command, Act):
            return self._decide_business(wish, command, sealer)
        gate = self._business.gate
        decision = decide_past_gate(self._book, command, sealer.context, gate)  # type: ignore[arg-type]
        if type(decision) is Rejection:
            if decision.code is Code.ACCOUNT_NOT_FOUND:
                return self._decide_with_openings(wish, sealer)
            return _refuse(wish, decision, sealer)
        evolve(self._book, decision)  # type: ignore[arg-type]
        return Accepted(sealer.seal(decision, wish.cause, wish.key))  # type: ignore[arg-type]

    def _expansion(self, sealer: Sealer, asked: str | None) -> Expansion:
        return Expansion(self._book, sealer.context_at, self._gatherer.fetch, self._business, asked)

    def _decide_business(self, wish: Wish, act: Act, sealer: Sealer) -> Outcome:
        expansion = self._expansion(sealer, act.operation)
        refused = expansion.run(act)
        if refused is not None:
            return _refuse(wish, refused, sealer)
        outcome = _sealed(expansion, wish, sealer)
        if wish.is_dry:
            expansion.undo()
        return outcome

    def _decide_with_openings(self, wish: Wish, sealer: Sealer) -> Outcome:
        """A command that names accounts which are not there: the chart may open them by itself."""
        expansion = self._expansion(sealer, None)
        decision = expansion.take(wish.command)  # type: ignore[arg-type]
        if isinstance(decision, Rejection):
            expansion.undo()
            return _refuse(wish, decision, sealer)
        return _sealed(expansion, wish, sealer)

    def _try(self, wish: Wish, sealer: Sealer) -> Outcome:
        """Decide a wish on the same path, on a copy of the book that is then forgotten.

        A business command may look at anything: it is decided on the book itself, and undone.
        """
        book, named = self._book, Named.nothing()
        trial = Sealer(
            self._ledger.name, sealer.draft().head, sealer.context.now, self._entropy,
            len(commands_of(wish)),
        )  # fmt: skip
        if isinstance(wish.command, Act):
            return self._decide_business(
                Wish(wish.command, wish.cause, None, is_dry=True), wish.command, trial
            )
        for command in commands_of(wish):
            name(command, named)
        self._book = self._gatherer.book = book.copy_of(named.accounts, named.resources)
        try:
            return self._decide(Wish(wish.command, wish.cause), trial)
        finally:
            self._book = self._gatherer.book = book

    def _decide_bulk(self, wish: Wish, bulk: commands.Bulk, sealer: Sealer) -> Outcome:
        results: list[Accepted | Refused] = []
        if bulk.atomic:
            decided = self._decide_together(bulk.commands, sealer)
            if isinstance(decided, tuple):
                index, rejection = decided
                fingerprint = wish.cause.fingerprint or ""
                sealer.keep(wish, StoredOutcome(fingerprint, rejection, index))
                return Refused(rejection, index=index)
            results = [
                Accepted(_seal_all(events, _item(wish.cause, n), None, sealer))
                for n, events in enumerate(decided)
            ]
        else:
            results = [
                self._decide(Wish(command, _item(wish.cause, n)), sealer)  # type: ignore[misc]
                for n, command in enumerate(bulk.commands)
            ]
        places = tuple(
            r.record.sequence if isinstance(r, Accepted) else r.rejection for r in results
        )
        sealer.keep(wish, StoredOutcome(wish.cause.fingerprint or "", results=places))
        return BulkDone(tuple(results))

    def _decide_together(
        self, wanted: Sequence[commands.Command], sealer: Sealer
    ) -> list[list[Event]] | tuple[int, Rejection]:
        """The events of each command of a bulk; or the first that is refused, and why."""
        if not any(type(command) is commands.OpenAccount for command in wanted):
            decided = decide_atomically(self._book, wanted, sealer.context_at)
            if isinstance(decided, list):
                return [[event] for event in decided]
            if decided[1].code is not Code.ACCOUNT_NOT_FOUND:
                return decided
        # The slower way, for what has to do with the chart: accounts that open, or may not.
        expansion, ends = self._expansion(sealer, None), [0]
        for n, command in enumerate(wanted):
            decision = expansion.take(command)
            if isinstance(decision, Rejection):
                expansion.undo()
                return n, decision
            ends.append(len(expansion.events))
        return [expansion.events[start:end] for start, end in pairwise(ends)]


def _likely(wish: Wish) -> int:
    """About how many ids a wish will need: drawing them by the way costs a change of threads."""
    return _IDS_OF_BUSINESS if isinstance(wish.command, Act) else len(commands_of(wish))


def _refuse(wish: Wish, rejection: Rejection, sealer: Sealer) -> Refused:
    sealer.keep(wish, StoredOutcome(wish.cause.fingerprint or "", rejection))
    return Refused(rejection)


def _sealed(expansion: Expansion, wish: Wish, sealer: Sealer) -> Accepted:
    """Seal all that a command became; its last fact carries the key, and is its answer."""
    return Accepted(_seal_all(expansion.events, wish.cause, wish.key, sealer))


def _seal_all(events: Sequence[Event], cause: Cause, key: bytes | None, sealer: Sealer) -> Record:
    """Seal events that are one answer; the last has the cause and the key, and is that answer."""
    *parts, last = events
    for event in parts:
        sealer.seal(event, Cause(None, None, cause.actor, cause.request_id), None)
    return sealer.seal(last, cause, key)


def _touched(event: Event) -> list[str]:
    """The paths of the accounts that an event changed, or that its resource leads to."""
    if isinstance(event, AccountOpened):
        return [event.account.path]
    if isinstance(event, AccountChanged):
        return [event.account]
    resource = resource_in(event)
    accounts = [entry.account for entry in entries_in(event)]
    return accounts if resource is None else [*accounts, *resource.accounts]


def _item(cause: Cause, index: int) -> Cause:
    return Cause(cause.key, cause.fingerprint, cause.actor, cause.request_id, index)
