"""All that the memory store keeps of one ledger: records as bytes, registers, and the book they lead to."""

import threading
from collections.abc import Collection, Sequence

from partita.engine.errors import CorruptJournal
from partita.engine.listing import EntryRow
from partita.engine.ports import Draft, Loaded, SealedOutcome, Wants
from partita.journal.encoding import decode
from partita.journal.merkle import EMPTY_ROOT
from partita.journal.record import Head, Record
from partita.kernel import events
from partita.kernel.book import Book, Standing, evolve, external_id_of
from partita.kernel.documents import Document
from partita.kernel.holds import Hold
from partita.kernel.matters import Matter
from partita.kernel.moment import Moment
from partita.kernel.pending import Transaction
from partita.kernel.resources import Resource
from partita.kernel.transacting import transaction_of
from partita.views import REGISTER, RESOURCES


class Journal:
    """All that the store keeps of one ledger."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.head = Head(0, Moment(0), b"", EMPTY_ROOT)
        self.bodies: list[bytes] = []
        self.leaves: list[bytes] = []
        self.times: list[Moment] = []
        self.by_key: dict[bytes, int] = {}
        self.by_id: dict[str, int] = {}
        self.by_external_id: dict[str, int] = {}
        self.outcomes: dict[bytes, SealedOutcome] = {}
        self.registers: dict[int, list[EntryRow]] = {}
        self.changes: list[tuple[int, str]] = []
        self.kinds: dict[str, str] = {}
        self.due: dict[str, Resource] = {}
        """What has a moment at which it is due, by id."""
        self.book = Book()

    def record(self, sequence: int) -> Record:
        """The record at this place."""
        return decode(self.bodies[sequence - 1], self.leaves[sequence - 1])

    def append(self, record: Record, key: bytes | None) -> None:
        """Take in the next record, and whatever it changes."""
        assert record.sequence == len(self.bodies) + 1, "the sequence is dense"
        sequence, event = record.sequence, record.event
        self.bodies.append(record.body)
        self.leaves.append(record.leaf)
        self.times.append(record.recorded_at)
        self.by_id.setdefault(event.id, sequence)
        if key is not None:
            self.by_key[key] = sequence
        reference = external_id_of(event)
        if reference is not None:
            self.by_external_id[reference] = sequence
        for row in REGISTER.project((record,)):
            self.registers.setdefault(row.entry.number, []).append(row)
        for change in RESOURCES.project((record,)):
            self.changes.append((sequence, change.resource.id))
            self._note(change.resource)
        self.book.now = record.recorded_at
        evolve(self.book, event)

    def _note(self, resource: Resource) -> None:
        self.kinds[resource.id] = resource.kind
        if resource.due_at is None:
            self.due.pop(resource.id, None)
        else:
            self.due[resource.id] = resource

    def refuse_contradictions(self, draft: Draft) -> None:
        """Raise before anything is taken in, where unique keys would roll a database back."""
        facts = [r.event for r in draft.records if not isinstance(r.event, events.AccountChanged)]
        opened = [fact.account for fact in facts if isinstance(fact, events.AccountOpened)]
        external_ids = [r for fact in facts if (r := external_id_of(fact)) is not None]
        fresh: tuple[tuple[str, Collection[object], Sequence[object]], ...] = (
            ("key", self.by_key, [key for key in draft.keys if key is not None]),
            ("answered key", self.outcomes, [sealed.key for sealed in draft.outcomes]),
            ("id", self.by_id, [fact.id for fact in facts]),
            ("external id", self.by_external_id, external_ids),
            ("path", self.book.standings, [account.path for account in opened]),
        )
        for what, known, new in fresh:
            if len(set(new)) < len(new) or any(each in known for each in new):
                raise CorruptJournal(f"the same {what} would stand twice in the journal")

    def load(self, wants: Wants) -> Loaded:
        """What is known of some wants."""
        outcomes = {k: self.outcomes[k].outcome for k in wants.keys if k in self.outcomes}
        places = {p for o in outcomes.values() for p in o.results if isinstance(p, int)}
        book, found = self.book, self._resources(wants)
        led_to = (account for resource in found for account in resource.accounts)
        accounts = dict.fromkeys((*wants.accounts, *led_to))
        dues = [hold.due_at for hold in self._holds() if hold.due_at is not None]
        return Loaded(
            records={k: self.record(self.by_key[k]) for k in wants.keys if k in self.by_key},
            outcomes=outcomes,
            bulk_records={place: self.record(place) for place in places},
            standings=[copy_of(book.standings[a]) for a in accounts if a in book.standings],
            external_ids=[e for e in wants.external_ids if e in self.by_external_id],
            assets=[book.assets[code] for code in wants.assets if code in book.assets],
            resources=found,
            usages=[self.book.velocity.usage(*name) for name in wants.usages],
            next_due=min((d for d in dues if d > (wants.due_by or d)), default=None),
        )

    def resources(self, of: str | None = None) -> list[Resource]:
        """Every resource (of a kind), each version of a document on its own."""
        return [
            each
            for (kind, name), each in self.book.resources.items()
            if (of is None or kind == of) and name == each.id
        ]

    def _resources(self, wants: Wants) -> list[Resource]:
        book = self.book.resources
        found = [self.by_resource_id(each) or self._plain(each) for each in wants.resources]
        found += [book.get((Document.kind, name)) for name in wants.documents]
        found += [self._titled(name) for name in wants.titles]
        if wants.rules:
            velocity, calendar = self.book.velocity, self.book.calendar
            found += [*velocity.limits.values(), *calendar.periods.values()]
            found += self.book.standing_matters.values()
        if (due_by := wants.due_by) is not None:
            found += [r for r in self._holds() if r.due_at is not None and r.due_at <= due_by]
        return [each for each in found if each is not None]

    def _holds(self) -> list[Hold]:
        return [each for each in self.due.values() if isinstance(each, Hold)]

    def by_resource_id(self, identifier: str) -> Resource | None:
        """A resource of any kind by its id."""
        kind = self.kinds.get(identifier)
        return None if kind is None else self.book.resources.get((kind, identifier))

    def _titled(self, name: str) -> Matter | None:
        """The matter that has this name now."""
        found = self.book.resources.get((name.partition("/")[0], name))
        return found if isinstance(found, Matter) and found.name == name else None

    def _plain(self, identifier: str) -> Transaction | None:
        """A transaction that has only its record, as the state which that tells."""
        sequence = self.by_id.get(identifier)
        return None if sequence is None else transaction_of(self.record(sequence).event, sequence)


def copy_of(standing: Standing) -> Standing:
    """A standing of its own, which nobody else changes."""
    return Standing(standing.account, standing.status, standing.version, standing.totals)
