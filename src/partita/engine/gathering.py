"""Gathering: the decider's book is filled with what a batch names, in as few looks as can be.

What the last draft touched stays in the book until the next is made, since it may not be in the
store yet; everything older is in the store to be found. What was asked for and not found is
remembered for the length of a batch, so that nothing is asked for twice.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from partita.engine.answering import Answer, restored
from partita.engine.outcome import Accepted, Wish
from partita.engine.ports import Loaded, Wants
from partita.engine.wanting import Command, Named, name
from partita.kernel import commands
from partita.kernel.book import Book
from partita.kernel.documents import Document
from partita.kernel.holds import Hold
from partita.kernel.matters import FREQUENT_KINDS
from partita.kernel.moment import Moment
from partita.kernel.resources import Resource

Load = Callable[[Wants], Loaded]
MOST_FREQUENT = 50_000


class Gatherer:
    """Fills one book. `next_due` is when, as far as is known, a hold will expire next."""

    def __init__(self, book: Book) -> None:
        """A book that nothing is known about yet."""
        self.book = book
        self.next_due: Moment | None = None
        self._is_due_known = self._are_rules_known = False
        self._looked: set[str] = set()
        self._load: Load | None = None
        self._frequent: dict[str, Resource] = {}

    def forget(self) -> None:
        """Nothing that was loaded counts any more."""
        self.book.forget()
        self._frequent = {}
        self.next_due, self._is_due_known, self._are_rules_known = None, False, False

    def remember(self) -> None:
        """Keep what is named often beyond the batch that named it, as the batch left it.

        As sound as keeping accounts: who writes to a ledger knows of all that is written, or forgets.
        """
        if len(self._frequent) > MOST_FREQUENT:
            self._frequent = {}
        for (kind, name_or_id), resource in self.book.resources.items():
            if kind in FREQUENT_KINDS and name_or_id == resource.id:
                self._frequent[resource.id] = resource

    def _not_remembered(self, named: Named, looked: Container[str]) -> list[str]:
        """Which resources must be loaded; the others, and what they lead to, go into the book."""
        missing, waiting, seen = [], list(named.resources), set[str]()
        while waiting:
            identifier = waiting.pop()
            if identifier in looked or identifier in seen:
                continue
            seen.add(identifier)
            known = self._frequent.get(identifier)
            if known is None:
                missing.append(identifier)
                continue
            if (known.kind, known.id) not in self.book.resources:
                self.book.keep(known)
            waiting += known.related
            named.accounts.update(dict.fromkeys(known.accounts))
        named.resources.update(dict.fromkeys(seen))
        return missing

    def gather(self, load: Load, wishes: Sequence[Wish], now: Moment) -> dict[bytes, Answer]:
        """Load what the wishes name and the book does not hold; stored answers come back, by key."""
        self._load = load
        named, keys = Named.nothing(), []
        for wish in wishes:
            if wish.key is not None:
                keys.append(wish.key)
            for command in commands_of(wish):
                if type(command) is commands.PostTransaction:
                    self._name_postings(command, named)
                else:
                    name(command, named)
        answers = self._take_in(self._wants(named, keys, now))
        if self.book.velocity.limits:
            self._gather_usages(wishes)
        return answers

    def _name_postings(self, command: commands.PostTransaction, named: Named) -> None:
        """The usual command, in place: every transaction passes here."""
        standings = self.book.standings
        for posting in command.postings:
            if posting.account not in standings:
                named.accounts[posting.account] = None
        if command.external_id is not None:
            named.external_ids.append(command.external_id)

    def _wants(self, named: Named, keys: list[bytes], now: Moment) -> Wants:
        """What is named and not in the book, and what is due by now."""
        standings = self.book.standings
        resources = self._not_remembered(named, ())
        missing = [account for account in named.accounts if account not in standings]
        is_due = not self._is_due_known or (self.next_due is not None and self.next_due <= now)
        wants = Wants(
            keys, missing, named.external_ids, list(named.assets), resources,
            list(named.documents), now if is_due else None, not self._are_rules_known,
            titles=list(named.titles),
        )  # fmt: skip
        self._looked = {
            *missing, *wants.assets, *named.resources, *wants.documents, *wants.titles,
            *wants.external_ids,
        }  # fmt: skip
        return wants

    def fetch(self, named: Named, command: Command | None) -> None:
        """Load what one more command names, as far as it was not looked up in this batch."""
        looked, standings = self._looked, self.book.standings
        resources = self._not_remembered(named, looked) if named.resources else []
        looked.update(named.resources)
        wants = Wants(
            accounts=[a for a in named.accounts if a not in standings and a not in looked],
            external_ids=[e for e in named.external_ids if e not in looked],
            assets=[a for a in named.assets if a not in looked and self.book.asset(a) is None],
            resources=resources,
            documents=[d for d in named.documents if d not in looked],
            titles=[t for t in named.titles if t not in looked],
        )
        if not wants.is_empty:
            looked.update(
                wants.accounts, wants.external_ids, wants.assets, wants.resources,
                wants.documents, wants.titles,
            )  # fmt: skip
            self._take_in(wants)
        if command is not None and self.book.velocity.limits:
            self._gather_usages_of(named, [getattr(command, "metadata", None) or {}])

    def _take_in(self, wants: Wants) -> dict[bytes, Answer]:
        """Load what is wanted into the book; the stored answers come back, by key."""
        if wants.is_empty:
            return {}
        assert self._load is not None, "a batch is at hand"
        loaded = self._load(wants)
        book = self.book
        for standing in loaded.standings:
            if standing.account.path not in book.standings:
                book.put(standing)
        for asset in loaded.assets:
            book.assets.setdefault(asset.code, asset)
        book.external_ids.update(loaded.external_ids)
        for resource in loaded.resources:
            self._keep(resource)
        self._are_rules_known = self._are_rules_known or wants.rules
        if wants.due_by is not None:
            self._is_due_known, self.next_due = True, loaded.next_due
            # What the last draft left may not be in the store yet.
            self.note_due(book.resources.values())
        self._follow(loaded.resources)
        return _answers(loaded)

    def _follow(self, resources: Iterable[Resource]) -> None:
        """What resources lead to is needed with them: the hold of a payment, its wallets."""
        led_to = Named.nothing()
        for resource in resources:
            led_to.resources.update(dict.fromkeys(resource.related))
        if led_to.resources:
            self.fetch(led_to, None)

    def _keep(self, resource: Resource) -> None:
        """What the last draft left is newer than what the store has."""
        resources = self.book.resources
        newest = resources.get((resource.kind, resource.id))
        if newest is None and isinstance(resource, Document):
            newest = resources.get((resource.kind, resource.name))
        if newest is None or newest.number < resource.number:
            self.book.keep(resource)
        self._looked.add(
            resource.id
        )  # it came by another name, and need not be asked for by its id

    def note_due(self, resources: Iterable[Resource]) -> None:
        """Remember the earliest moment at which a hold will expire."""
        moments = [self.next_due]
        moments += [each.due_at for each in resources if isinstance(each, Hold)]
        self.next_due = min((each for each in moments if each is not None), default=None)

    def _gather_usages(self, wishes: Sequence[Wish]) -> None:
        """Load what was used of the limits that these wishes may ask for."""
        named = Named.nothing()
        texts: list[Mapping[str, str]] = []
        for wish in wishes:
            for command in commands_of(wish):
                name(command, named)
                texts.append(getattr(command, "metadata", None) or {})
        self._gather_usages_of(named, texts)

    def _gather_usages_of(self, named: Named, texts: list[Mapping[str, str]]) -> None:
        book = self.book
        led_to = [r for (_kind, id), r in book.resources.items() if id in named.resources]
        texts += [getattr(resource, "metadata", {}) for resource in led_to]
        accounts = [*named.accounts, *(path for r in led_to for path in r.accounts)]
        found = (book.standings.get(account) for account in accounts)
        paths = dict.fromkeys(standing.account.path for standing in found if standing is not None)
        unknown = list(book.velocity.may_use(paths, texts))
        if unknown:
            assert self._load is not None, "a batch is at hand"
            for usage in self._load(Wants(usages=unknown)).usages:
                book.velocity.usages[usage.limit, usage.subject] = usage


def _answers(loaded: Loaded) -> dict[bytes, Answer]:
    answers = {
        key: Answer(record.cause.fingerprint, Accepted(record))
        for key, record in loaded.records.items()
    }
    for key, stored in loaded.outcomes.items():
        answers[key] = Answer(stored.fingerprint, restored(stored, loaded.bulk_records))
    return answers


def commands_of(wish: Wish) -> Sequence[Command]:
    """The commands that a wish is made of."""
    command = wish.command
    return command.commands if type(command) is commands.Bulk else (command,)  # type: ignore[return-value]
