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

from collections.abc import Callable, Iterable, Mapping, Sequence

from partita.engine.answering import Answer, replay, restored
from partita.engine.outcome import Accepted, BulkDone, Outcome, Refused, StoredOutcome, Wish
from partita.engine.ports import Clock, Draft, Entropy, LedgerInfo, Loaded, Wants
from partita.engine.sealing import Sealer
from partita.engine.wanting import Named, name
from partita.journal.record import NO_CAUSE, Cause, Head, Record
from partita.kernel import commands
from partita.kernel.account import Account
from partita.kernel.book import Book, evolve, external_id_of
from partita.kernel.decide import decide, decide_atomically
from partita.kernel.documents import Document
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
from partita.kernel.rejections import Rejection
from partita.kernel.resources import Resource

Load = Callable[[Wants], Loaded]


class Decider:
    """Makes drafts, one after another, for one ledger. Not safe for several threads at once."""

    def __init__(
        self, ledger: LedgerInfo, clock: Clock, entropy: Entropy, *, accounts_kept: int = 100_000
    ) -> None:
        """`accounts_kept` bounds the book: memory does not grow with the ledger."""
        self._ledger, self._clock, self._entropy = ledger, clock, entropy
        self._accounts_kept = accounts_kept
        self._book = Book()
        self._answers: dict[bytes, Answer] = {}
        self._last: list[Record] = []
        self._last_others: list[Event] = []
        self._is_due_known = self._are_rules_known = False
        self.next_due: Moment | None = None
        """When, as far as is known, a hold will expire next."""
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
        due = self.next_due
        return None if due is None else (due - self._clock.now()) / 1_000_000

    def restart(self, head: Head) -> None:
        """Forget everything and stand on this head, which must be read under the lock."""
        self._book.forget()
        self._book.is_open = head.sequence > 0
        self._answers, self._last, self._last_others = {}, [], []
        self._is_due_known, self.next_due, self._are_rules_known = False, None, False
        self.base = head

    def prepare(self, wishes: Sequence[Wish], load: Load) -> tuple[Draft, list[Outcome]]:
        """Decide the wishes in order; the draft of what to write, and an outcome for each."""
        base, self.base = self.base, None
        assert base is not None, "restart comes first"
        self._make_room()
        now = Moment(max(self._clock.now(), base.recorded_at))
        self._book.now = now
        known = self._take_in(load, self._wants(wishes, now))
        if self._book.velocity.limits:
            self._take_in_usages(load, wishes)
        known_before, self._answers = self._answers, known
        due = [] if self.next_due is None or self.next_due > now else self._due(now)
        most = len(due) + sum(len(_commands(wish)) for wish in wishes)
        sealer = Sealer(self._ledger.name, base, now, self._entropy, most)
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
        self._note_due(resource.due_at for resource in changed if resource is not None)
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

    def _wants(self, wishes: Sequence[Wish], now: Moment) -> Wants:
        """What the wishes name that the book does not hold, each once; and what is due by now."""
        standings = self._book.standings
        wants = Named({}, {}, {}, {}, [])
        keys = []
        for wish in wishes:
            if wish.key is not None:
                keys.append(wish.key)
            for command in _commands(wish):
                if type(command) is commands.PostTransaction:
                    for posting in command.postings:
                        if posting.account not in standings:
                            wants.accounts[posting.account] = None
                    if command.external_id is not None:
                        wants.external_ids.append(command.external_id)
                else:
                    name(command, wants)
        missing = [account for account in wants.accounts if account not in standings]
        is_due = not self._is_due_known or (self.next_due is not None and self.next_due <= now)
        return Wants(
            keys, missing, wants.external_ids, list(wants.assets), list(wants.resources),
            list(wants.documents), now if is_due else None, not self._are_rules_known,
        )  # fmt: skip

    def _take_in(self, load: Load, wants: Wants) -> dict[bytes, Answer]:
        """Load what is wanted into the book; the stored answers come back, by key."""
        if wants.is_empty:
            return {}
        loaded = load(wants)
        book = self._book
        for standing in loaded.standings:
            if standing.account.path not in book.standings:
                book.put(standing)
        for asset in loaded.assets:
            book.assets.setdefault(asset.code, asset)
        book.external_ids.update(loaded.external_ids)
        for resource in loaded.resources:
            self._take_in_resource(resource)
        self._are_rules_known = self._are_rules_known or wants.rules
        if wants.due_by is not None:
            self._is_due_known, self.next_due = True, loaded.next_due
            # What the last draft left may not be in the store yet.
            self._note_due(r.due_at for r in book.resources.values())
        answers = {
            key: Answer(record.cause.fingerprint, Accepted(record))
            for key, record in loaded.records.items()
        }
        for key, stored in loaded.outcomes.items():
            answers[key] = Answer(stored.fingerprint, restored(stored, loaded.bulk_records))
        return answers

    def _take_in_usages(self, load: Load, wishes: Sequence[Wish]) -> None:
        """Load what was used of the limits that these wishes may ask for."""
        book, named = self._book, Named({}, {}, {}, {}, [])
        texts: list[Mapping[str, str]] = []
        for wish in wishes:
            for command in _commands(wish):
                name(command, named)
                texts.append(getattr(command, "metadata", None) or {})
        led_to = [r for (_kind, id), r in book.resources.items() if id in named.resources]
        texts += [getattr(resource, "metadata", {}) for resource in led_to]
        accounts = [*named.accounts, *(path for r in led_to for path in r.accounts)]
        found = (book.standings.get(account) for account in accounts)
        paths = dict.fromkeys(standing.account.path for standing in found if standing is not None)
        unknown = list(book.velocity.may_use(paths, texts))
        if unknown:
            for usage in load(Wants(usages=unknown)).usages:
                book.velocity.usages[usage.limit, usage.subject] = usage

    def _take_in_resource(self, resource: Resource) -> None:
        """What the last draft left is newer than what the store has."""
        resources = self._book.resources
        newest = resources.get((resource.kind, resource.id))
        if newest is None and isinstance(resource, Document):
            newest = resources.get((resource.kind, resource.name))
        if newest is None or newest.number < resource.number:
            self._book.keep(resource)

    def _note_due(self, moments: Iterable[Moment | None]) -> None:
        """Remember the earliest moment at which a hold will expire."""
        known = [moment for moment in (*moments, self.next_due) if moment is not None]
        self.next_due = min(known, default=None)

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
        decision = decide(self._book, command, sealer.context)  # type: ignore[arg-type]
        if type(decision) is Rejection:
            sealer.keep(wish, StoredOutcome(wish.cause.fingerprint or "", decision))
            return Refused(decision)
        evolve(self._book, decision)  # type: ignore[arg-type]
        return Accepted(sealer.seal(decision, wish.cause, wish.key))  # type: ignore[arg-type]

    def _try(self, wish: Wish, sealer: Sealer) -> Outcome:
        """Decide a wish on the same path, on a copy of the book that is then forgotten."""
        book, named = self._book, Named({}, {}, {}, {}, [])
        for command in _commands(wish):
            name(command, named)
        trial = Sealer(
            self._ledger.name, sealer.draft().head, sealer.context.now, self._entropy,
            len(_commands(wish)),
        )  # fmt: skip
        self._book = book.copy_of(named.accounts, named.resources)
        try:
            return self._decide(Wish(wish.command, wish.cause), trial)
        finally:
            self._book = book

    def _decide_bulk(self, wish: Wish, bulk: commands.Bulk, sealer: Sealer) -> Outcome:
        results: list[Accepted | Refused] = []
        if bulk.atomic:
            decided = decide_atomically(self._book, bulk.commands, sealer.context_at)
            if isinstance(decided, tuple):
                index, rejection = decided
                fingerprint = wish.cause.fingerprint or ""
                sealer.keep(wish, StoredOutcome(fingerprint, rejection, index))
                return Refused(rejection, index=index)
            results = [
                Accepted(sealer.seal(event, _item(wish.cause, n), None))
                for n, event in enumerate(decided)
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


def _commands(wish: Wish) -> Sequence[commands.Command]:
    command = wish.command
    return command.commands if type(command) is commands.Bulk else (command,)  # type: ignore[return-value]


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
